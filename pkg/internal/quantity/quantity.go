// Package quantity writes numbers for people, so that a number looks the same
// in a message, a finding and a report.
//
// It must not know what is counted.
package quantity

import (
	"strconv"
	"strings"
)

// Text writes a number with thousands separated: "4,711".
func Text(n int) string {
	digits, negative := strings.CutPrefix(strconv.Itoa(n), "-")
	if negative {
		return "-" + Separate(digits)
	}
	return Separate(digits)
}

// Separate puts a comma before every third of the digits from the right.
func Separate(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	head := len(digits) - 3
	return Separate(digits[:head]) + "," + digits[head:]
}

// Of writes a number with its noun: "1 user", "4,711 users". Nouns get an s
// where they are many.
func Of(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Text(n) + " " + noun + "s"
}

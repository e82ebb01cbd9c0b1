package report

import (
	"strconv"
	"strings"
)

// number writes a number with thousands separated: 4,711.
func number(n int) string {
	digits, negative := strings.CutPrefix(strconv.Itoa(n), "-")
	if negative {
		return "-" + separate(digits)
	}
	return separate(digits)
}

// separate puts a comma before every third digit from the right.
func separate(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	head := len(digits) - 3
	return separate(digits[:head]) + "," + digits[head:]
}

// counted writes a number with its noun: "1 user", "4,711 users".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// choose gives the word that goes with the number.
func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

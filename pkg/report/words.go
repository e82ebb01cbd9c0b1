package report

import (
	"unicode"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

// number writes a number with thousands separated: 4,711.
func number(n int) string { return quantity.Text(n) }

// counted writes a number with its noun: "1 user", "4,711 users".
func counted(n int, noun string) string { return quantity.Of(n, noun) }

// choose gives the word that goes with the number.
func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// weight counts what is so: 1 or 0.
func weight(is bool) int {
	if is {
		return 1
	}
	return 0
}

// capital begins a title with a capital letter.
func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

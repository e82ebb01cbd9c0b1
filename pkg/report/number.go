package report

import "github.com/licensectl/licensectl/pkg/internal/quantity"

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

package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount of some currency in ten-thousandths of its unit, so that
// sums of prices are exact.
type Money int64

// moneyDigits is the number of decimal places that Money keeps.
const moneyDigits = 4

const moneyUnit = 10_000

// ParseMoney reads a decimal number such as 57, 57.00 or -1.5. It refuses
// more than four decimal places.
func ParseMoney(s string) (Money, error) {
	number, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(number, ".")
	if len(fraction) > moneyDigits || !isDigits(whole+fraction) || whole == "" {
		return 0, fmt.Errorf("%q is not an amount such as 57.00", s)
	}
	fraction += strings.Repeat("0", moneyDigits-len(fraction))
	amount, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is too large an amount", s)
	}
	if negative {
		amount = -amount
	}
	return Money(amount), nil
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// String gives the amount with at least two decimal places: "57.00".
func (m Money) String() string {
	sign, amount := "", int64(m)
	if amount < 0 {
		sign, amount = "-", -amount
	}
	s := fmt.Sprintf("%s%d.%04d", sign, amount/moneyUnit, amount%moneyUnit)
	return strings.TrimSuffix(strings.TrimSuffix(s, "0"), "0")
}

// MarshalJSON writes the amount as a JSON number.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(text []byte) error {
	amount, err := ParseMoney(string(text))
	*m = amount
	return err
}

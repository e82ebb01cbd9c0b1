package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/licensectl/licensectl/pkg/reconcile"
)

const flagMaxPlanAge = "max-plan-age"

// ageFlag is a flag that takes a reconcile.PlanAge.
type ageFlag struct{ target *reconcile.PlanAge }

var _ pflag.Value = ageFlag{}

func (a ageFlag) String() string {
	if a.target == nil {
		return ""
	}
	return a.target.String()
}

// Type is what stands for the value in the help.
func (ageFlag) Type() string { return "AGE" }

// Set takes days, such as 14d or 14, or a time, such as 36h.
func (a ageFlag) Set(text string) error {
	const most = 36500
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && days >= 0 && days <= most {
		*a.target = reconcile.PlanAge{Days: days}
		return nil
	}
	if span, err := time.ParseDuration(text); err == nil && span > 0 {
		*a.target = reconcile.PlanAge{Span: span}
		return nil
	}
	return fmt.Errorf("%q is not an age: write days such as 14d, or a time such as 36h", text)
}

package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// causeAll is the word of --cause for every cause.
const causeAll = "all"

// registerCause adds the flags that tell drift from what is pending.
func (n *narrowing) registerCause(cmd *cobra.Command) {
	cmd.Flags().StringVar(&n.baseline, "baseline", "", "tell changes of the tenant since this receipt or snapshot `FILE` from changes of the manifests")
	n.cause = causeAll
	choiceVar(cmd, flagSpec{name: "cause", usage: "only changes of this cause, which takes --baseline"}, &n.cause,
		string(plan.CauseDrift), string(plan.CausePending), causeAll)
}

// checkCause refuses a cause that nothing can be known of.
func (n *narrowing) checkCause(cmd *cobra.Command) error {
	if cmd.Flags().Changed("cause") && n.baseline == "" {
		return usagef("--cause takes a baseline to compare with").
			withHint("add --baseline with the receipt of the last apply, or with a snapshot from after it")
	}
	return nil
}

// only gives the cause that the plan is narrowed to; empty: none.
func (n *narrowing) only() plan.Cause {
	if n.cause == causeAll {
		return ""
	}
	return plan.Cause(n.cause)
}

// baseline is what a difference is held against, and where that was.
type baseline struct {
	*plan.Baseline
	tenant license.GUID
}

// readBaseline reads a receipt or a snapshot. Without a path there is no
// baseline.
func (a *app) readBaseline(path string) (baseline, error) {
	if path == "" {
		return baseline{}, nil
	}
	data, err := disk.ReadText(path, disk.MaxDocument)
	if err != nil {
		return baseline{}, err
	}
	r, err := receipt.Read(bytes.NewReader(data))
	if err == nil {
		return baseline{Baseline: r.Baseline(), tenant: r.Run.Tenant.ID}, nil
	}
	hint := "--baseline takes a receipt of licensectl apply, or a file of licensectl snapshot"
	if !errors.Is(err, receipt.ErrNotReceipt) {
		return baseline{}, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: hint}
	}
	s, err := observe.DecodeSnapshot(bytes.NewReader(data))
	if errors.Is(err, observe.ErrNotSnapshot) {
		err = errors.New("neither a receipt nor a snapshot")
	}
	if err != nil {
		return baseline{}, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: hint}
	}
	a.noteUnchecked(path, s)
	return baseline{Baseline: s.Baseline(), tenant: s.Observed.Tenant.ID}, nil
}

// narrow keeps an aim to the tenant of the baseline: that of another one tells
// nothing of this one.
func (b baseline) narrow(a *aim, set *manifest.Set) error {
	if b.Baseline == nil {
		return nil
	}
	if policy := set.Policy.TenantID; policy != (license.GUID{}) && policy != b.tenant {
		return (&failure{code: CodeAuth, what: "the baseline is of another tenant"}).
			because(fmt.Errorf("the baseline is of tenant %s, and the policy is for tenant %s", b.tenant, policy),
				"take the receipt of the last apply in this tenant, or a snapshot of it")
	}
	a.tenant = b.tenant
	return nil
}

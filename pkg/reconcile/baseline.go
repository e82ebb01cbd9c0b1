package reconcile

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// baseline is what a difference is held against, and where that was.
type baseline struct {
	*plan.Baseline
	tenant license.GUID
}

// readBaseline reads a receipt or a snapshot. Without a path there is no
// baseline.
func (s *Session) readBaseline(path string) (baseline, error) {
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
	snapshot, err := observe.DecodeSnapshot(bytes.NewReader(data))
	if errors.Is(err, observe.ErrNotSnapshot) {
		err = errors.New("neither a receipt nor a snapshot")
	}
	if err != nil {
		return baseline{}, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: hint}
	}
	s.NoteUnchecked(path, snapshot)
	return baseline{Baseline: snapshot.Baseline(), tenant: snapshot.Observed.Tenant.ID}, nil
}

// narrow keeps a goal to the tenant of the baseline: that of another one tells
// nothing of this one.
func (b baseline) narrow(g *goal, set *manifest.Set) error {
	if b.Baseline == nil {
		return nil
	}
	if policy := set.Policy.TenantID; policy != (license.GUID{}) && policy != b.tenant {
		return (&Failure{Kind: KindAuth, What: "the baseline is of another tenant"}).
			because(fmt.Sprintf("the baseline is of tenant %s, and the policy is for tenant %s", b.tenant, policy),
				"take the receipt of the last apply in this tenant, or a snapshot of it")
	}
	g.tenant = b.tenant
	return nil
}

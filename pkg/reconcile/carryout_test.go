package reconcile_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

// kindOf gives the kind of a failure; empty: the error is none.
func kindOf(err error) reconcile.Kind {
	if f, ok := errors.AsType[*reconcile.Failure](err); ok {
		return f.Kind
	}
	return ""
}

// writes counts the calls that change the tenant.
func (n *tenant) writes() int {
	count := 0
	for _, r := range n.service.Requests() {
		if r.Method != http.MethodGet && strings.Contains(r.Path, "assignLicense") {
			count++
		}
	}
	return count
}

// save plans and keeps the plan in a file.
func (n *tenant) save(t *testing.T) (path string) {
	t.Helper()
	made, err := n.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "plan.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(report.PlanJSON(io.Writer(file), made.Plan, report.Options{}), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// takeUp opens a saved plan and holds it against the tenant.
func (n *tenant) takeUp(t *testing.T, req reconcile.SavedRequest) (*reconcile.Planned, error) {
	saved, err := n.session.OpenSaved(req)
	if err != nil {
		return nil, err
	}
	conn, err := n.session.Connect(n.target)
	if err != nil {
		return nil, err
	}
	return n.session.TakeUp(t.Context(), conn, saved)
}

// A saved plan is carried out exactly, by another session on another day.
func TestASavedPlan(t *testing.T) {
	n := newTenant(t, 1)
	planned, err := n.takeUp(t, reconcile.SavedRequest{Path: n.save(t), MaxAge: reconcile.DefaultMaxPlanAge()})
	if err != nil {
		t.Fatal(err)
	}
	begun := 0
	done, err := reconcile.NewApplier(n.session).CarryOut(t.Context(), planned, reconcile.RunRequest{
		How: apply.Options{VerifyTimeout: -1}, Receipt: filepath.Join(n.dir, "receipt.jsonl"), Writing: func() { begun++ },
	})
	if err != nil || done.Receipt != filepath.Join(n.dir, "receipt.jsonl") || begun != 1 || n.writes() != 1 {
		t.Errorf("%+v, %v, begun %d times, %d writes", done, err, begun, n.writes())
	}
}

// What a saved plan no longer fits is named by its kind, and nothing is
// written.
func TestASavedPlanThatNoLongerFits(t *testing.T) {
	for name, change := range map[string]func(n *tenant, req *reconcile.SavedRequest){
		"another id":        func(_ *tenant, req *reconcile.SavedRequest) { req.PlanID = "sha256:other" },
		"another manifest":  func(n *tenant, _ *reconcile.SavedRequest) { n.write(t, "# changed\n") },
		"another day":       func(_ *tenant, req *reconcile.SavedRequest) { req.MaxAge = reconcile.PlanAge{Span: 1} },
		"another tenant":    func(n *tenant, _ *reconcile.SavedRequest) { n.target = newTenant(t, 2).target },
		"manifests missing": func(_ *tenant, req *reconcile.SavedRequest) { req.Manifests = []string{t.TempDir()} },
	} {
		t.Run(name, func(t *testing.T) {
			n := newTenant(t, 1)
			req := reconcile.SavedRequest{Path: n.save(t), MaxAge: reconcile.DefaultMaxPlanAge()}
			change(n, &req)
			if req.MaxAge.Span > 0 {
				begun := n.session.Now()
				n.session.Now = func() time.Time { return begun.Add(time.Hour) }
			}
			if _, err := n.takeUp(t, req); kindOf(err) != reconcile.KindStale {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A plan that a guard stops, or that is of no tenant, is not carried out,
// whoever asks.
func TestWhatIsNotCarriedOut(t *testing.T) {
	n := newTenant(t, 1)
	planned, err := n.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	limit := 0
	planned.Plan.Applyable, planned.Plan.Guards = false, []plan.Guard{{Name: plan.GuardMaxRemovals, Limit: &limit, Actual: 1, Tripped: true}}
	applier := reconcile.NewApplier(n.session)
	if _, err := applier.CarryOut(t.Context(), planned, reconcile.RunRequest{}); kindOf(err) != reconcile.KindRefused || !strings.Contains(fmt.Sprint(err), "1 of 0 allowed") {
		t.Errorf("the error is %v", err)
	}
	if _, err := applier.CarryOut(t.Context(), &reconcile.Planned{Plan: planned.Plan}, reconcile.RunRequest{}); kindOf(err) != reconcile.KindInput {
		t.Errorf("the error is %v", err)
	}
	if n.writes() > 0 {
		t.Errorf("%d writes", n.writes())
	}
}

// Two sessions of one state folder do not apply at once.
func TestTheLock(t *testing.T) {
	n, other := newTenant(t, 1), newTenant(t, 1)
	other.session.StateFolder = n.session.StateFolder
	if n.session.IsLocked() {
		t.Error("it is locked before anybody came")
	}
	release, err := n.session.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.session.Lock(); kindOf(err) != reconcile.KindBusy || !other.session.IsLocked() {
		t.Errorf("the error is %v", err)
	}
	release()
	if release, err = other.session.Lock(); err != nil {
		t.Fatal(err)
	}
	release()
}

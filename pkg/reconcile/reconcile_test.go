package reconcile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// Nobody is sent anything before it is clear which tenant is meant.
func TestWhichTenant(t *testing.T) {
	policy := guid(t, "bbbbbbbb-0000-4000-8000-000000000009")
	for name, c := range map[string]struct {
		change func(*tenant)
		policy license.GUID
		want   string // in the error
		kind   reconcile.Kind
	}{
		"the policy is for another": {policy: policy, want: "the fleet names tenant aaaaaaaa-0000-4000-8000-000000000001, and the policy is for tenant " + policy.String(), kind: reconcile.KindAuth},
		"an address that is none":   {change: func(n *tenant) { n.target.Graph.Root = "ftp://graph.example" }, want: "graphUrl: ", kind: reconcile.KindInput},
		"a cloud that is none":      {change: func(n *tenant) { n.target.SignIn.Cloud = "mars" }, want: "mars", kind: reconcile.KindInput},
		"a way to sign in":          {change: func(n *tenant) { n.target.SignIn.Method = "knock" }, want: "knock", kind: reconcile.KindInput},
	} {
		t.Run(name, func(t *testing.T) {
			n := newTenant(t, 1)
			if c.change != nil {
				c.change(n)
			}
			req, err := n.request()
			if err != nil {
				t.Fatal(err)
			}
			req.Set.Policy.TenantID = c.policy
			prepared, err := n.session.Prepare(req)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := n.session.Connect(n.target)
			if err == nil {
				_, err = n.session.Plan(t.Context(), conn, prepared)
			}
			failure, ok := errors.AsType[*reconcile.Failure](err)
			if !ok || failure.Kind != c.kind || len(failure.Problems) != 1 || !strings.Contains(failure.Problems[0].Text, c.want) {
				t.Errorf("the error is %#v", err)
			}
			if sent := len(n.service.Requests()); sent > 0 {
				t.Errorf("%d requests are sent", sent)
			}
		})
	}
}

// A secret that is missing is the sign-in's error, as it is.
func TestNoSecret(t *testing.T) {
	n := newTenant(t, 1)
	n.target.SignIn.Getenv = nil
	_, err := n.plan(t)
	if _, ok := errors.AsType[*auth.Error](err); !ok {
		t.Errorf("the error is %#v", err)
	}
}

// Manifests with mistakes name them all, and nobody is asked anything.
func TestManifestsWithMistakes(t *testing.T) {
	n := newTenant(t, 1)
	n.write(t, "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nspec: {users: [{user: nobody}, {}]}\n")
	_, err := n.plan(t)
	if list, ok := errors.AsType[manifest.Errors](err); !ok || len(list) < 2 || len(n.service.Requests()) > 0 {
		t.Errorf("the error is %#v after %d requests", err, len(n.service.Requests()))
	}
}

// keep writes a snapshot to a file.
func keep(t *testing.T, s observe.Snapshot) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "snapshot.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Encode(file), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A snapshot stands for the tenant: there is no connection, and the plan is the
// same.
func TestASnapshotForATenant(t *testing.T) {
	n := newTenant(t, 1)
	live, err := n.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := n.session.Connect(n.target)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := conn.Reader()
	if err != nil {
		t.Fatal(err)
	}
	observed, err := observe.Tenant(t.Context(), reader, observe.Request{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	path := keep(t, observe.Snapshot{TakenAt: n.session.Now(), Cloud: conn.Cloud().Name, Tool: n.session.Tool, Observed: observed})
	req, err := n.request()
	if err != nil {
		t.Fatal(err)
	}
	req.From.Live = path
	prepared, err := n.session.Prepare(req)
	if err != nil || prepared.NeedsTenant() {
		t.Fatalf("a tenant is needed, or %v", err)
	}
	recorded, err := n.session.Plan(t.Context(), nil, prepared)
	if err != nil {
		t.Fatal(err)
	}
	if recorded.Plan.PlanID != live.Plan.PlanID || recorded.Reader != nil || recorded.Cloud != live.Cloud {
		t.Errorf("the plan is %s in %s, and of the tenant itself %s in %s", recorded.Plan.PlanID, recorded.Cloud, live.Plan.PlanID, live.Cloud)
	}
	if recorded.Plan.Tool != (plan.Tool{Name: "licensectl", Version: "v1.2.3"}) {
		t.Errorf("the plan is made by %+v", recorded.Plan.Tool)
	}
}

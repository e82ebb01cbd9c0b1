package reconcile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// connect gives the connection of a tenant.
func (n *tenant) connect(t *testing.T) *reconcile.Connection {
	t.Helper()
	conn, err := n.session.Connect(n.target)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Of an inventory no user is read, and another tenant than the one that was
// named is refused before its products are.
func TestInventory(t *testing.T) {
	n := newTenant(t, 1)
	inventory, err := n.session.ReadInventory(t.Context(), n.connect(t))
	if err != nil || inventory.Tenant.ID != n.id || inventory.Cloud != auth.GlobalCloud || len(inventory.SKUs) != 2 {
		t.Errorf("%+v, %v", inventory, err)
	}
	for _, r := range n.service.Requests() {
		if strings.Contains(r.Path, "/users") {
			t.Errorf("%s is asked for", r.Path)
		}
	}
	n.target.TenantID = guid(t, "bbbbbbbb-0000-4000-8000-000000000009")
	_, err = n.session.ReadInventory(t.Context(), n.connect(t))
	if wrong, ok := errors.AsType[*observe.TenantError](err); !ok || wrong.Actual.ID != n.id {
		t.Errorf("the error is %v", err)
	}
}

// A snapshot holds everybody, and is taken of no other tenant than the one that
// the policy of the manifests is for.
func TestSnapshots(t *testing.T) {
	n := newTenant(t, 1)
	s, err := n.session.TakeSnapshot(t.Context(), n.connect(t), reconcile.SnapshotRequest{})
	if err != nil || len(s.Observed.Users) != 2 || !s.TakenAt.Equal(n.session.Now()) || s.Tool != n.session.Tool {
		t.Errorf("%+v, %v", s, err)
	}
	req, err := n.request()
	if err != nil {
		t.Fatal(err)
	}
	req.Set.Policy.TenantID = guid(t, "bbbbbbbb-0000-4000-8000-000000000009")
	if _, err := n.session.TakeSnapshot(t.Context(), n.connect(t), reconcile.SnapshotRequest{Set: req.Set}); kindOf(err) != reconcile.KindAuth {
		t.Errorf("the error is %v", err)
	}
}

// A doctor is told what is so, and never ends with an error.
func TestExamine(t *testing.T) {
	word := func(err error) *doctor.Problem {
		if f, ok := errors.AsType[*reconcile.Failure](err); ok {
			return &doctor.Problem{Text: f.Problems[0].Text, Fix: f.Problems[0].Hint}
		}
		return &doctor.Problem{Text: err.Error()}
	}
	for name, c := range map[string]struct {
		change func(n *tenant)
		want   func(n *tenant, f doctor.Facts) bool
	}{
		"all is right": {func(*tenant) {}, func(n *tenant, f doctor.Facts) bool {
			return f.Tenant.ID == n.id.String() && f.Tenant.ExpectedBy == "the fleet" && f.SignIn.Identity != nil && f.Service.Organization.Problem == nil && f.Service.Skew != nil
		}},
		"the wrong secret": {func(n *tenant) {
			n.target.SignIn.Getenv = func(name string) string { return map[string]string{"AZURE_CLIENT_SECRET": "wrong"}[name] }
		}, func(_ *tenant, f doctor.Facts) bool {
			return f.SignIn.Problem != nil && f.Service.Organization == nil
		}},
		"no secret": {func(n *tenant) { n.target.SignIn.Getenv = nil }, func(_ *tenant, f doctor.Facts) bool {
			return f.Environment.Incomplete != nil && f.SignIn.Identity == nil
		}},
		"an address that is none": {func(n *tenant) { n.target.Graph.Root = "ftp://graph.example" }, func(_ *tenant, f doctor.Facts) bool {
			return slices.ContainsFunc(f.Environment.Mistakes, func(p doctor.Problem) bool { return strings.Contains(p.Text, "ftp") })
		}},
		"a way to sign in that is none": {func(n *tenant) { n.target.SignIn.Method = "knock" }, func(_ *tenant, f doctor.Facts) bool {
			return slices.ContainsFunc(f.Environment.Mistakes, func(p doctor.Problem) bool { return strings.Contains(p.Text, "knock") })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newTenant(t, 1)
			c.change(n)
			var f doctor.Facts
			n.session.Examine(t.Context(), n.session.Address(n.target), reconcile.Examination{Facts: &f, Word: word})
			if !c.want(n, f) {
				t.Errorf("the facts are %+v", f)
			}
			if f.Tenant.Expected != n.id.String() || n.id == (license.GUID{}) {
				t.Errorf("the tenant that is expected is %q", f.Tenant.Expected)
			}
		})
	}
}

// What a user has is explained by the plan of everybody, and names that nobody
// knows are told by a snapshot, without a network.
func TestExplanationsAndNames(t *testing.T) {
	n := newTenant(t, 1)
	req, err := n.request()
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := n.session.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	e, names, err := n.session.Explain(t.Context(), n.connect(t), reconcile.ExplainRequest{Prepared: prepared, User: "bo@" + n.domain})
	if err != nil || e.User.UserPrincipalName != "bo@"+n.domain || len(e.Licenses) != 2 || names == nil {
		t.Errorf("%+v, %v", e, err)
	}
	observed, err := n.session.ReadWhole(t.Context(), n.connect(t), reconcile.WholeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	path := keep(t, observe.Snapshot{TakenAt: n.session.Now(), Cloud: auth.GlobalCloud, Tool: n.session.Tool, Observed: observed})
	asked := len(n.service.Requests())
	if list, err := n.session.UnknownNames(req.Set, path); err != nil || len(list) > 0 {
		t.Errorf("%v, %v", list, err)
	}
	n.write(t, strings.ReplaceAll(everybody(n.domain), "bo@", "nobody@"))
	if req, err = n.request(); err != nil {
		t.Fatal(err)
	}
	if list, err := n.session.UnknownNames(req.Set, path); err != nil || len(list) != 1 || !strings.Contains(list[0].Error(), "users.yaml:7:") {
		t.Errorf("%v, %v", list, err)
	}
	if len(n.service.Requests()) > asked {
		t.Error("a tenant is asked")
	}
}

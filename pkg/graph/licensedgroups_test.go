package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// officeJSON is group 1, a security group, with further members of its object.
func officeJSON(more string) string {
	return fmt.Sprintf(`{"id":%q,"displayName":"Office","securityEnabled":true%s}`, id(1), more)
}

// givesJSON is the licenses of a group.
func givesJSON(licenses string) string { return officeJSON(`,"assignedLicenses":` + licenses) }

func TestGroupsAreDecoded(t *testing.T) {
	office := license.Group{ID: id(1), DisplayName: "Office", SecurityEnabled: true}
	with := func(edit func(*license.Group)) license.Group {
		g := office
		edit(&g)
		return g
	}
	two := fmt.Sprintf(`[{"skuId":%q,"disabledPlans":[%q,%q,%q]},{"disabledPlans":[],"skuId":%q,"@odata.type":"x"}]`, id(7), id(5), id(4), id(5), id(6))
	for name, tc := range map[string]struct {
		json string
		want license.Group
	}{
		"nothing": {givesJSON(`[]`), with(func(g *license.Group) { g.Licenses = []license.GroupLicense{} })},
		"two products": {givesJSON(two), with(func(g *license.Group) {
			g.Licenses = []license.GroupLicense{{SKUID: id(6), DisabledPlans: []license.GUID{}}, {SKUID: id(7), DisabledPlans: ids(4, 5)}}
		})},
		"of every kind": {
			givesJSON(`[],"groupTypes":["Unified","DynamicMembership"],"onPremisesSyncEnabled":true,"licenseProcessingState":{"state":"ProcessingFailed"},"visibility":"Public"`),
			with(func(g *license.Group) {
				g.Licenses, g.Dynamic, g.OnPremisesSynced, g.ProcessingState = []license.GroupLicense{}, true, true, "ProcessingFailed"
			}),
		},
		"whose members are hidden": {
			givesJSON(`[],"visibility":"hiddenMembership"`),
			with(func(g *license.Group) { g.Licenses, g.HiddenMembership = []license.GroupLicense{}, true }),
		},
		"nulls that mean none": {
			givesJSON(`[],"groupTypes":null,"onPremisesSyncEnabled":null,"licenseProcessingState":null,"visibility":null`),
			with(func(g *license.Group) { g.Licenses = []license.GroupLicense{} }),
		},
		"one product twice": {givesJSON(fmt.Sprintf(`[{"skuId":%[1]q,"disabledPlans":[]},{"skuId":%[1]q,"disabledPlans":[]}]`, id(6))), with(func(g *license.Group) {
			g.Licenses = []license.GroupLicense{{SKUID: id(6), DisabledPlans: []license.GUID{}}}
		})},

		// What is not told, or not clearly, is nil: never none.
		"null":                   {givesJSON(`null`), office},
		"left out":               {officeJSON(``), office},
		"a product without id":   {givesJSON(`[{"disabledPlans":[]}]`), office},
		"a product without more": {givesJSON(fmt.Sprintf(`[{"skuId":%q}]`, id(6))), office},
		"plans that are null":    {givesJSON(fmt.Sprintf(`[{"skuId":%q,"disabledPlans":null}]`, id(6))), office},
		"a product in two ways":  {givesJSON(fmt.Sprintf(`[{"skuId":%[1]q,"disabledPlans":[]},{"skuId":%[1]q,"disabledPlans":[%[1]q]}]`, id(6))), office},
		"of what kind": {
			fmt.Sprintf(`{"id":%q,"displayName":"Office","securityEnabled":null,"assignedLicenses":[]}`, id(1)),
			with(func(g *license.Group) { g.SecurityEnabled = false }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, always(http.StatusOK, listJSON("", tc.json)))
			got, err := newReader(t, w).GroupsByID(t.Context(), ids(1))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]license.Group{tc.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLicensedGroupsNotAskedFor: an answer about other groups makes no sense.
func TestLicensedGroupsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, ask := range map[string]func(*graph.Reader) error{
			"by id":      func(r *graph.Reader) error { _, err := r.GroupsByID(t.Context(), ids(2)); return err },
			"by name":    func(r *graph.Reader) error { _, err := r.GroupsCalled(t.Context(), "Sales"); return err },
			"by product": func(r *graph.Reader) error { _, err := r.GroupsGiving(t.Context(), id(6)); return err },
		} {
			r := newReader(t, newWire(t, always(http.StatusOK, listJSON("", givesJSON(`[]`)))))
			if _, ok := errors.AsType[*graph.IncompleteError](ask(r)); !ok {
				t.Errorf("%s: believed", name)
			}
		}
	})
}

func TestLicensedGroupsAreAskedFor(t *testing.T) {
	many := make([]license.GUID, 0, 20)
	for n := range 20 {
		many = append(many, id(n+1))
	}
	const properties = "id,displayName,securityEnabled,groupTypes,onPremisesSyncEnabled,licenseProcessingState,visibility,assignedLicenses"
	for want, tc := range map[string]struct {
		requests int
		ask      func(*graph.Reader) error
	}{
		"assignedLicenses/any(s:s/skuId eq " + id(6).String() + ")": {1, func(r *graph.Reader) error { _, err := r.GroupsGiving(t.Context(), id(6)); return err }},
		"displayName eq 'Sales'' people'":                           {1, func(r *graph.Reader) error { _, err := r.GroupsCalled(t.Context(), "Sales' people"); return err }},
		"":                                                          {2, func(r *graph.Reader) error { _, err := r.GroupsByID(t.Context(), many); return err }},
	} {
		w := newWire(t, always(http.StatusOK, listJSON("")))
		if err := tc.ask(newReader(t, w)); err != nil {
			t.Fatal(err)
		}
		query := w.requests[0].URL.Query()
		if query.Get("$select") != properties || want != "" && query.Get("$filter") != want || w.count() != tc.requests {
			t.Errorf("%d requests, the first %s", w.count(), w.requests[0].URL)
		}
	}
}

func TestDirectMembers(t *testing.T) {
	w := newWire(t, always(http.StatusOK, listJSON("",
		fmt.Sprintf(`{"@odata.type":"#microsoft.graph.user","id":%q}`, id(1)),
		fmt.Sprintf(`{"@odata.type":"#microsoft.graph.agentUser","id":%q}`, id(2)),
		fmt.Sprintf(`{"@odata.type":"#microsoft.graph.group","id":%q}`, id(3)),
		fmt.Sprintf(`{"@odata.type":"#microsoft.graph.somethingNew","id":%q}`, id(4)))))
	got, err := newReader(t, w).DirectMembers(t.Context(), id(9))
	if err != nil {
		t.Fatal(err)
	}
	want := graph.Selected{Users: ids(1, 2), Groups: ids(3), Untold: []graph.Member{{ID: id(4), Type: "#microsoft.graph.somethingNew"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if path := w.requests[0].URL.Path; path != "/v1.0/groups/"+id(9).String()+"/members" {
		t.Errorf("asked for %s", path)
	}
}

func TestGroupWritesOnTheWire(t *testing.T) {
	w := newWire(t, always(http.StatusAccepted, `{"id":"00000000-0000-4000-8000-000000000001","groupTypes":[],"securityEnabled":true}`))
	reply, err := newWriter(t, w).AssignGroupLicense(t.Context(), id(1), graph.LicenseChange{Add: []graph.AssignedLicense{{SKUID: id(2)}}})
	if err != nil || reply.RequestID == "" {
		t.Fatal(reply, err)
	}
	req := w.requests[0]
	if req.Method != "POST" || req.URL.Path != "/v1.0/groups/"+id(1).String()+"/assignLicense" ||
		w.bodies[0] != `{"addLicenses":[{"skuId":"00000000-0000-4000-8000-000000000002","disabledPlans":[]}],"removeLicenses":[]}` {
		t.Errorf("%s %s %s", req.Method, req.URL, w.bodies[0])
	}
	w = newWire(t, always(http.StatusOK, defaultUserJSON))
	if _, err := newWriter(t, w).Reprocess(t.Context(), id(1)); err != nil {
		t.Fatal(err)
	}
	if req := w.requests[0]; req.Method != "POST" || req.URL.Path != "/v1.0/users/"+id(1).String()+"/reprocessLicenseAssignment" || w.bodies[0] != "" {
		t.Errorf("%s %s %s", req.Method, req.URL, w.bodies[0])
	}
	writer := newWriter(t, newWire(t, always(http.StatusInternalServerError, "")))
	if _, err := writer.AssignGroupLicense(t.Context(), license.GUID{}, graph.LicenseChange{Remove: ids(2)}); err == nil {
		t.Error("no group: sent")
	}
	if _, err := writer.AssignGroupLicense(t.Context(), id(1), graph.LicenseChange{}); err == nil {
		t.Error("nothing: sent")
	}
	if _, err := writer.Reprocess(t.Context(), license.GUID{}); err == nil {
		t.Error("no user: sent")
	}
}

// TestAcceptedOnlyOfGroups: a 202 is no success of a user's change, and one of a
// group's without the group in it leaves it in doubt.
func TestAcceptedOnlyOfGroups(t *testing.T) {
	const group = `{"id":"00000000-0000-4000-8000-000000000001"}`
	change := graph.LicenseChange{Remove: ids(2)}
	for name, tc := range map[string]struct {
		body string
		send func(context.Context, *graph.Writer) (graph.Reply, error)
	}{
		"of a user": {group, func(ctx context.Context, w *graph.Writer) (graph.Reply, error) {
			return w.AssignLicense(ctx, id(1), change)
		}},
		"without a group": {``, func(ctx context.Context, w *graph.Writer) (graph.Reply, error) {
			return w.AssignGroupLicense(ctx, id(1), change)
		}},
		"a page": {`<html>`, func(ctx context.Context, w *graph.Writer) (graph.Reply, error) {
			return w.AssignGroupLicense(ctx, id(1), change)
		}},
	} {
		_, err := tc.send(t.Context(), newWriter(t, newWire(t, always(http.StatusAccepted, tc.body))))
		if e := asError(t, err); !e.Doubtful() {
			t.Errorf("%s: %v is not in doubt", name, err)
		}
	}
}

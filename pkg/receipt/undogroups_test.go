package receipt_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestUndoOfGroups: what a run changed in a group goes back, what it did not touch
// stays as it is now, and where nobody knows what it did nothing is taken away.
func TestUndoOfGroups(t *testing.T) {
	id := func(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }
	state := func(skus ...string) plan.GroupState {
		out := plan.GroupState{Licenses: []plan.StateLicense{}}
		for _, sku := range skus {
			out.Licenses = append(out.Licenses, plan.StateLicense{SKUID: id(sku), DisabledPlans: []license.GUID{}})
		}
		return out
	}
	left := state("E3", "E5")
	for _, tc := range []struct {
		name      string
		outcome   receipt.Outcome // empty: there is no result
		reasons   []string
		left      *plan.GroupState
		now       []string
		want      []string // nil: no entry
		notUndone int
	}{
		{"done", receipt.Done, nil, nil, []string{"E5", "VISIO"}, []string{"E3", "VISIO"}, 0},
		{"done, and somebody took it back since", receipt.Done, nil, nil, []string{"E3", "VISIO"}, []string{"E3", "VISIO"}, 0},
		{"half-way", receipt.Failed, nil, &left, []string{"E3", "E5"}, []string{"E3"}, 0},
		{"not known", receipt.Unknown, nil, nil, []string{"E5"}, []string{"E3", "E5"}, 1},
		{"no result", "", nil, nil, []string{"E3"}, []string{"E3"}, 1},
		{"accepted, and not seen", receipt.Done, []string{receipt.ReasonNotSeen}, nil, []string{"E5"}, []string{"E3", "E5"}, 1},
		{"half-way, and then not known", receipt.Unknown, nil, &left, []string{"E5"}, []string{"E3", "E5"}, 1},
		{"of a later version", "postponed", nil, nil, []string{"E5"}, []string{"E3", "E5"}, 1},
		{"not made", receipt.Stale, nil, nil, []string{"E3"}, nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			group := plan.Group{ID: id("sales"), DisplayName: "Sales"}
			r := &receipt.Receipt{GroupIntents: []receipt.GroupIntent{{Group: group, Before: state("E3"), After: state("E3", "E5")}, {Group: group, Before: state("E3", "E5"), After: state("E5")}}}
			if tc.outcome != "" {
				r.GroupResults = []receipt.GroupResult{{Group: group, Outcome: tc.outcome, Reasons: tc.reasons, Left: tc.left}}
			}
			g := license.Group{ID: id("sales")}
			for _, sku := range tc.now {
				g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: id(sku)})
			}
			back := r.Undo(plan.Observed{LicensedGroups: []license.Group{g}})
			var got []string
			for _, entry := range back.Groups {
				if entry.Group.Name != id("sales").String() || !entry.ManagesLicenses {
					t.Errorf("got %+v", entry)
				}
				for _, sku := range []string{"E3", "E5", "VISIO"} {
					for _, l := range entry.Licenses {
						if l.SKU.Name == id(sku).String() {
							got = append(got, sku)
						}
					}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(back.NotUndone) != tc.notUndone {
				t.Errorf("not undone: %s", fmt.Sprint(back.NotUndone))
			}
		})
	}
}

package planner_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// benchUsers is the size of the tenant of the benchmarks.
const benchUsers = 20_000

// benchGroups is how many groups there are in it.
const benchGroups = 20

func groupOf(user int) string { return fmt.Sprintf("group%d", user/3%benchGroups) }

// crowd is a tenant whose users hold two products, one of them from a group in
// every third case, and manifests that declare them so, or that declare the
// other product, which makes every user change.
func crowd(wanted string) planner.Input {
	var entries []plan.DesiredUser
	var users []license.UserState
	shared := []plan.DesiredLicense{lic(wanted), lic("BI")}
	for i := range benchUsers {
		name := fmt.Sprintf("user%d", i)
		held := []license.Assignment{direct("E3"), direct("BI")}
		if i%3 == 0 {
			held[1] = inherited(groupOf(i), "BI")
		}
		users = append(users, user(name, held...))
		entries = append(entries, entry(name, shared...))
	}
	in := world(entries, users, sku("E3", 2*benchUsers, benchUsers), sku("E5", 2*benchUsers, 0), sku("BI", 2*benchUsers, benchUsers))
	in.Policy.Guards = plan.Guards{MaxRemovals: plan.Limit{Off: true}, MaxRemovalsPerSKU: plan.Limit{Off: true}, MaxUsersLosingAll: plan.Limit{Off: true}, MaxUsersChanged: plan.Limit{Off: true}}
	return in
}

func perUser(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchUsers, "ns/user")
}

// BenchmarkMake plans for a tenant that is as declared, for one in which every
// user changes, and for one in which half of them find no seat.
func BenchmarkMake(b *testing.B) {
	scarce := crowd("E5")
	scarce.Observed.SKUs = []license.SKU{sku("E3", benchUsers, benchUsers), sku("E5", benchUsers/2, 0), sku("BI", benchUsers, benchUsers)}
	for name, in := range map[string]planner.Input{"unchanged": crowd("E3"), "changed": crowd("E5"), "scarce": scarce} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustMake(b, in)
			}
			perUser(b)
		})
	}
}

// swapping is a crowd as it is declared, but for its groups: each is to give E5 and no
// longer BI, which nobody declares for its members.
func swapping() (with, without planner.Input) {
	without = crowd("E3")
	members := map[string][]string{}
	for i := 0; i < benchUsers; i += 3 {
		members[groupOf(i)] = append(members[groupOf(i)], fmt.Sprintf("user%d", i))
		without.Desired.Users[i].Licenses = without.Desired.Users[i].Licenses[:1]
	}
	var groups []license.Group
	var entries []plan.DesiredGroup
	for name, of := range members {
		groups, entries = append(groups, giving(group(name, of...), "BI")), append(entries, groupEntry(name, lic("E5")))
	}
	return withGroups(without, groups, entries...), without
}

// BenchmarkMakeGroups plans for a tenant in which all groups swap their product. Beside it
// stands how many times as long that takes as without manifests of groups.
func BenchmarkMakeGroups(b *testing.B) {
	with, without := swapping()
	var floor time.Duration
	for b.Loop() {
		mustMake(b, with)
		begun := time.Now()
		mustMake(b, without)
		floor += time.Since(begun)
	}
	b.ReportMetric(0, "ns/op") // it would be both together
	b.ReportMetric(float64((b.Elapsed()-floor).Nanoseconds())/float64(b.N)/benchUsers, "ns/user")
	b.ReportMetric((b.Elapsed()-floor).Seconds()/floor.Seconds(), "x-without")
}

// BenchmarkEncode writes and reads a plan in which every user changes, and
// beside it writes it with encoding/json.
func BenchmarkEncode(b *testing.B) {
	p := mustMake(b, crowd("E5"))
	var document bytes.Buffer
	if err := plan.Encode(&document, p); err != nil {
		b.Fatal(err)
	}
	for name, work := range map[string]func() error{
		"encode": func() error { return plan.Encode(io.Discard, p) },
		"decode": func() error {
			_, err := plan.Decode(bytes.NewReader(document.Bytes()))
			return err
		},
		"encoding-json": func() error {
			enc := json.NewEncoder(io.Discard)
			enc.SetIndent("", "  ")
			return enc.Encode(p)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(document.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
			perUser(b)
		})
	}
}

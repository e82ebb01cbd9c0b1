package observe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// full is a snapshot with one of everything that may be large.
func full() *observe.Snapshot {
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	purposes := map[license.GUID]license.MailboxPurpose{id(1): {Purpose: "user"}}
	return &observe.Snapshot{Cloud: "global", Tool: plan.Tool{Name: "licensectl", Version: "1"}, Observed: plan.Observed{
		Tenant:         plan.Tenant{ID: contoso.ID, DisplayName: "Contoso"},
		SKUs:           []license.SKU{{ID: id(900_001), PartNumber: "E3", Plans: []license.ServicePlan{{ID: id(5), Name: "MAIL"}}}, {ID: id(900_002), PartNumber: "E5"}},
		Users:          []license.UserState{{ID: id(1), UserPrincipalName: upn(1), Assignments: []license.Assignment{{SKUID: id(900_001)}}}, {ID: id(2), UserPrincipalName: upn(2)}},
		Departments:    map[license.GUID]string{},
		Attributes:     plan.Attributes{"jobTitle": {}},
		Groups:         map[license.GUID]string{id(801): "North"},
		LicensedGroups: []license.Group{{ID: id(801), DisplayName: "North", Licenses: []license.GroupLicense{{SKUID: id(900_001)}}}},
		Answers:        map[plan.Query]plan.Answer{byGroup("A"): {Groups: []plan.Group{{ID: id(802), DisplayName: "A"}}, Untold: []plan.Member{{ID: id(9)}}}},
		Signals: license.Signals{
			Purpose:  &license.Reading[license.MailboxPurpose]{AsOf: at, Users: purposes},
			Assigned: &license.Reading[[]license.AssignedAt]{AsOf: at, Users: map[license.GUID][]license.AssignedAt{}},
			Activity: &license.Reading[[]license.LastUse]{AsOf: at, Users: map[license.GUID][]license.LastUse{}},
		},
		Subscriptions: &license.Subscriptions{AsOf: at, All: []license.Subscription{{SKUID: id(900_001), Status: "Enabled"}}},
	}}
}

// many gives so many of something, each by its number.
func many[T any](n int, make func(i int) T) []T {
	out := []T{}
	for i := range n {
		out = append(out, make(i))
	}
	return out
}

// bound is something of a snapshot that is read up to a bound.
type bound struct {
	what string
	most int
	fill func(s *observe.Snapshot, n int)
	says string // where it is more
}

// TestWhatIsReadOfASnapshot: each list and each text is read up to its bound, and
// nothing of a snapshot in which one is beyond it.
func TestWhatIsReadOfASnapshot(t *testing.T) {
	answer := func(s *observe.Snapshot, change func(*plan.Answer)) {
		a := s.Observed.Answers[byGroup("A")]
		change(&a)
		s.Observed.Answers[byGroup("A")] = a
	}
	ids := func(n int) []license.GUID { return many(n, func(i int) license.GUID { return id(1000 + i) }) }
	for _, b := range []bound{
		{"products", 10_000, func(s *observe.Snapshot, n int) {
			s.Observed.SKUs = many(n, func(i int) license.SKU { return license.SKU{ID: id(900_000 + i), PartNumber: "P"} })
		}, "the snapshot has 10001 products, 2 users, 1 selections and 1 groups, more than are read"},
		{"selections", 10_000, func(s *observe.Snapshot, n int) {
			for i := range n - 1 {
				s.Observed.Answers[byGroup(fmt.Sprint(i))] = plan.Answer{}
			}
		}, "the snapshot has 2 products, 2 users, 10001 selections and 1 groups, more than are read"},
		{"attributes", 100, func(s *observe.Snapshot, n int) {
			for i := range n - 1 {
				s.Observed.Attributes[fmt.Sprint(i)] = map[license.GUID]string{}
			}
		}, "the snapshot has 2 products"},
		{"service plans of a product", 1000, func(s *observe.Snapshot, n int) {
			s.Observed.SKUs[1].Plans = many(n, func(i int) license.ServicePlan { return license.ServicePlan{ID: id(i), Name: "P"} })
		}, "product 2 of the snapshot has 1001 service plans, more than are read"},
		{"groups of a selection", 10_000, func(s *observe.Snapshot, n int) {
			answer(s, func(a *plan.Answer) { a.Groups = many(n, func(i int) plan.Group { return plan.Group{ID: id(i)} }) })
		}, "selection 1 of the snapshot holds more than is read"},
		{"licenses of a user", 1000, func(s *observe.Snapshot, n int) {
			s.Observed.Users[1].Assignments = many(n, func(i int) license.Assignment { return license.Assignment{SKUID: id(1000 + i)} })
		}, "user 2 of the snapshot holds more than is read"},
		{"licenses that are not explained", 1000, func(s *observe.Snapshot, n int) { s.Observed.Users[1].Unexplained = ids(n) }, "user 2 of the snapshot holds more than is read"},
		{"service plans that are off", 1000, func(s *observe.Snapshot, n int) { s.Observed.Users[0].Assignments[0].DisabledPlans = ids(n) }, "user 1 of the snapshot holds more than is read"},
		{"licenses of a group", 1000, func(s *observe.Snapshot, n int) {
			s.Observed.LicensedGroups[0].Licenses = many(n, func(i int) license.GroupLicense { return license.GroupLicense{SKUID: id(1000 + i)} })
		}, "group 1 of the snapshot holds more than is read"},
		{"service plans that a group has off", 1000, func(s *observe.Snapshot, n int) { s.Observed.LicensedGroups[0].Licenses[0].DisabledPlans = ids(n) }, "group 1 of the snapshot holds more than is read"},
		{"times of licenses", 1000, func(s *observe.Snapshot, n int) {
			s.Observed.Signals.Assigned.Users[id(2)] = many(n, func(i int) license.AssignedAt { return license.AssignedAt{SKUID: id(1000 + i)} })
		}, "holds more of its user 1 than is read"},
		{"uses", 1000, func(s *observe.Snapshot, n int) {
			s.Observed.Signals.Activity.Users[id(2)] = many(n, func(i int) license.LastUse {
				return license.LastUse{Workload: "Teams", Day: time.Unix(int64(1+i), 0).UTC()}
			})
		}, "holds more of its user 1 than is read"},
		{"subscriptions", 10_000, func(s *observe.Snapshot, n int) {
			s.Observed.Subscriptions.All = many(n, func(int) license.Subscription { return license.Subscription{SKUID: id(900_001), Status: "Enabled"} })
		}, "the subscriptions of the snapshot are not whole, or more than are read"},
	} {
		t.Run(b.what, func(t *testing.T) { checkBound(t, b) })
	}
}

// TestTextsThatAreReadOfASnapshot does it for the texts.
func TestTextsThatAreReadOfASnapshot(t *testing.T) {
	const most, inAll, ofUser, ofGroup = 8192, "the snapshot has a name of more than 8192 bytes", "user 2 of the snapshot has a name of more than 8192 bytes", "group 1 of the snapshot has a name of more than 8192 bytes"
	answer := func(change func(*plan.Answer, string)) func(*observe.Snapshot, string) {
		return func(s *observe.Snapshot, text string) {
			a := s.Observed.Answers[byGroup("A")]
			change(&a, text)
			s.Observed.Answers[byGroup("A")] = a
		}
	}
	product := func(change func(*license.SKU, string)) func(*observe.Snapshot, string) {
		return func(s *observe.Snapshot, text string) { change(&s.Observed.SKUs[0], text) }
	}
	user := func(change func(*license.UserState, string)) func(*observe.Snapshot, string) {
		return func(s *observe.Snapshot, text string) { change(&s.Observed.Users[1], text) }
	}
	license1 := func(a license.Assignment) []license.Assignment { a.SKUID = id(900_001); return []license.Assignment{a} }
	for _, tc := range []struct {
		what string
		fill func(s *observe.Snapshot, text string)
		says string
	}{
		{"the tenant", func(s *observe.Snapshot, text string) { s.Observed.Tenant.DisplayName = text }, inAll},
		{"the cloud", func(s *observe.Snapshot, text string) { s.Cloud = text }, inAll},
		{"the tool", func(s *observe.Snapshot, text string) { s.Tool.Name = text }, inAll},
		{"its version", func(s *observe.Snapshot, text string) { s.Tool.Version = text }, inAll},
		{"an attribute", func(s *observe.Snapshot, text string) { s.Observed.Attributes[text] = nil }, inAll},
		{"a part number", product(func(p *license.SKU, text string) { p.PartNumber = text }), inAll},
		{"a status of a product", product(func(p *license.SKU, text string) { p.CapabilityStatus = text }), inAll},
		{"what a product applies to", product(func(p *license.SKU, text string) { p.AppliesTo = license.AppliesTo(text) }), inAll},
		{"a service plan", product(func(p *license.SKU, text string) { p.Plans[0].Name = text }), inAll},
		{"a status of a service plan", product(func(p *license.SKU, text string) { p.Plans[0].ProvisioningStatus = text }), inAll},
		{"what a service plan applies to", product(func(p *license.SKU, text string) { p.Plans[0].AppliesTo = license.AppliesTo(text) }), inAll},
		{"a selected group", func(s *observe.Snapshot, text string) { s.Observed.Answers[byGroup(text)] = plan.Answer{} }, inAll},
		{"a filter", func(s *observe.Snapshot, text string) { s.Observed.Answers[plan.Query{Filter: text}] = plan.Answer{} }, inAll},
		{"a refusal", answer(func(a *plan.Answer, text string) { a.Refused = text }), inAll},
		{"a group of that name", answer(func(a *plan.Answer, text string) { a.Groups[0].DisplayName = text }), inAll},
		{"a type of a member", answer(func(a *plan.Answer, text string) { a.Untold[0].Type = text }), inAll},
		{"a name", user(func(u *license.UserState, text string) { u.UserPrincipalName = text }), ofUser},
		{"a display name", user(func(u *license.UserState, text string) { u.DisplayName = text }), ofUser},
		{"a type of a user", user(func(u *license.UserState, text string) { u.UserType = text }), ofUser},
		{"a usage location", user(func(u *license.UserState, text string) { u.UsageLocation = text }), ofUser},
		{"why a user is not readable", user(func(u *license.UserState, text string) { u.Unreadable = text }), ofUser},
		{"a state", user(func(u *license.UserState, text string) { u.Assignments = license1(license.Assignment{State: text}) }), ofUser},
		{"an error", user(func(u *license.UserState, text string) { u.Assignments = license1(license.Assignment{Error: text}) }), ofUser},
		{"a department", func(s *observe.Snapshot, text string) { s.Observed.Departments[id(2)] = text }, ofUser},
		{"a value of an attribute", func(s *observe.Snapshot, text string) { s.Observed.Attributes["jobTitle"][id(2)] = text }, ofUser},
		{"a group with licenses", func(s *observe.Snapshot, text string) { s.Observed.LicensedGroups[0].DisplayName = text }, ofGroup},
		{"how far its licenses are", func(s *observe.Snapshot, text string) { s.Observed.LicensedGroups[0].ProcessingState = text }, ofGroup},
		{"a group that somebody is in", func(s *observe.Snapshot, text string) { s.Observed.Groups[id(801)] = text }, "group name 1 of the snapshot is not whole, or more than are read"},
		{"why a signal is not told", func(s *observe.Snapshot, text string) { s.Observed.Signals.Purpose.Reason = text }, "lacks its users, or is larger than is read"},
		{"a mailbox", func(s *observe.Snapshot, text string) {
			s.Observed.Signals.Purpose.Users[id(1)] = license.MailboxPurpose{Purpose: text}
		}, "holds more of its user 1 than is read"},
		{"why no subscription is told", func(s *observe.Snapshot, text string) { s.Observed.Subscriptions.Reason = text }, "the subscriptions of the snapshot are not whole"},
		{"an id of a subscription", func(s *observe.Snapshot, text string) { s.Observed.Subscriptions.All[0].ID = text }, "subscription 1 of the snapshot is not whole"},
		{"its status", func(s *observe.Snapshot, text string) { s.Observed.Subscriptions.All[0].Status = text }, "subscription 1 of the snapshot is not whole"},
		{"its product", func(s *observe.Snapshot, text string) { s.Observed.Subscriptions.All[0].PartNumber = text }, "subscription 1 of the snapshot is not whole"},
	} {
		fill := func(s *observe.Snapshot, n int) { tc.fill(s, strings.Repeat("a", n)) }
		t.Run(tc.what, func(t *testing.T) { checkBound(t, bound{tc.what, most, fill, tc.says}) })
	}
}

func checkBound(t *testing.T, b bound) {
	t.Helper()
	decoded := func(n int) error {
		s := full()
		b.fill(s, n)
		_, err := observe.DecodeSnapshot(strings.NewReader(encodeSnapshot(t, *s)))
		return err
	}
	if err := decoded(b.most); err != nil {
		t.Errorf("%d are refused: %v", b.most, err)
	}
	if err := decoded(b.most + 1); err == nil || !strings.Contains(err.Error(), b.says) {
		t.Errorf("%d: error %v, want %q", b.most+1, err, b.says)
	}
}

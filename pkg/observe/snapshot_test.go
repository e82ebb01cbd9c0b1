package observe_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

func drawSnapshot(t *rapid.T) observe.Snapshot {
	skus := []license.SKU{
		{ID: id(900_001), PartNumber: "A", AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled", Units: license.Units{Enabled: 90, Consumed: 3},
			Plans: []license.ServicePlan{{ID: id(910_001), Name: "A_CHAT", AppliesTo: license.AppliesToUser, ProvisioningStatus: "Success"}}},
		{ID: id(900_002), PartNumber: "B", AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 90, Warning: 1, Suspended: 2, LockedOut: 3}},
	}
	var users []license.UserState
	var departments map[license.GUID]string
	for i := range rapid.IntRange(0, 6).Draw(t, "users") {
		u := license.UserState{
			ID: id(i + 1), UserPrincipalName: upn(i + 1), DisplayName: rapid.String().Draw(t, "name"),
			AccountEnabled: rapid.Bool().Draw(t, "enabled"), UserType: "Member", UsageLocation: rapid.SampledFrom([]string{"", "DE"}).Draw(t, "location"),
		}
		if rapid.Bool().Draw(t, "direct") {
			a := license.Assignment{SKUID: id(900_001), State: "Active"}
			if rapid.Bool().Draw(t, "off") {
				a.DisabledPlans = []license.GUID{id(910_001)}
			}
			u.Assignments = append(u.Assignments, a)
		}
		if rapid.Bool().Draw(t, "inherited") {
			u.Assignments = append(u.Assignments, license.Assignment{SKUID: id(900_002), Group: id(920_001), State: "Error", Error: "CountViolation"})
		}
		users = append(users, u)
		if rapid.Bool().Draw(t, "department") {
			if departments == nil {
				departments = map[license.GUID]string{}
			}
			departments[u.ID] = "Sales"
		}
	}
	return observe.Snapshot{
		TakenAt: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Cloud: "global", Tool: plan.Tool{Name: "licensectl", Version: "test"},
		Observed: plan.Observed{
			Tenant: plan.Tenant{ID: contoso.ID, DisplayName: contoso.DisplayName}, SKUs: skus, Users: users, Answers: drawAnswers(t),
			Departments: departments, Whole: true, LicensedGroups: drawGroups(t),
		},
	}
}

// drawGroups gives nil for a snapshot for which nobody asked for groups.
func drawGroups(t *rapid.T) []license.Group {
	all := []license.Group{
		{ID: id(920_001), DisplayName: "Contoso Office", SecurityEnabled: true, Licenses: []license.GroupLicense{{SKUID: id(900_001), DisabledPlans: []license.GUID{id(910_001)}}, {SKUID: id(900_002), DisabledPlans: []license.GUID{}}}, Members: []license.GUID{id(1), id(2)}},
		{ID: id(920_002), DisplayName: "Contoso mail", ProcessingState: "ProcessingFailed", Licenses: []license.GroupLicense{}, Members: []license.GUID{}},
		{ID: id(920_003), Dynamic: true, OnPremisesSynced: true}, // of which nothing was told
	}
	if !rapid.Bool().Draw(t, "groups") {
		return nil
	}
	out := []license.Group{}
	for _, g := range all {
		if rapid.Bool().Draw(t, "group") {
			out = append(out, g)
		}
	}
	return out
}

// drawAnswers gives nil for a snapshot that was taken without manifests.
func drawAnswers(t *rapid.T) map[plan.Query]plan.Answer {
	all := map[plan.Query]plan.Answer{
		byGroup("Contoso Sales"):                           {Groups: []plan.Group{{ID: id(801), DisplayName: "Contoso Sales"}}, Users: []license.GUID{id(1), id(99)}},
		byGroup("Nowhere"):                                 {},
		{Filter: "userPrincipalName eq 'ada@contoso.com'"}: {Users: []license.GUID{id(2)}},
		{Filter: "x"}:                                      {Refused: "Invalid filter clause"},
	}
	var out map[plan.Query]plan.Answer
	for _, q := range slices.SortedFunc(maps.Keys(all), plan.Query.Compare) {
		if rapid.Bool().Draw(t, "asked") {
			if out == nil {
				out = map[plan.Query]plan.Answer{}
			}
			out[q] = all[q]
		}
	}
	return out
}

func encodeSnapshot(t failer, s observe.Snapshot) string {
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSnapshotKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawSnapshot(t)
		got, err := observe.DecodeSnapshot(strings.NewReader(encodeSnapshot(t, want)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Observed.Users {
			// JSON has no way to keep what is not UTF-8; Graph sends none.
			want.Observed.Users[i].DisplayName = strings.ToValidUTF8(want.Observed.Users[i].DisplayName, "\uFFFD")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

// A tenant that is as the snapshot has nothing to restore, redacted or not.
func TestNothingToRestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		for _, from := range []observe.Snapshot{s, s.Redacted()} {
			now := s.Observed
			now.Whole = false
			p, err := planner.Make(planner.Input{Desired: from.Desired("snapshot.json", now), Policy: plan.DefaultPolicy(), Observed: now, Now: s.TakenAt})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Changes) > 0 || p.HasErrors() {
				t.Fatalf("changes %v, findings %v", p.Changes, p.Findings)
			}
		}
	})
}

// A license of which nobody knew whether it was direct is not taken away by a
// plan back to then; what else is different is.
func TestRestoringLeavesWhatWasNotExplained(t *testing.T) {
	const mail, draw, chat = 900_001, 900_002, 900_003
	sku := func(n int) license.SKU {
		return license.SKU{ID: id(n), PartNumber: fmt.Sprint(n), AppliesTo: license.AppliesToUser}
	}
	holds := func(skus ...int) license.UserState {
		u := license.UserState{ID: id(1), UserPrincipalName: upn(1), AccountEnabled: true, UsageLocation: "DE"}
		for _, n := range skus {
			u.Assignments = append(u.Assignments, license.Assignment{SKUID: id(n), State: "Active"})
		}
		license.SortAssignments(u.Assignments)
		return u
	}
	then := holds(mail)
	then.Unexplained = []license.GUID{id(draw)}
	skus := []license.SKU{sku(mail), sku(draw), sku(chat)}
	s := observe.Snapshot{Observed: plan.Observed{SKUs: skus, Users: []license.UserState{then}}}
	now := plan.Observed{SKUs: skus, Users: []license.UserState{holds(mail, draw, chat)}}
	p, err := planner.Make(planner.Input{Desired: s.Desired("snapshot.json", now), Policy: plan.DefaultPolicy(), Observed: now, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	var removed []string
	for _, c := range p.Changes {
		for _, a := range c.Actions {
			removed = append(removed, string(a.Op)+" "+a.SKUPartNumber)
		}
	}
	if diff := cmp.Diff([]string{fmt.Sprint("remove ", chat)}, removed); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is wrong with a document is said in words of the document.
func TestDecodeSnapshotSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "not a snapshot: it is empty or cut off",
		`{"snapshotVersion": "1", "users": [`: "not a snapshot: it is empty or cut off",
		"\ufeff{}":                            "not a snapshot: it is not JSON (byte 0)",
		"[]":                                  "not a snapshot: it holds something else than it should (byte 0)",
		`{"snapshotVersion": 1}`:              "not a snapshot: /snapshotVersion holds something else than it should (byte 20)",
		`{"users": [{"accountEnabled": 3}]}`:  "not a snapshot: /users/0/accountEnabled holds something else than it should (byte 30)",
		`{"users": [{"id": "x"}]}`:            "not a snapshot: /users/0/id holds something else than it should (byte 18)",
	} {
		if _, err := observe.DecodeSnapshot(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestRedactedShowsNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		for i := range s.Observed.Users {
			s.Observed.Users[i].DisplayName = "Ada Example"
		}
		text := encodeSnapshot(t, s.Redacted())
		for _, secret := range []string{"Ada Example", "contoso.com", "Contoso"} {
			if strings.Contains(text, secret) {
				t.Fatalf("%q is in the redacted snapshot", secret)
			}
		}
	})
}

// TestRedactedTellsNothingOfAnybody has one of everything that says something of
// people or of how they are told apart, each by a text of its own.
func TestRedactedTellsNothingOfAnybody(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 9, 10, 0, time.UTC)
	s := observe.Snapshot{Observed: plan.Observed{
		Tenant:         plan.Tenant{ID: id(1), DisplayName: "Contoso"},
		SKUs:           []license.SKU{{ID: id(900_001), PartNumber: "E3", AppliesTo: license.AppliesToUser, Plans: []license.ServicePlan{}}},
		Users:          []license.UserState{{ID: id(2), UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example"}},
		Departments:    map[license.GUID]string{id(2): "Field Sales"},
		Attributes:     plan.Attributes{"jobTitle": {id(2): "Head of Sales"}},
		Groups:         map[license.GUID]string{id(3): "Staff of the North"},
		LicensedGroups: []license.Group{{ID: id(3), DisplayName: "Licensed North", Licenses: []license.GroupLicense{}, Members: []license.GUID{id(2)}}},
		Answers:        map[plan.Query]plan.Answer{byGroup("Selected North"): {Users: []license.GUID{id(2)}}},
		Signals:        license.Signals{SignIns: &license.Reading[license.SignIns]{AsOf: at, Users: map[license.GUID]license.SignIns{id(2): {Interactive: at}}}},
	}}
	secrets := []string{"Contoso", "ada@", "Ada Example", "Field Sales", "Head of Sales", "jobTitle", "Staff of the North", "Licensed North", "Selected North", "2026-11-20T08:09:10Z"}
	whole, redacted := encodeSnapshot(t, s), encodeSnapshot(t, s.Redacted())
	for _, secret := range secrets {
		if !strings.Contains(whole, secret) {
			t.Errorf("the snapshot itself has no %q, so nothing is proven:\n%s", secret, whole)
		}
		if strings.Contains(redacted, secret) {
			t.Errorf("%q is in the redacted snapshot", secret)
		}
	}
	if after := encodeSnapshot(t, s); after != whole {
		t.Error("the snapshot that was redacted has changed itself")
	}
}

func TestRedactedSnapshotsAreKnown(t *testing.T) {
	s := observe.Snapshot{Observed: plan.Observed{Users: []license.UserState{{ID: id(1), UserPrincipalName: upn(1)}, {ID: id(2), UserPrincipalName: upn(2)}}}}
	half := s.Redacted()
	half.Observed.Users[1] = s.Observed.Users[1]
	for name, c := range map[string]struct {
		snapshot observe.Snapshot
		want     bool
	}{"as it is": {s, false}, "redacted": {s.Redacted(), true}, "in part": {half, false}, "nobody": {observe.Snapshot{}, false}} {
		if got := c.snapshot.IsRedacted(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestSnapshotsThatAreRefused(t *testing.T) {
	good := encodeSnapshot(t, observe.Snapshot{Observed: plan.Observed{
		Tenant: plan.Tenant{ID: contoso.ID},
		SKUs:   []license.SKU{{ID: id(900_001), PartNumber: "E3"}},
		Users: []license.UserState{
			{ID: id(1), UserPrincipalName: upn(1), Assignments: []license.Assignment{{SKUID: id(900_001)}}},
			{ID: id(2), UserPrincipalName: upn(2)},
		},
		Answers:        map[plan.Query]plan.Answer{byGroup("A"): {Users: []license.GUID{id(1)}}, {Filter: "x"}: {}},
		LicensedGroups: []license.Group{{ID: id(921), DisplayName: "Office", Licenses: []license.GroupLicense{{SKUID: id(900_001)}}}, {ID: id(922)}},
	}})
	good = withoutChecksum(good) // or nothing else would be looked at
	if _, err := observe.DecodeSnapshot(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the snapshot has no %s:\n%s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	const notWhole = " of the snapshot is not whole, or is there twice"
	says := map[string]string{
		"no users": "the snapshot lacks its tenant, products or users", "no products": "the snapshot lacks its tenant, products or users",
		"no licenses of a user": "user 1" + notWhole, "no name of a user": "user 1" + notWhole, "two users of one name": "user 2" + notWhole,
		"a user twice": "user 2" + notWhole, "no plans of a license": "user 1" + notWhole,
		"a license twice":       "user 2 of the snapshot holds a license twice by one path",
		"no plans of a product": "product 1" + notWhole, "no name of a product": "product 1" + notWhole, "a product twice": "product 2" + notWhole,
		"no query": "selection 2" + notWhole, "two queries in one": "selection 2" + notWhole, "a query twice": "selection 2" + notWhole,
		"no selected users": "selection 1" + notWhole,
		"a group twice":     "group 2" + notWhole, "a group without an id": "group 2" + notWhole,
		"no end of plans": "user 1 of the snapshot holds more than is read", "no end of a name": "user 1 of the snapshot has a name of more than 8192 bytes",
		"no end of a product": "the snapshot has a name of more than 8192 bytes", "no end of a group": "the snapshot has a name of more than 8192 bytes",
		"no end of a group's name": "group 1 of the snapshot has a name of more than 8192 bytes",
	}
	twice := `{"skuId": "` + id(900_001).String() + `", "disabledPlans": []}`
	for name, bad := range map[string]string{
		"nothing":                  "",
		"a plan":                   `{"formatVersion": "1", "planId": "sha256:00"}`,
		"a receipt":                `{"run":{"formatVersion":"1"}}`,
		"cut off":                  good[:len(good)/2],
		"another version":          replace(`"snapshotVersion": "1"`, `"snapshotVersion": "2"`),
		"no users":                 replace(`"users": [`, `"humans": [`),
		"no licenses of a user":    replace(`"licenseAssignmentStates"`, `"licenses"`),
		"no name of a user":        replace(`"userPrincipalName"`, `"upn"`),
		"a license twice":          replace(`"licenseAssignmentStates": []`, `"licenseAssignmentStates": [`+twice+`, `+twice+`]`),
		"two users of one name":    replace(`"`+upn(2), `"`+strings.ToUpper(upn(1))),
		"something behind it":      good + "{}",
		"no products":              replace(`"subscribedSkus"`, `"products"`),
		"no query":                 replace(`"group": "A"`, `"x": "A"`),
		"two queries in one":       replace(`"group": "A"`, `"group": "A", "filter": "y"`),
		"a query twice":            replace(`"group": "A"`, `"filter": "x"`),
		"no selected users":        replace(`"users": []`, `"humans": []`),
		"no plans of a product":    replace(`"servicePlans"`, `"plans"`),
		"no name of a product":     replace(`"skuPartNumber"`, `"name"`),
		"a product twice":          replace(`"subscribedSkus": [`, `"subscribedSkus": [{"skuId": "`+id(900_001).String()+`", "skuPartNumber": "B", "servicePlans": []},`),
		"a user twice":             replace(id(2).String(), id(1).String()),
		"no plans of a license":    replace(`"disabledPlans"`, `"off"`),
		"no end of plans":          replace(`"disabledPlans": []`, `"disabledPlans": [`+strings.Repeat(`"`+id(3).String()+`",`, 1000)+`"`+id(3).String()+`"]`),
		"no end of a name":         replace(upn(1), strings.Repeat("a", 8200)+upn(1)),
		"no end of a product":      replace(`"E3"`, `"`+strings.Repeat("A", 8200)+`"`),
		"no end of a group":        replace(`"group": "A"`, `"group": "`+strings.Repeat("A", 8200)+`"`),
		"a group twice":            replace(id(922).String(), id(921).String()),
		"a group without an id":    replace(id(922).String(), license.GUID{}.String()),
		"no end of a group's name": replace(`"Office"`, `"`+strings.Repeat("A", 8200)+`"`),
		"no end of lists":          strings.Repeat(`{"users":[`, 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := observe.DecodeSnapshot(strings.NewReader(bad))
			if err == nil || strings.Contains(err.Error(), "checksum") {
				t.Fatalf("read %+v, error %v", s, err)
			}
			if want, told := says[name]; told && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q does not begin with %q", err, want)
			}
		})
	}
	if _, err := observe.DecodeSnapshot(strings.NewReader(`{"planId": "sha256:00"}`)); !errors.Is(err, observe.ErrNotSnapshot) {
		t.Errorf("a plan is %v", err)
	}
}

// withoutChecksum makes a snapshot one of those that had none yet.
func withoutChecksum(text string) string {
	return regexp.MustCompile(`"checksum": "[^"]*",`).ReplaceAllString(text, "")
}

func FuzzDecodeSnapshot(f *testing.F) {
	f.Add([]byte(encodeSnapshot(f, observe.Snapshot{Observed: plan.Observed{
		Tenant: plan.Tenant{ID: contoso.ID}, Users: []license.UserState{{ID: id(1), UserPrincipalName: upn(1)}},
		Answers: map[plan.Query]plan.Answer{byGroup("A"): {Users: []license.GUID{id(1)}}},
	}})))
	f.Add([]byte(`{"snapshotVersion":"1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := observe.DecodeSnapshot(bytes.NewReader(text))
		if err != nil {
			return
		}
		if _, err := observe.DecodeSnapshot(strings.NewReader(encodeSnapshot(t, s))); err != nil {
			t.Fatalf("a snapshot that was read cannot be read again: %v", err)
		}
	})
}

// A snapshot that was edited is none any more, whatever was edited; another
// layout of it is the same.
func TestASnapshotThatWasEdited(t *testing.T) {
	s := observe.Snapshot{Cloud: "global", Observed: plan.Observed{
		Tenant: plan.Tenant{ID: id(1)},
		SKUs:   []license.SKU{}, Users: []license.UserState{{ID: id(2), UserPrincipalName: "ada@contoso.com"}},
	}}
	var out strings.Builder
	if err := s.Encode(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for name, same := range map[string]string{"as it is": text, "on one line": strings.ReplaceAll(text, "\n", " "), "escaped": strings.ReplaceAll(text, "ada", `\u0061da`)} {
		if got, err := observe.DecodeSnapshot(strings.NewReader(same)); err != nil || got.Unchecked {
			t.Errorf("%s: %v, unchecked: %t", name, err, got.Unchecked)
		}
	}
	for name, edited := range map[string]string{
		"a name":       strings.Replace(text, "ada@", "bea@", 1),
		"a new key":    strings.Replace(text, `"cloud"`, `"more": 1, "cloud"`, 1),
		"a name twice": strings.Replace(text, `"cloud"`, `"users": [], "cloud"`, 1),
		"a license":    strings.Replace(text, `"licenseAssignmentStates": []`, `"licenseAssignmentStates": [{"skuId": "22222222-2222-4333-8444-555555555555", "disabledPlans": []}]`, 1),
	} {
		if _, err := observe.DecodeSnapshot(strings.NewReader(edited)); err == nil || edited == text || !strings.Contains(err.Error(), "the snapshot was changed after it was made: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := withoutChecksum(text)
	if got, err := observe.DecodeSnapshot(strings.NewReader(old)); err != nil || !got.Unchecked {
		t.Errorf("an older one: %v, unchecked: %t", err, got.Unchecked)
	}
}

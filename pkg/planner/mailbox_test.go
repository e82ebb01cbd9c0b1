package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

func TestMailboxCheck(t *testing.T) {
	size := func(gigabytes int64) *int64 { n := gigabytes << 30; return &n }
	no, yes := false, true
	personal := license.MailboxPurpose{Purpose: "user"}
	for _, tc := range []struct {
		name    string
		purpose *license.Reading[license.MailboxPurpose]
		use     *license.Reading[license.MailboxUse]
		want    string
	}{
		{"small", read(map[string]license.MailboxPurpose{"ada": personal}), read(map[string]license.MailboxUse{"ada": {Bytes: size(50), Archive: &no}}), "ready"},
		{"none", read(map[string]license.MailboxPurpose{"ada": {None: true}}), nil, "ready"},
		{"nobody asked", nil, nil, "held [mailbox-unknown]"},
		{"not told", read(map[string]license.MailboxPurpose{}), read(map[string]license.MailboxUse{"ada": {Bytes: size(1), Archive: &no}}), "held [mailbox-unknown]"},
		{"shared", read(map[string]license.MailboxPurpose{"ada": {Purpose: "shared"}}), nil, "held [mailbox-shared]"},
		{"room", read(map[string]license.MailboxPurpose{"ada": {Purpose: "room"}}), nil, "held [mailbox-shared]"},
		{"a word that nobody knows", read(map[string]license.MailboxPurpose{"ada": {Purpose: "others"}}), read(map[string]license.MailboxUse{"ada": {Bytes: size(1), Archive: &no}}), "held [mailbox-unknown]"},
		{"large, with an archive", read(map[string]license.MailboxPurpose{"ada": personal}), read(map[string]license.MailboxUse{"ada": {Bytes: size(51), Archive: &yes}}), "held [mailbox-archive] [mailbox-large]"},
		{"of no known size", read(map[string]license.MailboxPurpose{"ada": personal}), untold[license.MailboxUse](license.UnavailableConcealed), "held [mailbox-unknown]"},
		{"of no known archive", read(map[string]license.MailboxPurpose{"ada": personal}), read(map[string]license.MailboxUse{"ada": {Bytes: size(1)}}), "held [mailbox-unknown]"},
	} {
		in := world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", direct("SUITE"))}, suiteSKU(1, 1))
		in.Observed.Signals.Purpose, in.Observed.Signals.MailboxUse = tc.purpose, tc.use
		if p := mustMake(t, in); !slices.Equal(lines(p), []string{"ada ready: -SUITE"}) || p.MailboxCheck != "" {
			t.Errorf("%s, off: got %v, to be looked at: %q", tc.name, lines(p), p.MailboxCheck)
		}
		in.Policy.MailboxCheck = plan.MailboxCheckHold
		status, codes, _ := strings.Cut(tc.want, " ")
		want := strings.TrimSpace("ada " + status + ": -SUITE " + codes)
		p := mustMake(t, in)
		if got := lines(p); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %v, want %s", tc.name, got, want)
		}
		if !p.Changes[0].Preconditions.Mailbox {
			t.Errorf("%s: the apply does not look again", tc.name)
		}
	}
}

// TestMailboxesThatStay are those of users who keep a plan with a mailbox, or never
// had one.
func TestMailboxesThatStay(t *testing.T) {
	other := suiteSKU(9, 0)
	other.ID, other.PartNumber = id("OTHER"), "OTHER"
	for _, tc := range []struct {
		name string
		held []license.Assignment
		want []plan.DesiredLicense
		line string
	}{
		{"a product without one", []license.Assignment{direct("E3")}, nil, "ada ready: -E3"},
		{"swapped", []license.Assignment{direct("SUITE")}, []plan.DesiredLicense{lic("OTHER")}, "ada ready: -SUITE +OTHER"},
		{"another one stays", []license.Assignment{direct("SUITE"), direct("OTHER")}, []plan.DesiredLicense{lic("OTHER")}, "ada ready: -SUITE"},
		{"a group gives one", []license.Assignment{direct("SUITE"), inherited("sales", "OTHER")}, nil, "ada ready: -SUITE"},
		{"what a group gives is in error", []license.Assignment{direct("SUITE"), as("Error", "Other", inherited("sales", "OTHER"))}, nil, "ada held: -SUITE [mailbox-unknown]"},
		{"its plan is off already", []license.Assignment{direct("SUITE", "EXCHANGE_S_ENTERPRISE")}, nil, "ada ready: -SUITE"},
		{"its plan goes off", []license.Assignment{direct("SUITE")}, []plan.DesiredLicense{licWithout("SUITE", "EXCHANGE_S_ENTERPRISE")}, "ada held: ~SUITE!EXCHANGE_S_ENTERPRISE [mailbox-unknown]"},
	} {
		in := world([]plan.DesiredUser{entry("ada", tc.want...)}, []license.UserState{user("ada", tc.held...)}, suiteSKU(9, 1), other, sku("E3", 9, 1))
		in.Policy.MailboxCheck = plan.MailboxCheckHold
		p := mustMake(t, in)
		if got := strings.Join(lines(p), ", "); got != tc.line {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.line)
		}
		if p.MailboxCheck != plan.MailboxCheckHold {
			t.Errorf("%s: an apply does not look at mailboxes of which the plan does not see that they go", tc.name)
		}
	}
}

// TestMailboxesOfMembers: a group that takes the last mailbox from a member waits as
// a whole where that mailbox must not go.
func TestMailboxesOfMembers(t *testing.T) {
	personal, no, small := license.MailboxPurpose{Purpose: "user"}, false, int64(1)
	mine := license.MailboxUse{Bytes: &small, Archive: &no}
	for _, tc := range []struct {
		name    string
		bob     []license.Assignment // that Bob has besides
		entries []plan.DesiredUser
		purpose map[string]license.MailboxPurpose
		want    []string
		asked   []string
		goes    []string
	}{
		{
			"mailboxes that may go", nil, nil, map[string]license.MailboxPurpose{"ada": personal, "bob": personal},
			[]string{"sales ready: -SUITE (0 gain 2 lose 0 keep 0 wait)"}, []string{"ada", "bob"}, []string{"ada", "bob"},
		},
		{
			"one that is shared", nil, nil, map[string]license.MailboxPurpose{"ada": personal, "bob": {Purpose: "shared"}},
			[]string{"sales held: -SUITE (0 gain 2 lose 0 keep 0 wait) [mailbox-shared]"}, []string{"ada", "bob"}, []string{"ada", "bob"},
		},
		{
			"one that is not told", nil, nil, map[string]license.MailboxPurpose{"ada": personal},
			[]string{"sales held: -SUITE (0 gain 2 lose 0 keep 0 wait) [mailbox-unknown]"}, []string{"ada", "bob"}, []string{"ada", "bob"},
		},
		{
			"who keeps their own", []license.Assignment{direct("SUITE")}, nil, map[string]license.MailboxPurpose{"ada": personal},
			[]string{"sales ready: -SUITE (0 gain 1 lose 1 keep 0 wait)"}, []string{"ada"}, []string{"ada"},
		},
		{
			"who gets their own", nil, []plan.DesiredUser{entry("bob", lic("SUITE"))}, map[string]license.MailboxPurpose{"ada": personal},
			[]string{"sales ready: -SUITE (0 gain 1 lose 1 keep 0 wait)"}, []string{"ada", "bob"}, []string{"ada"},
		},
	} {
		bob := user("bob", append(tc.bob, inherited("sales", "SUITE"))...)
		in := world(tc.entries, []license.UserState{user("ada", inherited("sales", "SUITE")), bob}, suiteSKU(9, 2))
		in = withGroups(in, []license.Group{giving(group("sales", "ada", "bob"), "SUITE")}, groupEntry("sales"))
		in.Policy.MailboxCheck = plan.MailboxCheckHold
		missing, err := planner.MissingSignals(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := missing[license.SignalPurpose]; !slices.Equal(got, ids(tc.asked)) || !slices.Equal(missing[license.SignalMailboxUse], got) {
			t.Errorf("%s: asked for %s, want %v", tc.name, namesOf(got, "ada", "bob"), tc.asked)
		}
		in.Observed.Signals.Purpose = read(tc.purpose)
		in.Observed.Signals.MailboxUse = read(map[string]license.MailboxUse{"ada": mine, "bob": mine})
		p := mustMake(t, in)
		if got := groupLines(p); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
		if got := p.GroupChanges[0].Mailboxes; !slices.Equal(got, ids(tc.goes)) {
			t.Errorf("%s: the mailboxes of %s go, want %v", tc.name, namesOf(got, "ada", "bob"), tc.goes)
		}
	}
}

// TestMailboxOfAnUnknownProduct: a product that the tenant does not list any more may
// come with a mailbox, whoever takes it away.
func TestMailboxOfAnUnknownProduct(t *testing.T) {
	in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "GONE"))}, suiteSKU(1, 0)), []license.Group{giving(group("sales", "ada"), "GONE")}, groupEntry("sales"))
	in.Policy.MailboxCheck = plan.MailboxCheckHold
	request, err := planner.MissingSignals(in)
	if err != nil || len(request[license.SignalPurpose]) != 1 {
		t.Errorf("nobody looks at the mailbox: %v %v", request, err)
	}
	if c := mustMake(t, in).GroupChanges[0]; c.Status != plan.StatusHeld || !slices.Equal(c.Reasons, []plan.Code{plan.CodeMailboxUnknown}) {
		t.Errorf("got %s %v", c.Status, c.Reasons)
	}
}

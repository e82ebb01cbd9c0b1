package observe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// signalRoles are the permissions that all signs of use take.
var signalRoles = []string{"User.Read.All", "Organization.Read.All", "AuditLog.Read.All", "User-LifeCycleInfo.Read.All", "MailboxSettings.Read", "Reports.Read.All"}

// service is an emulated tenant and a reader of it.
type service struct {
	*emulator.Emulator
	reader *graph.Reader
	token  string
	users  []license.UserState // sorted by id
}

func (s *service) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// serve starts a tenant, and reads it at an address of Graph's.
func serve(t *testing.T, tenant emulator.Tenant, opts emulator.Options) *service {
	t.Helper()
	e, err := emulator.New(tenant, opts)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{Emulator: e, token: e.AppToken(signalRoles...)}
	s.reader, err = graph.NewReader(graph.Config{Root: "https://graph.microsoft.com", Credential: s, Transport: &http.Client{Transport: e.Transport()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range tenant.Users {
		state, ok := e.User(u.UserPrincipalName)
		if !ok {
			t.Fatal("no user " + u.UserPrincipalName)
		}
		s.users = append(s.users, license.UserState{ID: state.ID, UserPrincipalName: state.UserPrincipalName})
	}
	slices.SortFunc(s.users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return s
}

// signals reads all signs of all users of the service.
func (s *service) signals(t *testing.T) license.Signals {
	t.Helper()
	out, err := s.try(t)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *service) try(t *testing.T) (license.Signals, error) {
	req := observe.SignalsRequest{Wanted: license.SignalRequest{}, Users: s.users, At: time.Now()}
	for _, u := range s.users {
		for _, signal := range license.AllSignals() {
			req.Wanted[signal] = append(req.Wanted[signal], u.ID)
		}
	}
	return observe.Signals(t.Context(), s.reader, req)
}

func published(t *testing.T, name string) license.SKU {
	t.Helper()
	sku, err := license.Published().ResolveSKU(name)
	if err != nil {
		t.Fatal(err)
	}
	sku.Units = license.Units{Enabled: 10}
	return sku
}

// usedTenant is one of four people: ada uses what she has, bea was never seen,
// the room has a mailbox and no license, and gone has a license and no mailbox.
func usedTenant(t *testing.T) emulator.Tenant {
	e5, copilot := published(t, "SPE_E5"), published(t, "Microsoft_365_Copilot")
	days := emulator.InDays
	return emulator.Tenant{
		RevealNames: true, Products: []emulator.Product{{SKU: e5}, {SKU: copilot}},
		Users: []emulator.User{
			{UserPrincipalName: "Ada@contoso.com", Licenses: []emulator.License{{SKU: e5.ID, Updated: days(-50)}, {SKU: copilot.ID, Updated: days(-40)}}, Evidence: emulator.Evidence{
				Created: days(-900), Leaves: days(20), SignIns: &emulator.SignIns{Interactive: days(-30), NonInteractive: days(-3)},
				Uses: map[license.Workload]emulator.Moment{license.WorkloadExchange: days(-5), license.WorkloadTeams: days(-9)}, Copilot: days(-60),
				Mailbox: &emulator.Mailbox{Bytes: 60 << 30, Archive: true},
			}},
			{UserPrincipalName: "bea@contoso.com", Licenses: []emulator.License{{SKU: e5.ID}}, Evidence: emulator.Evidence{
				SignIns: &emulator.SignIns{Interactive: emulator.At(time.Time{})}}},
			{UserPrincipalName: "gone@contoso.com", Licenses: []emulator.License{{SKU: e5.ID}}, Evidence: emulator.Evidence{Mailbox: &emulator.Mailbox{None: true}}},
			{UserPrincipalName: "room@contoso.com", Disabled: true, Evidence: emulator.Evidence{Mailbox: &emulator.Mailbox{Purpose: "room"}}},
		},
	}
}

func user(name string) license.GUID { return emulator.DerivedID("user", name+"@contoso.com") }

func TestSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now() // which is a midnight in UTC
		ago := func(n int) time.Time { return start.AddDate(0, 0, -n).UTC() }
		s := serve(t, usedTenant(t), emulator.Options{})
		got := s.signals(t)
		ada, bea, gone, room := user("ada"), user("bea"), user("gone"), user("room")
		e5, copilot := published(t, "SPE_E5").ID, published(t, "Microsoft_365_Copilot").ID
		assigned := []license.AssignedAt{{SKUID: e5, At: ago(50)}, {SKUID: copilot, At: ago(40)}}
		slices.SortFunc(assigned, func(a, b license.AssignedAt) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
		none := func() time.Time { return time.Time{} }()
		untold := license.UnavailableAbsent
		bytes, zero, yes, no := int64(60<<30), int64(0), true, false
		want := license.Signals{
			SignIns: &license.Reading[license.SignIns]{AsOf: start, Unavailable: "", Users: map[license.GUID]license.SignIns{
				ada: {Interactive: ago(30), NonInteractive: ago(3)}, bea: {}, gone: {}, room: {}}},
			Created: &license.Reading[time.Time]{AsOf: start, Users: map[license.GUID]time.Time{ada: ago(900), bea: none, gone: none, room: none}},
			Leave:   &license.Reading[time.Time]{AsOf: start, Users: map[license.GUID]time.Time{ada: ago(-20), bea: none, gone: none, room: none}},
			Assigned: &license.Reading[[]license.AssignedAt]{AsOf: start, Users: map[license.GUID][]license.AssignedAt{
				ada: assigned, bea: {{SKUID: e5, At: start.UTC()}}, gone: {{SKUID: e5, At: start.UTC()}}, room: {}}},
			Activity: &license.Reading[[]license.LastUse]{AsOf: ago(2), Unavailable: untold, Users: map[license.GUID][]license.LastUse{
				ada: {{Workload: license.WorkloadExchange, Day: ago(5)}, {Workload: license.WorkloadTeams, Day: ago(9)}}, bea: nil, gone: nil}},
			Copilot:    &license.Reading[time.Time]{AsOf: ago(2), Unavailable: untold, Users: map[license.GUID]time.Time{ada: ago(60)}},
			Purpose:    &license.Reading[license.MailboxPurpose]{AsOf: start, Users: map[license.GUID]license.MailboxPurpose{ada: {Purpose: "user"}, bea: {Purpose: "user"}, gone: {None: true}, room: {Purpose: "room"}}},
			MailboxUse: &license.Reading[license.MailboxUse]{AsOf: ago(2), Unavailable: untold, Users: map[license.GUID]license.MailboxUse{ada: {Bytes: &bytes, Archive: &yes}, bea: {Bytes: &zero, Archive: &no}, room: {Bytes: &zero, Archive: &no}}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("signals (-want +got):\n%s", diff)
		}
	})
}

// A snapshot keeps what was told and why the rest was not, so that a plan without
// a network is the same. A redacted one keeps of it when licenses came.
func TestSignalsInSnapshots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, roles := range [][]string{signalRoles, {"User.Read.All", "Organization.Read.All"}} {
			s := serve(t, usedTenant(t), emulator.Options{})
			s.token = s.AppToken(roles...)
			subscriptions, err := observe.Subscriptions(t.Context(), s.reader, time.Now().UTC())
			if err != nil {
				t.Fatal(err)
			}
			taken := observe.Snapshot{Cloud: "global", Observed: plan.Observed{
				Tenant: plan.Tenant{ID: contoso.ID}, SKUs: []license.SKU{}, Users: s.users, Signals: s.signals(t), Subscriptions: subscriptions, Whole: true,
			}}
			got, err := observe.DecodeSnapshot(strings.NewReader(encodeSnapshot(t, taken)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(taken.Observed.Signals, got.Observed.Signals); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(taken.Observed.Subscriptions, got.Observed.Subscriptions); diff != "" {
				t.Errorf("subscriptions (-want +got):\n%s", diff)
			}
			if asked := taken.Redacted().Observed.Signals.Asked(); !slices.Equal(asked, []license.Signal{license.SignalAssigned}) {
				t.Errorf("a redacted snapshot tells %v", asked)
			}
		}
	})
}

func TestSnapshotsWithOddSignals(t *testing.T) {
	for what, tc := range map[string]struct{ signals, says string }{
		"no users":            {`"signals":{"signIns":{}}`, "lacks its users"},
		"a user without id":   {`"signals":{"signIns":{"users":[{}]}}`, "has its user 1 without an id, or twice"},
		"a user twice":        {`"signals":{"leave":{"users":[{"id":"00000000-0000-4000-8000-000000000001"},{"id":"00000000-0000-4000-8000-000000000001"}]}}`, "has its user 2 without an id, or twice"},
		"a use without day":   {`"signals":{"activity":{"users":[{"id":"00000000-0000-4000-8000-000000000001","lastUses":[{"workload":"teams"}]}]}}`, "has a use without a day of its user 1"},
		"too much of a user":  {`"signals":{"mailboxPurpose":{"users":[{"id":"00000000-0000-4000-8000-000000000001","userPurpose":"` + strings.Repeat("x", 9000) + `"}]}}`, "holds more of its user 1 than is read"},
		"a bad time":          {`"signals":{"leave":{"users":[{"id":"00000000-0000-4000-8000-000000000001","dateTime":"soon"}]}}`, "/signals/leave/users/0/dateTime"},
		"no subscriptions":    {`"subscriptions":{}`, "subscriptions"},
		"one without product": {`"subscriptions":{"subscriptions":[{"status":"Enabled","totalLicenses":1}]}`, "subscription 1 of the snapshot is not whole"},
		"one without status":  {`"subscriptions":{"subscriptions":[{"skuId":"00000000-0000-4000-8000-000000000001","status":"Enabled","totalLicenses":0},{"skuId":"00000000-0000-4000-8000-000000000001","totalLicenses":1}]}`, "subscription 2 of the snapshot is not whole"},
		"a seatless one":      {`"subscriptions":{"subscriptions":[{"skuId":"00000000-0000-4000-8000-000000000001","status":"Enabled","totalLicenses":-1}]}`, "subscription"},
	} {
		text := `{"snapshotVersion":"1","tenant":{"id":"11111111-2222-4333-8444-555555555555"},"subscribedSkus":[],"users":[],` + tc.signals + `}`
		if s, err := observe.DecodeSnapshot(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v %+v", what, err, s)
		}
	}
	later := `{"snapshotVersion":"1","tenant":{"id":"11111111-2222-4333-8444-555555555555"},"subscribedSkus":[],"users":[],"signals":{"ofLater":{"users":[]}}}`
	if s, err := observe.DecodeSnapshot(strings.NewReader(later)); err != nil || s.Observed.Signals.Asked() != nil {
		t.Errorf("a signal of later: %v %v", s.Observed.Signals, err)
	}
}

// Whatever keeps a sign back is told, and what is left is read all the same.
func TestSignalsThatAreNotTold(t *testing.T) {
	tests := []struct {
		what   string
		tenant func(*emulator.Tenant)
		opts   emulator.Options
		lacks  string // a permission
		root   string
		want   map[license.Signal]license.Unavailable // of the signals that are not told of ada
	}{
		{what: "all is told"},
		{what: "no permission for sign-ins", lacks: "AuditLog.Read.All", want: map[license.Signal]license.Unavailable{license.SignalSignIns: license.UnavailablePermission}},
		{what: "no permission for mailboxes", lacks: "MailboxSettings.Read", want: map[license.Signal]license.Unavailable{license.SignalPurpose: license.UnavailablePermission}},
		{what: "no permission for reports", lacks: "Reports.Read.All", want: map[license.Signal]license.Unavailable{
			license.SignalActivity: license.UnavailablePermission, license.SignalCopilot: license.UnavailablePermission, license.SignalMailboxUse: license.UnavailablePermission}},
		{what: "concealed names", tenant: func(t *emulator.Tenant) { t.RevealNames = false }, want: map[license.Signal]license.Unavailable{
			license.SignalActivity: license.UnavailableConcealed, license.SignalCopilot: license.UnavailableConcealed, license.SignalMailboxUse: license.UnavailableConcealed}},
		{what: "no premium license", tenant: withoutPremium, want: map[license.Signal]license.Unavailable{license.SignalSignIns: license.UnavailablePremium}},
		{what: "small pages alone", opts: emulator.Options{SignInPages: emulator.SignInPagesRefused}},
		{what: "no such property", opts: emulator.Options{Faults: []emulator.Fault{{Route: "listUsers", Status: 400, Code: "BadRequest", Message: "signInActivity is unknown", Count: 1}}},
			want: map[license.Signal]license.Unavailable{license.SignalSignIns: license.UnavailableRefused}},
		{what: "a report that is gone", opts: emulator.Options{Faults: []emulator.Fault{{Route: "getMicrosoft365CopilotUsageUserDetail", Status: 404, Code: "UnknownError"}}},
			want: map[license.Signal]license.Unavailable{license.SignalCopilot: license.UnavailableRefused}},
		{what: "a report that cannot be downloaded", opts: emulator.Options{Faults: []emulator.Fault{{Route: "reportDownload", Status: 403}}}, want: map[license.Signal]license.Unavailable{
			license.SignalActivity: license.UnavailableRefused, license.SignalCopilot: license.UnavailableRefused, license.SignalMailboxUse: license.UnavailableRefused}},
		{what: "a web page in place of a report", opts: emulator.Options{Faults: []emulator.Fault{{Route: "reportDownload", Effect: emulator.EffectHTML, Status: 200}}}, want: map[license.Signal]license.Unavailable{
			license.SignalActivity: license.UnavailableRefused, license.SignalCopilot: license.UnavailableRefused, license.SignalMailboxUse: license.UnavailableRefused}},
		{what: "reports that break off", opts: emulator.Options{Faults: []emulator.Fault{{Route: "reportDownload", Effect: emulator.EffectHalfBody}}}, want: map[license.Signal]license.Unavailable{
			license.SignalActivity: license.UnavailableRefused, license.SignalCopilot: license.UnavailableRefused, license.SignalMailboxUse: license.UnavailableRefused}},
		{what: "a report that was asked for too often", opts: emulator.Options{Faults: []emulator.Fault{{Route: "getMailboxUsageDetail", Status: 429, RetryAfter: time.Hour}}},
			want: map[license.Signal]license.Unavailable{license.SignalMailboxUse: license.UnavailableRefused}},
		{what: "failures that pass", opts: emulator.Options{Faults: []emulator.Fault{
			{Route: "reportDownload", Status: 503, Count: 1}, {Route: "userPurpose", Status: 503, Count: 2}, {Route: "listUsers", Status: 429, RetryAfter: time.Second, Count: 3}}}},
		{what: "one mailbox is kept back", opts: emulator.Options{Faults: []emulator.Fault{{Path: "/v1.0/users/" + user("ada").String() + "/*/*", Status: 403, Code: "ErrorAccessDenied"}}},
			want: map[license.Signal]license.Unavailable{license.SignalPurpose: license.UnavailablePermission}},
		{what: "a user whom the mailboxes do not know", opts: emulator.Options{Faults: []emulator.Fault{{Path: "/v1.0/users/" + user("ada").String() + "/*/*", Status: 404, Code: "Request_ResourceNotFound"}}},
			want: map[license.Signal]license.Unavailable{license.SignalPurpose: license.UnavailableRefused}},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tenant := usedTenant(t)
				if tt.tenant != nil {
					tt.tenant(&tenant)
				}
				s := serve(t, tenant, tt.opts)
				s.token = s.AppToken(slices.DeleteFunc(slices.Clone(signalRoles), func(role string) bool { return role == tt.lacks })...)
				got := s.signals(t)
				if diff := cmp.Diff(tt.want, untoldOf(got, user("ada"))); diff != "" {
					t.Errorf("not told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// untoldOf gives why which signals do not tell of a user; nil where all do.
func untoldOf(s license.Signals, id license.GUID) map[license.Signal]license.Unavailable {
	var out map[license.Signal]license.Unavailable
	note := func(signal license.Signal, ok bool, why license.Unavailable) {
		if !ok {
			if out == nil {
				out = map[license.Signal]license.Unavailable{}
			}
			out[signal] = why
		}
	}
	_, ok := s.SignIns.Of(id)
	note(license.SignalSignIns, ok, s.SignIns.Why())
	_, ok = s.Created.Of(id)
	note(license.SignalCreated, ok, s.Created.Why())
	_, ok = s.Leave.Of(id)
	note(license.SignalLeave, ok, s.Leave.Why())
	_, ok = s.Assigned.Of(id)
	note(license.SignalAssigned, ok, s.Assigned.Why())
	_, ok = s.Activity.Of(id)
	note(license.SignalActivity, ok, s.Activity.Why())
	_, ok = s.Copilot.Of(id)
	note(license.SignalCopilot, ok, s.Copilot.Why())
	_, ok = s.Purpose.Of(id)
	note(license.SignalPurpose, ok, s.Purpose.Why())
	_, ok = s.MailboxUse.Of(id)
	note(license.SignalMailboxUse, ok, s.MailboxUse.Why())
	return out
}

// withoutPremium leaves the plans of Entra ID out of the products.
func withoutPremium(t *emulator.Tenant) {
	for i, p := range t.Products {
		plans := slices.Clone(p.SKU.Plans)
		t.Products[i].SKU.Plans = slices.DeleteFunc(plans, func(p license.ServicePlan) bool { return strings.HasPrefix(p.Name, "AAD_PREMIUM") })
	}
}

// A premium tenant that is refused nine times of ten is told its sign-ins, or
// that they were refused; it is never told anything else.
func TestSignInsThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, usedTenant(t), emulator.Options{PremiumRefusals: 0.9, Seed: 1, Limits: emulator.Limits{Off: true}})
		outcomes := map[string]int{}
		for range 30 {
			got := s.signals(t).SignIns
			activity, ok := got.Of(user("ada"))
			switch {
			case ok && !activity.Latest().IsZero() && len(got.Users) == 4:
				outcomes["told"]++
			case got.Unavailable == license.UnavailablePremium && len(got.Users) == 0:
				outcomes["refused"]++
			default:
				t.Fatalf("%+v", got)
			}
		}
		if outcomes["told"] == 0 || outcomes["refused"] == 0 {
			t.Errorf("%v", outcomes)
		}
	})
}

// Failures that say nothing of the signs end the reading.
func TestSignalsThatCannotBeRead(t *testing.T) {
	for what, fault := range map[string]emulator.Fault{
		"users":     {Route: "listUsers", Status: 503},
		"mailboxes": {Route: "userPurpose", Status: 500},
		"reports":   {Route: "getMailboxUsageDetail", Status: 503},
		"a token":   {Route: "getOffice365ActiveUserDetail", Status: 401},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, usedTenant(t), emulator.Options{Faults: []emulator.Fault{fault}})
				if got, err := s.try(t); err == nil {
					t.Errorf("%+v", got)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, usedTenant(t), emulator.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := observe.Signals(ctx, s.reader, observe.SignalsRequest{Wanted: license.SignalRequest{license.SignalActivity: {user("ada")}}, Users: s.users})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// Nothing is asked for that nobody wants, and nothing of nobody.
func TestNoSignalIsReadUnasked(t *testing.T) {
	s := serve(t, usedTenant(t), emulator.Options{})
	got, err := observe.Signals(t.Context(), s.reader, observe.SignalsRequest{Wanted: license.SignalRequest{license.SignalSignIns: nil}, Users: s.users})
	if err != nil || got.Asked() != nil || s.reader.Usage().Requests > 0 {
		t.Errorf("%v %v, in %d requests", got, err, s.reader.Usage().Requests)
	}
}

// oneReport is a reader for whom every usage report is the same.
type oneReport struct {
	*graph.Reader
	report graph.Report
}

func (r oneReport) Report(context.Context, graph.UsageReport, map[string]bool) (graph.Report, error) {
	return r.report, nil
}

// Of the mailboxes of one user the largest counts, and an archive that any of them has;
// a cell that tells no size tells nothing.
func TestMailboxesOfOneUser(t *testing.T) {
	s := serve(t, usedTenant(t), emulator.Options{})
	for name, tc := range map[string]struct {
		rows    []string // size and archive
		bytes   int64    // -1: not told
		archive string   // empty: not told
	}{
		"the larger one first":  {[]string{"60 false", "7 true"}, 60, "true"},
		"the larger one last":   {[]string{"7 true", "60 false"}, 60, "true"},
		"of the same size":      {[]string{"7 false", "7 FALSE"}, 7, "false"},
		"one that is not told":  {[]string{" true", "7 "}, 7, "true"},
		"no size at all":        {[]string{"many no", "-7 "}, -1, ""},
		"an empty one":          {[]string{"0 False"}, 0, "false"},
		"below nothing is none": {[]string{"-7 true", "0 true"}, 0, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []map[string]string
			for _, row := range tc.rows {
				size, archive, _ := strings.Cut(row, " ")
				rows = append(rows, map[string]string{"storage used (byte)": size, "has archive": archive})
			}
			ada := s.users[slices.IndexFunc(s.users, func(u license.UserState) bool { return u.ID == user("ada") })]
			all := graph.Report{Refreshed: time.Now(), Rows: map[string][]map[string]string{license.UPNKey(ada.UserPrincipalName): rows}}
			got, err := observe.Signals(t.Context(), oneReport{s.reader, all}, observe.SignalsRequest{
				Wanted: license.SignalRequest{license.SignalMailboxUse: {ada.ID}}, Users: s.users, At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			use, bytes, archive := got.MailboxUse.Users[ada.ID], int64(-1), ""
			if use.Bytes != nil {
				bytes = *use.Bytes
			}
			if use.Archive != nil {
				archive = fmt.Sprint(*use.Archive)
			}
			if bytes != tc.bytes || archive != tc.archive {
				t.Errorf("%d bytes and archive %q, want %d and %q", bytes, archive, tc.bytes, tc.archive)
			}
		})
	}
}

// Whether users are listed or looked up, and in pages of which size, does not
// show in what is told of them.
func TestTheWayOfReadingSignalsDoesNotShow(t *testing.T) {
	e5 := published(t, "SPE_E5")
	tenant := emulator.Tenant{Products: []emulator.Product{{SKU: e5}}}
	for i := range 700 {
		u := emulator.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i), Evidence: emulator.Evidence{Created: emulator.InDays(-i)}}
		if i%3 > 0 {
			u.Evidence.SignIns = &emulator.SignIns{Interactive: emulator.InDays(-i % 200)}
		}
		tenant.Users = append(tenant.Users, u)
	}
	clock := emulator.NewClock(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
	services := map[emulator.SignInPages]*service{}
	for _, pages := range []emulator.SignInPages{emulator.SignInPagesClipped, emulator.SignInPagesRefused} {
		services[pages] = serve(t, tenant, emulator.Options{SignInPages: pages, Limits: emulator.Limits{Off: true}, Now: clock.Now})
	}
	rapid.Check(t, func(t *rapid.T) {
		s := services[rapid.SampledFrom([]emulator.SignInPages{emulator.SignInPagesClipped, emulator.SignInPagesRefused}).Draw(t, "pages")]
		var ids []license.GUID
		share := rapid.IntRange(1, 100).Draw(t, "share")
		for i, u := range s.users {
			if i*7919%100 < share {
				ids = append(ids, u.ID)
			}
		}
		read := func(atLeast int) license.Signals {
			wanted := license.SignalRequest{license.SignalSignIns: ids, license.SignalCreated: ids}
			got, err := observe.Signals(context.Background(), s.reader, observe.SignalsRequest{Wanted: wanted, AtLeast: atLeast, At: clock.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if diff := cmp.Diff(read(0), read(rapid.IntRange(1, 700).Draw(t, "at least"))); diff != "" {
			t.Errorf("looked up and listed (-want +got):\n%s", diff)
		}
	})
}

// Five thousand cost the same, whatever the size of the tenant around them.
func TestSignalsCostWhatIsAsked(t *testing.T) {
	const holders, all = 1_500, 30_000
	e5 := published(t, "SPE_E5")
	tenant := emulator.Tenant{Products: []emulator.Product{{SKU: e5}}}
	var ids []license.GUID
	for i := range all {
		u := emulator.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)}
		if i < holders {
			ids = append(ids, emulator.DerivedID("user", u.UserPrincipalName))
		}
		tenant.Users = append(tenant.Users, u)
	}
	s := serve(t, tenant, emulator.Options{})
	read := func(ids []license.GUID, atLeast int) graph.Usage {
		t.Helper()
		before := s.reader.Usage()
		wanted := license.SignalRequest{license.SignalSignIns: ids, license.SignalCreated: ids, license.SignalLeave: ids, license.SignalAssigned: ids}
		got, err := observe.Signals(t.Context(), s.reader, observe.SignalsRequest{Wanted: wanted, AtLeast: atLeast})
		if err != nil || len(got.SignIns.Users) != len(ids) || got.SignIns.Unavailable != "" {
			t.Fatalf("%d users, %v", len(got.SignIns.Users), err)
		}
		after := s.reader.Usage()
		return graph.Usage{Requests: after.Requests - before.Requests, ResourceUnits: after.ResourceUnits - before.ResourceUnits}
	}
	if got := read(ids, all); got.Requests != 5 || got.ResourceUnits != 100 {
		t.Errorf("%d of %d users took %+v", holders, all, got)
	}
	var everybody []license.GUID
	for _, u := range s.users {
		everybody = append(everybody, u.ID)
	}
	if got := read(everybody, all); got.Requests != 60 {
		t.Errorf("all %d users took %+v", all, got)
	}
	// In small pages the list goes on for as long as looking up would take, and
	// the others are looked up.
	small := serve(t, tenant, emulator.Options{SignInPages: emulator.SignInPagesRefused})
	s = small
	if got := read(everybody, all); got.Requests > 2*100+1 {
		t.Errorf("all %d users in small pages took %+v", all, got)
	}
}

func TestSubscriptionsAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := usedTenant(t)
		tenant.Products[0].Subscriptions = []emulator.Subscription{
			{Seats: 3}, {Seats: 4, Trial: true, Status: "Warning", Changes: emulator.InDays(9), Created: emulator.InDays(-9)}, {Seats: 2, Changes: emulator.InDays(5)}}
		s := serve(t, tenant, emulator.Options{})
		got, err := observe.Subscriptions(t.Context(), s.reader, time.Now())
		if err != nil || got.Untold != "" {
			t.Fatalf("%+v %v", got, err)
		}
		var lines []string
		for _, sub := range got.All {
			lines = append(lines, fmt.Sprint(sub.PartNumber, " ", sub.Status, " ", sub.Seats, " ", sub.Trial, " ", !sub.Changes.IsZero(), " ", sub.ID != ""))
		}
		want := []string{"Microsoft_365_Copilot Enabled 10 false false true", "SPE_E5 Enabled 2 false true true", "SPE_E5 Warning 4 true true true", "SPE_E5 Enabled 3 false false true"}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("subscriptions (-want +got):\n%s", diff)
		}
		s = serve(t, tenant, emulator.Options{Faults: []emulator.Fault{{Route: "subscriptions", Effect: emulator.EffectHTML, Status: 200}}})
		if got, err := observe.Subscriptions(t.Context(), s.reader, time.Now()); err != nil || got.Untold != license.UnavailableRefused || got.Reason == "" {
			t.Errorf("a web page in place of them: %+v %v", got, err)
		}
		s = serve(t, tenant, emulator.Options{Faults: []emulator.Fault{{Route: "subscriptions", Status: 503}}})
		if got, err := observe.Subscriptions(t.Context(), s.reader, time.Now()); err != nil || got.Untold != license.UnavailableRefused || got.Reason == "" {
			t.Errorf("a service that is down: %+v %v", got, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := observe.Subscriptions(ctx, s.reader, time.Now()); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %+v %v", got, err)
		}
		s = serve(t, tenant, emulator.Options{})
		s.token = s.AppToken("User.Read.All")
		if got, err := observe.Subscriptions(t.Context(), s.reader, time.Now()); err != nil || got.Untold != license.UnavailablePermission || got.All != nil {
			t.Errorf("without the permission: %+v %v", got, err)
		}
	})
}

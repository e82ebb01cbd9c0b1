package interop_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	kiota "github.com/microsoft/kiota-abstractions-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// userQuery is the configuration of a list of users.
func userQuery(q users.UsersRequestBuilderGetQueryParameters) *users.UsersRequestBuilderGetRequestConfiguration {
	return &users.UsersRequestBuilderGetRequestConfiguration{QueryParameters: &q}
}

// eventually makes it an advanced query.
func eventually(c *users.UsersRequestBuilderGetRequestConfiguration) *users.UsersRequestBuilderGetRequestConfiguration {
	c.Headers = kiota.NewRequestHeaders()
	c.Headers.Add("ConsistencyLevel", "eventual")
	c.QueryParameters.Count = ptr(true)
	return c
}

func TestPagesOfUsers(t *testing.T) {
	s := serve(t, emulator.Synthetic(emulator.SyntheticOptions{Users: 257, Seed: 1}), emulator.Options{})
	client := s.sdk(s.app())
	page, err := client.Users().Get(t.Context(), userQuery(users.UsersRequestBuilderGetQueryParameters{
		Select: []string{"id", "userPrincipalName", "accountEnabled", "userType", "usageLocation", "licenseAssignmentStates"}, Top: ptr[int32](50),
	}))
	if err != nil {
		t.Fatal(err)
	}
	iterator, err := msgraphcore.NewPageIterator[models.Userable](page, client.GetAdapter(), models.CreateUserCollectionResponseFromDiscriminatorValue)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]models.Userable{}
	if err := iterator.Iterate(t.Context(), func(u models.Userable) bool {
		got[text(u.GetId())] = u
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if n := s.Counters().ByRoute["listUsers"]; n != 6 {
		t.Errorf("%d pages, want 6", n)
	}
	for _, want := range s.Users() {
		u, ok := got[want.ID.String()]
		if !ok {
			t.Errorf("%s is missing", want.UserPrincipalName)
			continue
		}
		compareUser(t, want, u)
	}
	if len(got) != len(s.Users()) {
		t.Errorf("%d users, want %d", len(got), len(s.Users()))
	}
}

// compareUser holds what the SDK has read against the truth.
func compareUser(t *testing.T, want license.UserState, got models.Userable) {
	t.Helper()
	if text(got.GetUserPrincipalName()) != want.UserPrincipalName || text(got.GetUsageLocation()) != want.UsageLocation {
		t.Errorf("%s in %s, want %s in %s", text(got.GetUserPrincipalName()), text(got.GetUsageLocation()), want.UserPrincipalName, want.UsageLocation)
	}
	if got.GetAccountEnabled() == nil || *got.GetAccountEnabled() != want.AccountEnabled {
		t.Errorf("%s: enabled %v, want %t", want.UserPrincipalName, got.GetAccountEnabled(), want.AccountEnabled)
	}
	var have, hold []string
	for _, a := range got.GetLicenseAssignmentStates() {
		have = append(have, fmt.Sprint(*a.GetSkuId(), " ", text(a.GetAssignedByGroup()), " ", text(a.GetState()), " ", a.GetDisabledPlans()))
	}
	for _, a := range want.Assignments {
		group := ""
		if !a.Direct() {
			group = a.Group.String()
		}
		hold = append(hold, fmt.Sprint(a.SKUID, " ", group, " ", a.State, " ", a.DisabledPlans))
	}
	slices.Sort(have)
	slices.Sort(hold)
	if !slices.Equal(have, hold) {
		t.Errorf("%s holds\n%v\nwant\n%v", want.UserPrincipalName, have, hold)
	}
}

func TestFiltersOfUsers(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(s.app())
	for _, c := range []struct {
		filter   string
		advanced bool
		want     []string
	}{
		{filter: "department eq 'Sales'", want: []string{"ada@contoso.com"}},
		{filter: "userPrincipalName in ('ken@contoso.com','linus@contoso.com')", want: []string{"ken@contoso.com", "linus@contoso.com"}},
		{filter: "startswith(displayName,'Gra')", want: []string{"grace@contoso.com"}},
		{filter: fmt.Sprintf("assignedLicenses/any(l:l/skuId eq %s)", s.sku("POWER_BI_PRO").ID), want: []string{"grace@contoso.com"}},
		{filter: "usageLocation eq null", advanced: true, want: []string{"linus@contoso.com"}},
	} {
		t.Run(c.filter, func(t *testing.T) {
			query := userQuery(users.UsersRequestBuilderGetQueryParameters{Select: []string{"userPrincipalName"}, Filter: &c.filter})
			if c.advanced {
				query = eventually(query)
			}
			page, err := client.Users().Get(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			if got := principals(page.GetValue()); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if c.advanced && (page.GetOdataCount() == nil || *page.GetOdataCount() != int64(len(c.want))) {
				t.Errorf("the count is %v", page.GetOdataCount())
			}
		})
	}
}

func principals(list []models.Userable) []string {
	var out []string
	for _, u := range list {
		out = append(out, text(u.GetUserPrincipalName()))
	}
	slices.Sort(out)
	return out
}

func TestPageThatIsTooLarge(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	_, err := s.sdk(s.app()).Users().Get(t.Context(), userQuery(users.UsersRequestBuilderGetQueryParameters{Top: ptr[int32](1000)}))
	if status, code, _ := refusal(t, err); status != http.StatusBadRequest || code != "Request_UnsupportedQuery" {
		t.Errorf("%d %s", status, code)
	}
}

func TestCountOfUsers(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	headers := kiota.NewRequestHeaders()
	headers.Add("ConsistencyLevel", "eventual")
	n, err := s.sdk(s.app()).Users().Count().Get(t.Context(), &users.CountRequestBuilderGetRequestConfiguration{Headers: headers})
	if err != nil {
		t.Fatal(err)
	}
	if n == nil || int(*n) != len(s.Users()) {
		t.Errorf("%v users, want %d", n, len(s.Users()))
	}
}

func TestOneUser(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(s.app())
	ada, _ := s.User("ada@contoso.com")
	for _, name := range []string{"ada@contoso.com", ada.ID.String()} {
		u, err := client.Users().ByUserId(name).Get(t.Context(), &users.UserItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{
				Select: []string{"id", "userPrincipalName", "accountEnabled", "usageLocation", "licenseAssignmentStates"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if text(u.GetId()) != ada.ID.String() {
			t.Errorf("%s is %s", name, text(u.GetId()))
		}
		compareUser(t, ada, u)
	}
	_, err := client.Users().ByUserId("nobody@contoso.com").Get(t.Context(), nil)
	if status, code, _ := refusal(t, err); status != http.StatusNotFound || code != "Request_ResourceNotFound" {
		t.Errorf("%d %s", status, code)
	}
}

func TestGuestWithAwkwardName(t *testing.T) {
	tenant := contoso(t)
	const name = "zoë.o'neil_example.com#EXT#@contoso.com"
	tenant.Users = append(tenant.Users, emulator.User{UserPrincipalName: name, DisplayName: "Zoë O'Neil", Guest: true, UsageLocation: "FR"})
	s := serve(t, tenant, emulator.Options{})
	u, err := s.sdk(s.app()).Users().ByUserId(name).Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(u.GetDisplayName()); got != "Zoë O'Neil" {
		t.Errorf("found %q", got)
	}
}

func TestUsageLocationIsSet(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(s.app())
	patch := models.NewUser()
	patch.SetUsageLocation(ptr("GB"))
	if _, err := client.Users().ByUserId("linus@contoso.com").Patch(t.Context(), patch, nil); err != nil {
		t.Fatal(err)
	}
	if linus, _ := s.User("linus@contoso.com"); linus.UsageLocation != "GB" {
		t.Errorf("linus is in %q", linus.UsageLocation)
	}
	patch.SetUsageLocation(ptr("XX"))
	_, err := client.Users().ByUserId("linus@contoso.com").Patch(t.Context(), patch, nil)
	if status, code, _ := refusal(t, err); status != http.StatusBadRequest || code != "Request_BadRequest" {
		t.Errorf("%d %s", status, code)
	}
}

func TestSignedInUserChangesOwnLicenses(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	token, err := s.UserToken("ada@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	client := s.sdk(fixedToken(token))
	if _, err := client.Me().AssignLicense().Post(t.Context(), change(s.sku("VISIOCLIENT").ID), nil); err != nil {
		t.Fatal(err)
	}
	if got := s.direct("ada@contoso.com"); !slices.Equal(got, []string{"SPE_E3", "VISIOCLIENT"}) {
		t.Errorf("ada holds %v", got)
	}
}

func TestDeltaOfUsers(t *testing.T) {
	s := serve(t, emulator.Synthetic(emulator.SyntheticOptions{Users: 30, Seed: 1}), emulator.Options{})
	client := s.sdk(s.app())
	names, link := readDelta(t, client.Users().Delta(), &users.DeltaRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.DeltaRequestBuilderGetQueryParameters{Select: []string{"userPrincipalName", "usageLocation"}, Top: ptr[int32](20)},
	})
	if len(names) != 30 {
		t.Fatalf("%d users at first, want 30", len(names))
	}
	moved := s.Users()[7]
	if err := s.SetUsageLocation(moved.UserPrincipalName, "CH"); err != nil {
		t.Fatal(err)
	}
	names, _ = readDelta(t, client.Users().Delta().WithUrl(link), nil)
	if !slices.Equal(names, []string{moved.UserPrincipalName}) {
		t.Errorf("changed since: %v, want %s", names, moved.UserPrincipalName)
	}
}

// readDelta follows next links up to the delta link.
func readDelta(t *testing.T, from *users.DeltaRequestBuilder, first *users.DeltaRequestBuilderGetRequestConfiguration) (names []string, link string) {
	t.Helper()
	page, err := from.GetAsDeltaGetResponse(t.Context(), first)
	for {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, principals(page.GetValue())...)
		if page.GetOdataNextLink() == nil {
			return names, text(page.GetOdataDeltaLink())
		}
		page, err = from.WithUrl(text(page.GetOdataNextLink())).GetAsDeltaGetResponse(t.Context(), nil)
	}
}

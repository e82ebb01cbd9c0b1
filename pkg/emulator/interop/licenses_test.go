package interop_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// added is a license to add, with what is off in it.
func added(sku license.GUID, off ...license.GUID) models.AssignedLicenseable {
	out := models.NewAssignedLicense()
	out.SetSkuId(&sku)
	out.SetDisabledPlans(append([]uuid.UUID{}, off...))
	return out
}

// change is the body that adds products to a user.
func change(skus ...license.GUID) *users.ItemAssignLicensePostRequestBody {
	out := users.NewItemAssignLicensePostRequestBody()
	list := []models.AssignedLicenseable{}
	for _, sku := range skus {
		list = append(list, added(sku))
	}
	out.SetAddLicenses(list)
	out.SetRemoveLicenses([]uuid.UUID{})
	return out
}

// removal is the body that takes products from a user.
func removal(skus ...license.GUID) *users.ItemAssignLicensePostRequestBody {
	out := change()
	out.SetRemoveLicenses(skus)
	return out
}

// partNumbers are those of license details, sorted.
func partNumbers(list []models.LicenseDetailsable) []string {
	var out []string
	for _, d := range list {
		out = append(out, text(d.GetSkuPartNumber()))
	}
	slices.Sort(out)
	return out
}

func TestLicensesAreAddedSwappedAndRemoved(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	post := s.sdk(s.app()).Users().ByUserId("ken@contoso.com").AssignLicense()
	e3, powerBI, visio := s.sku("SPE_E3").ID, s.sku("POWER_BI_PRO").ID, s.sku("VISIOCLIENT").ID
	swap := change(powerBI, visio)
	swap.SetRemoveLicenses([]uuid.UUID{e3})
	for _, step := range []struct {
		body *users.ItemAssignLicensePostRequestBody
		want []string
	}{
		{change(e3), []string{"SPE_E3"}},
		{swap, []string{"POWER_BI_PRO", "VISIOCLIENT"}},
		{removal(powerBI), []string{"VISIOCLIENT"}},
		{removal(visio), nil},
	} {
		u, err := post.Post(t.Context(), step.body, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(u.GetUserPrincipalName()); got != "ken@contoso.com" {
			t.Errorf("the reply is about %q", got)
		}
		if got := s.direct("ken@contoso.com"); !slices.Equal(got, step.want) {
			t.Errorf("ken holds %v, want %v", got, step.want)
		}
	}
}

func TestServicePlansAreReplaced(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	e3 := s.sku("SPE_E3")
	off := planOf(t, e3, "SWAY")
	body := change()
	body.SetAddLicenses([]models.AssignedLicenseable{added(e3.ID, off)})
	if _, err := s.sdk(s.app()).Users().ByUserId("ada@contoso.com").AssignLicense().Post(t.Context(), body, nil); err != nil {
		t.Fatal(err)
	}
	ada, _ := s.User("ada@contoso.com")
	held, _ := ada.DirectLicense(e3.ID)
	if !slices.Equal(held.DisabledPlans, []license.GUID{off}) {
		t.Errorf("off is %v, want %v alone", held.DisabledPlans, off)
	}
	if got := s.sku("SPE_E3").Units.Consumed; got != 1 {
		t.Errorf("%d seats are taken, want 1", got)
	}
}

func TestRefusals(t *testing.T) {
	tenant := contoso(t)
	tenant.Products[2].SKU.Units.Enabled = 0
	s := serve(t, tenant, emulator.Options{})
	e3, powerBI, visio := s.sku("SPE_E3").ID, s.sku("POWER_BI_PRO").ID, s.sku("VISIOCLIENT").ID
	foreign := emulator.DerivedID("sku", "of nobody")
	halved := users.NewItemAssignLicensePostRequestBody()
	halved.SetAddLicenses([]models.AssignedLicenseable{added(e3)})
	for _, c := range []struct {
		name, user string
		body       *users.ItemAssignLicensePostRequestBody
		want       string
	}{
		{"no seats", "ken@contoso.com", change(visio), fmt.Sprintf("Subscription with SKU %s does not have any available licenses.", visio)},
		{"no usage location", "linus@contoso.com", change(e3), "License assignment cannot be done for user with invalid usage location."},
		{"inherited", "grace@contoso.com", removal(powerBI), "User license is inherited from a group membership and it cannot be removed directly from the user."},
		{"not held", "ken@contoso.com", removal(e3), "User does not have a corresponding license."},
		{"unknown product", "ken@contoso.com", change(foreign), fmt.Sprintf("License %s does not correspond to a valid company License.", foreign)},
		{"half a body", "ken@contoso.com", halved,
			"One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: removeLicenses."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.sdk(s.app()).Users().ByUserId(c.user).AssignLicense().Post(t.Context(), c.body, nil)
			status, code, message := refusal(t, err)
			if status != http.StatusBadRequest || code != "Request_BadRequest" || message != c.want {
				t.Errorf("%d %s %q\nwant %q", status, code, message, c.want)
			}
		})
	}
	if n := s.Counters().Mutations; n != 0 {
		t.Errorf("%d calls changed the tenant", n)
	}
}

// TestBodiesArePacked shows that the SDK sends what it sends to the service.
func TestBodiesArePacked(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	packed := ""
	inner := s.http.Transport
	s.http.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && r.URL.Host == graphHost {
			packed = r.Header.Get("Content-Encoding")
		}
		return inner.RoundTrip(r)
	})
	if _, err := s.sdk(s.app()).Users().ByUserId("ken@contoso.com").AssignLicense().Post(t.Context(), change(s.sku("SPE_E3").ID), nil); err != nil {
		t.Fatal(err)
	}
	if packed != "gzip" {
		t.Errorf("the body was sent as %q", packed)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestLicenseDetails(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	list, err := s.sdk(s.app()).Users().ByUserId("ada@contoso.com").LicenseDetails().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e3 := s.sku("SPE_E3")
	if n := len(list.GetValue()); n != 1 {
		t.Fatalf("%d licenses, want 1", n)
	}
	got := list.GetValue()[0]
	if got.GetSkuId() == nil || *got.GetSkuId() != e3.ID || text(got.GetId()) == "" || len(got.GetServicePlans()) != len(e3.Plans) {
		t.Errorf("%v, id %q, %d plans; want %v, %d plans", got.GetSkuId(), text(got.GetId()), len(got.GetServicePlans()), e3.ID, len(e3.Plans))
	}
	status := map[string]string{}
	for _, p := range got.GetServicePlans() {
		status[text(p.GetServicePlanName())] = text(p.GetProvisioningStatus())
	}
	if status["YAMMER_ENTERPRISE"] != "Disabled" || status["EXCHANGE_S_ENTERPRISE"] != "Success" {
		t.Errorf("the plans are %v", status)
	}
}

func TestSubscribedSKUs(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	list, err := s.sdk(s.app()).SubscribedSkus().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.GetValue()) != len(s.SKUs()) {
		t.Fatalf("%d products, want %d", len(list.GetValue()), len(s.SKUs()))
	}
	for _, got := range list.GetValue() {
		want := s.sku(text(got.GetSkuPartNumber()))
		units := got.GetPrepaidUnits()
		if *got.GetSkuId() != want.ID || int(*got.GetConsumedUnits()) != want.Units.Consumed || int(*units.GetEnabled()) != want.Units.Enabled ||
			int(*units.GetWarning()) != want.Units.Warning || len(got.GetServicePlans()) != len(want.Plans) {
			t.Errorf("%s: %v, %d of %d seats, %d plans; want %+v", want.PartNumber, got.GetSkuId(), *got.GetConsumedUnits(), *units.GetEnabled(), len(got.GetServicePlans()), want)
		}
	}
}

func TestOrganization(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	list, err := s.sdk(s.app()).Organization().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list.GetValue()); n != 1 {
		t.Fatalf("%d organizations", n)
	}
	got := list.GetValue()[0]
	if text(got.GetId()) != s.TenantID().String() || text(got.GetDisplayName()) != "Contoso" || len(got.GetVerifiedDomains()) != 1 {
		t.Errorf("%s %s with %d domains", text(got.GetId()), text(got.GetDisplayName()), len(got.GetVerifiedDomains()))
	}
}

func TestGroupLicenses(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{GroupDelay: -1})
	client := s.sdk(s.app())
	visio := s.sku("VISIOCLIENT").ID
	list, err := client.Groups().Get(t.Context(), &groups.GroupsRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.GroupsRequestBuilderGetQueryParameters{
			Filter: ptr("displayName eq 'Analysts'"), Select: []string{"id", "displayName", "assignedLicenses", "licenseProcessingState"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list.GetValue()); n != 1 {
		t.Fatalf("%d groups", n)
	}
	if got := list.GetValue()[0].GetAssignedLicenses(); len(got) != 1 || *got[0].GetSkuId() != s.sku("POWER_BI_PRO").ID {
		t.Errorf("the group gives %v", got)
	}
	group := client.Groups().ByGroupId(text(list.GetValue()[0].GetId()))
	body := groups.NewItemAssignLicensePostRequestBody()
	body.SetAddLicenses([]models.AssignedLicenseable{added(visio)})
	body.SetRemoveLicenses([]uuid.UUID{})
	if _, err := group.AssignLicense().Post(t.Context(), body, nil); err != nil {
		t.Fatal(err)
	}
	s.ProcessGroups()
	if grace, _ := s.User("grace@contoso.com"); len(grace.Inherited(visio)) != 1 {
		t.Error("grace did not inherit the new license")
	}
	after, err := group.Get(t.Context(), &groups.GroupItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.GroupItemRequestBuilderGetQueryParameters{Select: []string{"assignedLicenses", "licenseProcessingState"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(after.GetAssignedLicenses()); n != 2 {
		t.Errorf("the group gives %d licenses, want 2", n)
	}
	if state := after.GetLicenseProcessingState(); state == nil || text(state.GetState()) != "ProcessingComplete" {
		t.Errorf("the state is %v", state)
	}
}

func TestMembersOfGroups(t *testing.T) {
	tenant := contoso(t)
	tenant.Groups[0].Licenses[0].SKU = tenant.Products[2].SKU.ID // one seat for two members
	tenant.Groups[0].Members = []string{"grace@contoso.com", "ken@contoso.com"}
	s := serve(t, tenant, emulator.Options{GroupDelay: -1})
	group := s.sdk(s.app()).Groups().ByGroupId(emulator.DerivedID("group", "Analysts").String())
	members, err := group.Members().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range members.GetValue() {
		u, ok := m.(models.Userable)
		if !ok {
			t.Fatalf("a member is %T, want a user", m)
		}
		names = append(names, text(u.GetUserPrincipalName()))
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"grace@contoso.com", "ken@contoso.com"}) {
		t.Errorf("the members are %v", names)
	}
	eventual := abstractions.NewRequestHeaders()
	eventual.Add("ConsistencyLevel", "eventual")
	counted := true
	cast, err := group.Members().GraphUser().Get(t.Context(), &groups.ItemMembersGraphUserRequestBuilderGetRequestConfiguration{
		Headers: eventual, QueryParameters: &groups.ItemMembersGraphUserRequestBuilderGetQueryParameters{Count: &counted},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := principals(cast.GetValue()); !slices.Equal(got, names) {
		t.Errorf("the members that are users are %v", got)
	}
	s.ProcessGroups()
	short, err := group.MembersWithLicenseErrors().Get(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(short.GetValue()); n != 1 {
		t.Errorf("%d members with errors, want 1", n)
	}
}

func TestReprocessing(t *testing.T) {
	s := serve(t, contoso(t), emulator.Options{})
	client := s.sdk(fixedToken(s.AppToken("User.ReadWrite.All")))
	u, err := client.Users().ByUserId("grace@contoso.com").ReprocessLicenseAssignment().Post(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(u.GetUserPrincipalName()); got != "grace@contoso.com" {
		t.Errorf("the reply is about %q", got)
	}
}

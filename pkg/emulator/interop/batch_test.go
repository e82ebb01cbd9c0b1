package interop_test

import (
	"fmt"
	"net/http"
	"testing"

	kiota "github.com/microsoft/kiota-abstractions-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// crowd is a tenant of users in Germany without licenses, and of one product
// with that many seats.
func crowd(t testing.TB, users, seats int) emulator.Tenant {
	t.Helper()
	tenant := emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", SignedInUser: "user0@contoso.com",
		Products: []emulator.Product{product(t, "POWER_BI_PRO", seats)},
	}
	for i := range users {
		tenant.Users = append(tenant.Users, emulator.User{
			UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i), DisplayName: fmt.Sprintf("User %d", i), UsageLocation: "DE",
		})
	}
	return tenant
}

// batch collects requests of the SDK.
type batch struct {
	t      *testing.T
	client *msgraphsdk.GraphServiceClient
	msgraphcore.BatchRequest
}

func newBatch(t *testing.T, client *msgraphsdk.GraphServiceClient) *batch {
	return &batch{t, client, msgraphcore.NewBatchRequest(client.GetAdapter())}
}

// assign adds a request that gives a user a product.
func (b *batch) assign(user string, sku license.GUID) msgraphcore.BatchItem {
	b.t.Helper()
	info, err := b.client.Users().ByUserId(user).AssignLicense().ToPostRequestInformation(b.t.Context(), change(sku), nil)
	return b.add(info, err)
}

// read adds a request for a user.
func (b *batch) read(user string) msgraphcore.BatchItem {
	b.t.Helper()
	info, err := b.client.Users().ByUserId(user).ToGetRequestInformation(b.t.Context(), nil)
	return b.add(info, err)
}

func (b *batch) add(info *kiota.RequestInformation, err error) msgraphcore.BatchItem {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	item, err := b.AddBatchRequestStep(*info)
	if err != nil {
		b.t.Fatal(err)
	}
	return item
}

// send sends the batch, which has to come back whole.
func (b *batch) send() msgraphcore.BatchResponse {
	b.t.Helper()
	out, err := b.Send(b.t.Context(), b.client.GetAdapter())
	if err != nil {
		b.t.Fatal(err)
	}
	if got, want := len(out.GetResponses()), len(b.GetRequests()); got != want {
		b.t.Fatalf("%d answers to %d requests", got, want)
	}
	return out
}

func TestBatchOfTwenty(t *testing.T) {
	s := serve(t, crowd(t, 20, 15), emulator.Options{})
	b := newBatch(t, s.sdk(s.app()))
	var ids []string
	for i := range 20 {
		ids = append(ids, *b.assign(fmt.Sprintf("user%d@contoso.com", i), s.sku("POWER_BI_PRO").ID).GetId())
	}
	out := b.send()
	if n := len(out.GetFailedResponses()); n != 5 {
		t.Errorf("%d requests failed, want the 5 without a seat", n)
	}
	for i, id := range ids {
		held := s.direct(fmt.Sprintf("user%d@contoso.com", i)) != nil
		u, err := msgraphcore.GetBatchResponseById[models.Userable](out, id, models.CreateUserFromDiscriminatorValue)
		if held != (err == nil) {
			t.Errorf("user%d: holds it %t, and the answer is %v", i, held, err)
		}
		if want := fmt.Sprintf("user%d@contoso.com", i); err == nil && text(u.GetUserPrincipalName()) != want {
			t.Errorf("the answer for %s is about %s", want, text(u.GetUserPrincipalName()))
		}
	}
}

func TestBatchInOrder(t *testing.T) {
	s := serve(t, crowd(t, 3, 1), emulator.Options{})
	b := newBatch(t, s.sdk(s.app()))
	first := b.assign("user0@contoso.com", s.sku("POWER_BI_PRO").ID)
	second := b.assign("user1@contoso.com", s.sku("POWER_BI_PRO").ID)
	third := b.read("user2@contoso.com")
	second.DependsOnItem(first)
	third.DependsOnItem(second)
	got := b.send().GetStatusCodes()
	want := map[string]int32{*first.GetId(): http.StatusOK, *second.GetId(): http.StatusBadRequest, *third.GetId(): http.StatusFailedDependency}
	for id, status := range want {
		if got[id] != status {
			t.Errorf("%d, want %d", got[id], status)
		}
	}
}

func TestBatchForSignedInUser(t *testing.T) {
	s := serve(t, crowd(t, 2, 1), emulator.Options{})
	token, err := s.UserToken("user0@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	client := s.sdk(fixedToken(token))
	b := newBatch(t, client)
	me, err := client.Me().ToGetRequestInformation(t.Context(), nil)
	item := b.add(me, err)
	u, err := msgraphcore.GetBatchResponseById[models.Userable](b.send(), *item.GetId(), models.CreateUserFromDiscriminatorValue)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(u.GetUserPrincipalName()); got != "user0@contoso.com" {
		t.Errorf("me is %q", got)
	}
}

// TestBatchInSlices sends more than one envelope holds.
func TestBatchInSlices(t *testing.T) {
	s := serve(t, crowd(t, 50, 50), emulator.Options{})
	client := s.sdk(s.app())
	collection := msgraphcore.NewBatchRequestCollection(client.GetAdapter())
	for i := range 50 {
		info, err := client.Users().ByUserId(fmt.Sprintf("user%d@contoso.com", i)).AssignLicense().
			ToPostRequestInformation(t.Context(), change(s.sku("POWER_BI_PRO").ID), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collection.AddBatchRequestStep(*info); err != nil {
			t.Fatal(err)
		}
	}
	out, err := collection.Send(t.Context(), client.GetAdapter())
	if err != nil {
		t.Fatal(err)
	}
	if len(out.GetResponses()) != 50 || len(out.GetFailedResponses()) != 0 {
		t.Errorf("%d answers, %v failed", len(out.GetResponses()), out.GetFailedResponses())
	}
	if got := s.sku("POWER_BI_PRO").Units.Consumed; got != 50 {
		t.Errorf("%d seats are taken", got)
	}
}

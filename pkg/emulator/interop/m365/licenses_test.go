package m365_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// ids are the SKU ids of products, as the command line takes them.
func (c *commandLine) ids(partNumbers ...string) string {
	c.t.Helper()
	var out []string
	for _, sku := range c.SKUs() {
		if slices.Contains(partNumbers, sku.PartNumber) {
			out = append(out, sku.ID.String())
		}
	}
	if len(out) != len(partNumbers) {
		c.t.Fatalf("the tenant does not have all of %v", partNumbers)
	}
	return strings.Join(out, ",")
}

func TestApplicationAssignsLicenses(t *testing.T) {
	c := start(t, contoso(t), emulator.Options{})
	c.signInWithSecret()

	var reply struct {
		UserPrincipalName string `json:"userPrincipalName"`
	}
	c.run(&reply, "entra", "user", "license", "add", "--userName", "ken@contoso.com", "--ids", c.ids("SPE_E3", "POWER_BI_PRO"))
	if reply.UserPrincipalName != "ken@contoso.com" {
		t.Errorf("the reply is about %q", reply.UserPrincipalName)
	}
	if got := c.direct("ken@contoso.com"); !slices.Equal(got, []string{"POWER_BI_PRO", "SPE_E3"}) {
		t.Errorf("ken holds %v", got)
	}
	c.run(nil, "entra", "user", "license", "remove", "--userName", "ken@contoso.com", "--ids", c.ids("POWER_BI_PRO"), "--force")
	if got := c.direct("ken@contoso.com"); !slices.Equal(got, []string{"SPE_E3"}) {
		t.Errorf("ken holds %v", got)
	}

	c.refused("License assignment cannot be done for user with invalid usage location.",
		"entra", "user", "license", "add", "--userName", "linus@contoso.com", "--ids", c.ids("SPE_E3"))
	c.run(nil, "entra", "user", "set", "--userName", "linus@contoso.com", "--usageLocation", "GB")
	c.run(nil, "entra", "user", "license", "add", "--userName", "linus@contoso.com", "--ids", c.ids("SPE_E3"))
	if got := c.direct("linus@contoso.com"); !slices.Equal(got, []string{"SPE_E3"}) {
		t.Errorf("linus holds %v", got)
	}

	c.refused("does not have any available licenses.",
		"entra", "user", "license", "add", "--userName", "ken@contoso.com", "--ids", c.ids("VISIOCLIENT"))
	ada, _ := c.User("ada@contoso.com")
	c.refused("User license is inherited from a group membership and it cannot be removed directly from the user.",
		"entra", "user", "license", "remove", "--userId", ada.ID.String(), "--ids", c.ids("POWER_BI_PRO"), "--force")
	c.refused("does not exist or one of its queried reference-property objects are not present.",
		"entra", "user", "license", "add", "--userName", "nobody@contoso.com", "--ids", c.ids("SPE_E3"))
}

func TestApplicationReadsTenant(t *testing.T) {
	c := start(t, contoso(t), emulator.Options{})
	c.signInWithSecret()

	var products []struct {
		SKUPartNumber string `json:"skuPartNumber"`
		ConsumedUnits int    `json:"consumedUnits"`
	}
	c.run(&products, "entra", "license", "list")
	if len(products) != len(c.SKUs()) {
		t.Errorf("%d products, want %d", len(products), len(c.SKUs()))
	}
	for _, p := range products {
		if p.SKUPartNumber != "VISIOCLIENT" && p.ConsumedUnits != 1 {
			t.Errorf("%s has %d seats taken, want 1", p.SKUPartNumber, p.ConsumedUnits)
		}
	}

	var user struct {
		UserPrincipalName string `json:"userPrincipalName"`
		UsageLocation     string `json:"usageLocation"`
	}
	c.run(&user, "entra", "user", "get", "--userName", "ken@contoso.com", "--properties", "userPrincipalName,usageLocation")
	if user.UserPrincipalName != "ken@contoso.com" || user.UsageLocation != "US" {
		t.Errorf("ken is %+v", user)
	}

	var groups []struct {
		DisplayName string `json:"displayName"`
	}
	c.run(&groups, "entra", "group", "list", "--type", "security")
	if len(groups) != 1 || groups[0].DisplayName != "Analysts" {
		t.Errorf("the groups are %v", groups)
	}

	var organizations struct {
		Value []struct {
			ID string `json:"id"`
		} `json:"value"`
	}
	c.run(&organizations, "request", "--url", "https://graph.microsoft.com/v1.0/organization")
	if len(organizations.Value) != 1 || organizations.Value[0].ID != c.TenantID().String() {
		t.Errorf("the organization is %v", organizations)
	}
}

func TestUsersAreListedPageByPage(t *testing.T) {
	c := start(t, emulator.Synthetic(emulator.SyntheticOptions{Users: 230, Seed: 1}), emulator.Options{})
	c.signInWithSecret()
	var users []struct {
		UserPrincipalName string `json:"userPrincipalName"`
	}
	c.run(&users, "entra", "user", "list", "--properties", "userPrincipalName,usageLocation")
	if len(users) != 230 {
		t.Errorf("%d users, want 230", len(users))
	}
	if n := c.Counters().ByRoute["listUsers"]; n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
}

func TestSecretThatIsWrong(t *testing.T) {
	c := start(t, contoso(t), emulator.Options{})
	c.refused("AADSTS7000215", "login", "--authType", "secret", "--appId", clientID, "--tenant", c.TenantID().String(), "--secret", "wrong")
}

func TestRetryAfterIsObeyed(t *testing.T) {
	c := start(t, contoso(t), emulator.Options{Faults: []emulator.Fault{
		{Route: "assignLicense", Count: 1, Effect: emulator.EffectStatus, Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Second},
	}})
	c.signInWithSecret()
	begin := time.Now()
	c.run(nil, "entra", "user", "license", "add", "--userName", "ken@contoso.com", "--ids", c.ids("SPE_E3"))
	if took := time.Since(begin); took < 2*time.Second {
		t.Errorf("it took %s, less than it was asked to wait", took)
	}
	if got := c.direct("ken@contoso.com"); !slices.Equal(got, []string{"SPE_E3"}) {
		t.Errorf("ken holds %v", got)
	}
}

// TestPersonListsLicenses signs in on another device: the CLI lists the
// licenses of users for persons alone. It waits between its polls as long as
// the token service asks, ten seconds in all.
func TestPersonListsLicenses(t *testing.T) {
	c := start(t, contoso(t), emulator.Options{})
	c.run(nil, "login", "--authType", "deviceCode", "--appId", clientID, "--tenant", c.TenantID().String())
	for _, args := range [][]string{nil, {"--userName", "ada@contoso.com"}} {
		var details []struct {
			SKUPartNumber string `json:"skuPartNumber"`
		}
		c.run(&details, append([]string{"entra", "user", "license", "list"}, args...)...)
		var got []string
		for _, d := range details {
			got = append(got, d.SKUPartNumber)
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"POWER_BI_PRO", "SPE_E3"}) {
			t.Errorf("%v: ada holds %v", args, got)
		}
	}
}

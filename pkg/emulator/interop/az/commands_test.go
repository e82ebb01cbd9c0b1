package az_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

const graph = "https://graph.microsoft.com/v1.0"

// certified is what the tenant knows of the certificate with which the application
// signs in: the emulator does not look at signatures.
func certified() []emulator.FederatedCredential {
	return []emulator.FederatedCredential{{
		Issuer: clientID, Subject: clientID,
		Audience: "https://login.microsoftonline.com/" + emulator.DerivedID("tenant", "contoso.com").String() + "/oauth2/v2.0/token",
	}}
}

// certificate is a file with a key and its certificate.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "interop"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// values are a property of each object of a list, sorted.
func values(list any, name string) string {
	var out []string
	all, _ := list.([]any)
	for _, item := range all {
		object, _ := item.(map[string]any)
		out = append(out, fmt.Sprint(object[name]))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// field is a property of an object.
func field(object any, name string) string {
	fields, _ := object.(map[string]any)
	return fmt.Sprint(fields[name])
}

func TestCertificate(t *testing.T) {
	c := start(t)
	c.refused("AADSTS7000215", "login", "--service-principal", "--username", clientID, "--password", "wrong", "--tenant", c.TenantID().String(), "--allow-no-subscriptions")
	c.signIn(certificate(t))
	if got := field(c.run("ad", "sp", "show", "--id", clientID), "appId"); got != clientID {
		t.Errorf("the application is %s", got)
	}
}

func TestUsers(t *testing.T) {
	c := start(t)
	c.signIn(secret)
	if got := values(c.run("ad", "user", "list"), "userPrincipalName"); got != "ada@contoso.com ken@contoso.com linus@contoso.com" {
		t.Errorf("users %s", got)
	}
	if got := values(c.run("ad", "user", "list", "--upn", "ken@contoso.com"), "displayName"); got != "Ken Example" {
		t.Errorf("found %s", got)
	}
	if got := field(c.run("ad", "user", "show", "--id", "ada@contoso.com"), "displayName"); got != "Ada Example" {
		t.Errorf("ada is %s", got)
	}
	made := c.run("ad", "user", "create", "--display-name", "Nora New", "--password", "an example password", "--user-principal-name", "nora@contoso.com")
	c.refused("Another object with the same value for property userPrincipalName already exists.",
		"ad", "user", "create", "--display-name", "Nora New", "--password", "an example password", "--user-principal-name", "nora@contoso.com")
	c.run("ad", "user", "update", "--id", field(made, "id"), "--display-name", "Nora Newer", "--account-enabled", "false")
	if u, ok := c.User("nora@contoso.com"); !ok || u.DisplayName != "Nora Newer" || u.AccountEnabled {
		t.Errorf("nora is %+v", u)
	}
	if got := values(c.run("ad", "user", "get-member-groups", "--id", "ada@contoso.com"), "displayName"); got != "Analysts" {
		t.Errorf("ada is in %s", got)
	}
	c.run("ad", "user", "delete", "--id", "nora@contoso.com")
	if _, ok := c.User("nora@contoso.com"); ok {
		t.Error("nora is still there")
	}
	c.refused("does not exist or one of its queried reference-property objects are not present.", "ad", "user", "show", "--id", "nora@contoso.com")
}

func TestGroups(t *testing.T) {
	c := start(t)
	c.signIn(secret)
	ken, _ := c.User("ken@contoso.com")
	c.run("ad", "group", "create", "--display-name", "Seats", "--mail-nickname", "seats")
	if got := values(c.run("ad", "group", "list"), "displayName"); got != "Analysts Seats" {
		t.Errorf("groups %s", got)
	}
	c.run("ad", "group", "member", "add", "--group", "Seats", "--member-id", ken.ID.String())
	if got := values(c.run("ad", "group", "member", "list", "--group", "Seats"), "userPrincipalName"); got != "ken@contoso.com" {
		t.Errorf("members %s", got)
	}
	if got := field(c.run("ad", "group", "member", "check", "--group", "Seats", "--member-id", ken.ID.String()), "value"); got != "true" {
		t.Errorf("ken is a member: %s", got)
	}
	c.run("ad", "group", "owner", "add", "--group", "Seats", "--owner-object-id", ken.ID.String())
	if got := values(c.run("ad", "group", "owner", "list", "--group", "Seats"), "userPrincipalName"); !strings.Contains(got, "ken@contoso.com") {
		t.Errorf("owners %s", got)
	}
	id := field(c.run("ad", "group", "show", "--group", "Seats"), "id")
	c.run("rest", "--method", "post", "--url", graph+"/groups/"+id+"/assignLicense", "--body", c.change(`{"skuId":"`+c.sku.String()+`"}`, ""))
	c.ProcessGroups()
	if u, _ := c.User("ken@contoso.com"); len(u.Assignments) != 1 || u.Assignments[0].Direct() {
		t.Errorf("ken holds %v", u.Assignments)
	}
	c.run("rest", "--method", "post", "--url", graph+"/groups/"+id+"/assignLicense", "--body", c.change("", `"`+c.sku.String()+`"`))
	c.run("ad", "group", "member", "remove", "--group", "Seats", "--member-id", ken.ID.String())
	c.run("ad", "group", "delete", "--group", "Seats")
	if got := values(c.run("ad", "group", "list"), "displayName"); got != "Analysts" {
		t.Errorf("groups %s", got)
	}
}

// change is the body of assignLicense.
func (c *commandLine) change(add, remove string) string {
	return `{"addLicenses":[` + add + `],"removeLicenses":[` + remove + `]}`
}

func TestLicenses(t *testing.T) {
	c := start(t)
	c.signIn(secret)
	skus, _ := c.run("rest", "--method", "get", "--url", graph+"/subscribedSkus").(map[string]any)
	if got := values(skus["value"], "skuPartNumber"); got != "SPE_E3" {
		t.Errorf("products %s", got)
	}
	add := c.change(`{"skuId":"`+c.sku.String()+`","disabledPlans":[]}`, "")
	assign := func(user, body string) []string {
		return []string{"rest", "--method", "post", "--url", graph + "/users/" + user + "/assignLicense", "--body", body}
	}
	if got := field(c.run(assign("ken@contoso.com", add)...), "userPrincipalName"); got != "ken@contoso.com" {
		t.Errorf("the answer is about %s", got)
	}
	if u, _ := c.User("ken@contoso.com"); len(u.Assignments) != 1 {
		t.Errorf("ken holds %v", u.Assignments)
	}
	c.refused("License assignment cannot be done for user with invalid usage location.", assign("linus@contoso.com", add)...)
	c.run("rest", "--method", "patch", "--url", graph+"/users/linus@contoso.com", "--body", `{"usageLocation":"GB"}`)
	c.run(assign("linus@contoso.com", add)...)
	details, _ := c.run("rest", "--url", graph+"/users/ken@contoso.com/licenseDetails").(map[string]any)
	if got := values(details["value"], "skuPartNumber"); got != "SPE_E3" {
		t.Errorf("ken's details %s", got)
	}
	users, _ := c.run("rest", "--url", graph+"/users?$select=userPrincipalName,assignedLicenses&$filter=assignedLicenses/any(l:l/skuId eq "+c.sku.String()+")").(map[string]any)
	if got := values(users["value"], "userPrincipalName"); got != "ken@contoso.com linus@contoso.com" {
		t.Errorf("who holds it: %s", got)
	}
	c.run(assign("ken@contoso.com", c.change("", `"`+c.sku.String()+`"`))...)
	c.refused("User does not have a corresponding license.", assign("ken@contoso.com", c.change("", `"`+c.sku.String()+`"`))...)
}

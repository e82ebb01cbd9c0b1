// Package terraform_test holds Terraform against the emulator, with the azuread
// provider: users, groups, members and owners are created, read, changed and
// destroyed as declared, and a second plan has nothing to do.
//
// The provider is built from the module that testdata/provider requires. It is
// version 1.6.0, of 2021, told to use Microsoft Graph, which it does by the library
// (hamilton, /beta) that later versions use as well: none of them is on the Go
// proxy. It takes a terraform on the PATH.
//
//	cd pkg/emulator/interop
//	go test -count=1 ./terraform
package terraform_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/loopback"
	"github.com/licensectl/licensectl/pkg/emulator/interop/internal/record"
)

// book takes down what the provider calls.
var book = record.NewBook("interop-terraform")

func TestMain(m *testing.M) { os.Exit(book.Main(m)) }

const (
	clientID = "b1a5c3f0-5d3c-4b0e-8a51-0d9c2f6f1e11"
	secret   = "a-secret-of-the-tests"
	module   = "github.com/hashicorp/terraform-provider-azuread"
)

// patience is how long one command may take.
const patience = 4 * time.Minute

// world is a folder of Terraform in front of an emulator.
type world struct {
	*loopback.Service
	t      *testing.T
	folder string
	env    []string
}

func start(t *testing.T) *world {
	t.Helper()
	roles := append(emulator.DefaultRoles(), "User.ReadWrite.All", "Group.ReadWrite.All", "Application.Read.All", "Domain.Read.All")
	s := loopback.ServeBeside(t, emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com",
		Applications: []emulator.Application{{ClientID: clientID, Secret: secret, Roles: roles}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE"},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US"},
		},
	}, emulator.Options{Observe: book.Of("hashicorp/terraform-provider-azuread", version(t))}, map[string]http.Handler{"graph.windows.net": http.HandlerFunc(olderGraph)})
	w := &world{Service: s, t: t, folder: t.TempDir()}
	settings := filepath.Join(w.folder, "settings.tfrc")
	w.write("settings.tfrc", `provider_installation {
  dev_overrides {
    "hashicorp/azuread" = "`+filepath.ToSlash(provider(t))+`"
  }
  direct {}
}
`)
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.folder, "TF_CLI_CONFIG_FILE=" + settings, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"HTTPS_PROXY=" + s.Proxy, "SSL_CERT_FILE=" + s.Authority, "AAD_USE_MICROSOFT_GRAPH=true", "ARM_USE_CLI=false",
		"ARM_TENANT_ID=" + s.TenantID().String(), "ARM_CLIENT_ID=" + clientID, "ARM_CLIENT_SECRET=" + secret,
	}
	return w
}

// olderGraph stands in for the API of before Microsoft Graph, of which the provider
// asks who it is itself, and does nothing with the answer.
func olderGraph(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"value":[{"objectType":"ServicePrincipal","objectId":"00000000-0000-4000-8000-000000000000"}]}`)
}

// version is that of the provider, as its go.mod requires it.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "provider", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(regexp.QuoteMeta(module) + ` v(\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("go.mod does not require the provider")
	}
	return string(found[1])
}

// provider builds the provider, and gives the folder that it is in.
func provider(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "terraform-provider-azuread"), module)
	cmd.Dir = filepath.Join("testdata", "provider")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, out)
	}
	return folder
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// terraform runs a command, and gives its exit code and what it printed.
func (w *world) terraform(args ...string) (int, string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "terraform", append(args, "-no-color", "-input=false")...)
	cmd.Dir, cmd.Env = w.folder, w.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		w.t.Fatalf("terraform %s: %v; it has to be on the PATH", strings.Join(args, " "), err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// settle applies what is declared, and wants a plan after it that changes nothing.
func (w *world) settle(declared string) {
	w.t.Helper()
	w.write("main.tf", declared)
	if code, out := w.terraform("apply", "-auto-approve"); code != 0 {
		w.t.Fatalf("apply: %d\n%s", code, out)
	}
	if code, out := w.terraform("plan", "-detailed-exitcode"); code != 0 {
		w.t.Fatalf("a second plan: %d\n%s", code, out)
	}
}

// output is a value that Terraform gives out.
func (w *world) output(name string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "terraform", "output", "-raw", name)
	cmd.Dir, cmd.Env = w.folder, w.env
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("terraform output %s: %v", name, err)
	}
	return string(out)
}

// declared is a user, a group with members, one of them beside the group's own
// declaration, and what is looked up.
const declared = `
terraform {
  required_providers {
    azuread = {
      source = "hashicorp/azuread"
    }
  }
}

data "azuread_client_config" "this" {}

data "azuread_domains" "all" {}

data "azuread_user" "ada" {
  user_principal_name = "ada@contoso.com"
}

data "azuread_users" "both" {
  user_principal_names = ["ada@contoso.com", "ken@contoso.com"]
}

resource "azuread_user" "nora" {
  user_principal_name = "nora@contoso.com"
  display_name        = "NAME"
  password            = "an-example-Passw0rd"
  department          = "Sales"
  usage_location      = "LOCATION"
}

resource "azuread_group" "seats" {
  display_name = "Seats"
  description  = "DESCRIPTION"
  owners       = [data.azuread_user.ada.object_id]
  members      = [MEMBERS]
}

resource "azuread_group" "others" {
  display_name            = "Others"
  prevent_duplicate_names = true
}

resource "azuread_group_member" "ken" {
  group_object_id  = azuread_group.others.object_id
  member_object_id = data.azuread_users.both.object_ids[1]
}

data "azuread_group" "seats" {
  display_name = azuread_group.seats.display_name
}

output "group" {
  value = data.azuread_group.seats.object_id
}

output "tenant" {
  value = data.azuread_client_config.this.tenant_id
}

output "domain" {
  value = data.azuread_domains.all.domains[0].domain_name
}
`

func TestUsersAndGroups(t *testing.T) {
	w := start(t)
	fill := func(name, location, description, members string) string {
		return strings.NewReplacer("NAME", name, "LOCATION", location, "DESCRIPTION", description, "MEMBERS", members).Replace(declared)
	}
	w.settle(fill("Nora New", "DE", "Seats of Berlin", "azuread_user.nora.object_id, data.azuread_user.ada.object_id"))
	if u, ok := w.User("nora@contoso.com"); !ok || u.DisplayName != "Nora New" || u.UsageLocation != "DE" {
		t.Errorf("nora is %+v", u)
	}
	if got := w.output("tenant"); got != w.TenantID().String() {
		t.Errorf("the tenant is %s", got)
	}
	if got := w.output("domain"); got != "contoso.com" {
		t.Errorf("the domain is %s", got)
	}
	w.settle(fill("Nora Newer", "GB", "Seats of Potsdam", "data.azuread_user.ada.object_id"))
	if u, _ := w.User("nora@contoso.com"); u.DisplayName != "Nora Newer" || u.UsageLocation != "GB" {
		t.Errorf("nora is %+v", u)
	}
	if code, out := w.terraform("destroy", "-auto-approve"); code != 0 {
		t.Fatalf("destroy: %d\n%s", code, out)
	}
	if _, ok := w.User("nora@contoso.com"); ok {
		t.Error("nora is still there")
	}
}

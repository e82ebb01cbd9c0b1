package emulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// The products of the test tenant, with plans few enough to reason about.
var (
	suite   = derived("sku", "SUITE")   // 3 seats: mail, files, chat, and one plan of the company
	addon   = derived("sku", "ADDON")   // 2 seats: one plan
	company = derived("sku", "COMPANY") // applies to the company
	empty   = derived("sku", "EMPTY")   // no seats
	foreign = derived("sku", "FOREIGN") // not a product of the tenant

	mail  = derived("plan", "MAIL")
	files = derived("plan", "FILES")
	chat  = derived("plan", "CHAT")
	core  = derived("plan", "CORE")
	extra = derived("plan", "EXTRA")
)

func derived(kind, name string) license.GUID { return emulator.DerivedID(kind, name) }

func plan(id license.GUID, name string) license.ServicePlan {
	return license.ServicePlan{ID: id, Name: name}
}

// testTenant is a tenant of five users. ada holds the suite, grace inherits
// it, linus has no usage location, ken holds both ways, guest is a guest.
func testTenant() emulator.Tenant {
	product := func(name string, seats int, plans ...license.ServicePlan) emulator.Product {
		return emulator.Product{SKU: license.SKU{ID: derived("sku", name), PartNumber: name, Units: license.Units{Enabled: seats}, Plans: plans}}
	}
	ofCompany := plan(core, "CORE")
	ofCompany.AppliesTo = license.AppliesToCompany
	tenant := emulator.Tenant{
		DisplayName: "Contoso", DefaultDomain: "contoso.com", SignedInUser: "ada@contoso.com",
		Products: []emulator.Product{
			product("SUITE", 4, plan(mail, "MAIL"), plan(files, "FILES"), plan(chat, "CHAT"), ofCompany),
			product("ADDON", 2, plan(extra, "EXTRA")),
			product("COMPANY", 1, ofCompany),
			product("EMPTY", 0, plan(extra, "EXTRA")),
		},
		Groups: []emulator.Group{{
			Name: "Licensing", Members: []string{"grace@contoso.com", "ken@contoso.com"},
			Licenses: []emulator.License{{SKU: suite, DisabledPlans: []license.GUID{chat}}},
		}},
		Users: []emulator.User{
			{UserPrincipalName: "ada@contoso.com", DisplayName: "Ada Example", UsageLocation: "DE", Department: "Sales",
				Licenses: []emulator.License{{SKU: suite, DisabledPlans: []license.GUID{files}}}},
			{UserPrincipalName: "grace@contoso.com", DisplayName: "Grace Example", UsageLocation: "US"},
			{UserPrincipalName: "linus@contoso.com", DisplayName: "Linus Example", Disabled: true},
			{UserPrincipalName: "ken@contoso.com", DisplayName: "Ken Example", UsageLocation: "US",
				Licenses: []emulator.License{{SKU: suite}}},
			{UserPrincipalName: "zoe_example.com#EXT#@contoso.com", DisplayName: "Zoë O'Example", UsageLocation: "FR", Guest: true},
		},
	}
	tenant.Products[2].SKU.AppliesTo = license.AppliesToCompany
	return tenant
}

// world is an emulator with a client that is signed in.
type world struct {
	t *testing.T
	*emulator.Emulator
	client *http.Client
	token  string
}

func start(t *testing.T, opts emulator.Options) *world {
	t.Helper()
	return startTenant(t, testTenant(), opts)
}

func startTenant(t *testing.T, tenant emulator.Tenant, opts emulator.Options) *world {
	t.Helper()
	e, err := emulator.New(tenant, opts)
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, Emulator: e, client: httpClient(e), token: e.AppToken()}
}

func httpClient(e *emulator.Emulator) *http.Client { return &http.Client{Transport: e.Transport()} }

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	raw    []byte
	json   map[string]any
}

// code and message of an error answer.
func (a answer) code() string    { return a.errorField("code") }
func (a answer) message() string { return a.errorField("message") }

func (a answer) errorField(name string) string {
	main, _ := a.json["error"].(map[string]any)
	text, _ := main[name].(string)
	return text
}

// values returns a property of every item of a list answer.
func (a answer) values(name string) []string {
	var out []string
	list, _ := a.json["value"].([]any)
	for _, item := range list {
		out = append(out, fmt.Sprint(item.(map[string]any)[name]))
	}
	return out
}

// stay keeps a client from following a redirect.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

const graphRoot = "https://graph.microsoft.com/v1.0"

// call sends a request below /v1.0, with headers given in pairs, and checks
// the shape of the answer.
func (w *world) call(method, target, body string, headers ...string) answer {
	w.t.Helper()
	a, err := w.try(method, target, body, headers...)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(target, graphRoot), "?")
	checkShape(w.t, method, path, a)
	return a
}

// get is call for a GET that has to succeed.
func (w *world) get(target string, headers ...string) answer {
	w.t.Helper()
	a := w.call("GET", target, "", headers...)
	if a.status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", target, a.status, a.raw)
	}
	return a
}

// try is call without any check.
func (w *world) try(method, target, body string, headers ...string) (answer, error) {
	if !strings.Contains(target, "://") {
		target = graphRoot + target
	}
	r, err := http.NewRequest(method, strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return read(w.client.Do(r))
}

// read reads a response in full.
func read(resp *http.Response, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: raw}
	if json.Unmarshal(raw, &a.json) != nil {
		a.json = nil
	}
	return a, err
}

// licenses renders a user's assignments in one line each: the SKU's part
// number, the path, the disabled plans, and the error if there is one.
func (w *world) licenses(user string) string {
	w.t.Helper()
	u, ok := w.User(user)
	if !ok {
		w.t.Fatalf("no user %q", user)
	}
	names := map[license.GUID]string{mail: "MAIL", files: "FILES", chat: "CHAT", core: "CORE", extra: "EXTRA"}
	for _, sku := range w.SKUs() {
		names[sku.ID] = sku.PartNumber
	}
	var lines []string
	for _, a := range u.Assignments {
		line := names[a.SKUID]
		if !a.Direct() {
			line += "<group"
		}
		for _, id := range a.DisabledPlans {
			line += "-" + names[id]
		}
		if a.State != "Active" {
			line += " " + a.State + "/" + a.Error
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// consumed returns the seats that are taken of a product.
func (w *world) consumed(sku license.GUID) int {
	w.t.Helper()
	for _, s := range w.SKUs() {
		if s.ID == sku {
			return s.Units.Consumed
		}
	}
	w.t.Fatalf("no product %s", sku)
	return 0
}

// assignBody is the body of an assignLicense call.
func assignBody(add []emulator.License, remove ...license.GUID) string {
	items := []map[string]any{}
	for _, l := range add {
		items = append(items, map[string]any{"skuId": l.SKU, "disabledPlans": append([]license.GUID{}, l.DisabledPlans...)})
	}
	body, err := json.Marshal(map[string]any{"addLicenses": items, "removeLicenses": append([]license.GUID{}, remove...)})
	if err != nil {
		panic(err)
	}
	return string(body)
}

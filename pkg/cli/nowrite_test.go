package cli_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// guardian lets nothing through that could change a tenant. A batch may read.
type guardian struct {
	t    *testing.T
	next http.RoundTripper
}

func (g guardian) RoundTrip(r *http.Request) (*http.Response, error) {
	isToken := strings.Contains(r.URL.Path, "/oauth2/")
	switch {
	case isToken, r.Method == http.MethodGet:
	case strings.HasSuffix(r.URL.Path, "/$batch"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
			if strings.Contains(string(body), `"`+method+`"`) {
				g.t.Errorf("a batch holds a %s: %s", method, body)
			}
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	default:
		g.t.Errorf("%s %s was sent", r.Method, r.URL.Path)
	}
	return g.next.RoundTrip(r)
}

// TestVerbsThatCannotWrite runs every verb but apply, with every flag that
// could tempt it, against a tenant that has a lot to change.
func TestVerbsThatCannotWrite(t *testing.T) {
	for _, args := range [][]string{
		{"validate"},
		{"validate", "--catalog", "snapshot.json"},
		{"plan"},
		{"plan", "--detailed-exitcode", "--out", "p.json", "--additions-only"},
		{"plan", "--at", "2030-01-01", "--user", "ada@contoso.com", "--sku", "SPE_E5", "--tighten", "maxRemovals=0"},
		{"plan", "-o", "markdown", "--redact", "upn"},
		{"show", "before.json", "-o", "diff"},
		{"drift"},
		{"drift", "--sku", "SPE_E3", "-o", "json"},
		{"drift", "--baseline", "snapshot.json", "--cause", "pending"},
		{"plan", "--baseline", "snapshot.json", "--out", "p.json"},
		{"explain", "ada@contoso.com"},
		{"explain", "eve@contoso.com", "manifests", "--at", "2030-01-01", "-o", "json"},
		{"seats"},
		{"snapshot"},
		{"snapshot", "--out", "s.json", "--redact"},
		{"export", "exported"},
		{"export", "exported", "--layout", "single", "--sku", "SPE_E3", "--ignore", "SPE_E5"},
		{"export", "--update"},
		{"export", "--update", "--check"},
		{"doctor"},
		{"doctor", "--for", "apply", "-o", "json"},
		{"import", "people.csv", "imported"},
		{"fmt"},
		{"fmt", "--check"},
		{"show", "before.json"},
		{"version"},
		{"completion", "bash"},
		{"help", "apply"},
		{"apply"}, // nobody confirms
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "before.json")
			s.wants(cli.CodeOK, "snapshot", "--out", "snapshot.json")
			s.env.Transport = guardian{t, s.emulator.Transport()}
			s.run(args...)
			if s.sent() > 0 {
				t.Error("writes were sent")
			}
		})
	}
}

// Verbs without a network send nothing at all.
func TestVerbsThatUseNoNetwork(t *testing.T) {
	for _, args := range [][]string{{"validate"}, {"validate", "--catalog", "snapshot.json"}, {"show", "before.json"}, {"version"}, {"schema"}, {"schema", "manifest"}, {"completion", "zsh"}, {"help"}, {"help", "plan"}, {"plan", "--help"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, "plan", "--out", "before.json")
			s.wants(cli.CodeOK, "snapshot", "--out", "snapshot.json")
			before := s.emulator.Counters().Requests
			s.wants(cli.CodeOK, args...)
			if s.emulator.Counters().Requests != before {
				t.Error("requests were sent")
			}
		})
	}
}

// requests gives what was asked of Graph, without signing in.
func (s *station) requests() []string {
	var out []string
	for _, r := range s.emulator.Requests() {
		if !strings.Contains(r.Path, "/oauth2/") && !strings.Contains(r.Path, "discovery") && !strings.Contains(r.Path, "openid") && r.Batch == "" {
			out = append(out, r.Method+" "+strings.Split(r.Path, "?")[0])
		}
	}
	return out
}

func TestSeatsReadsNoUser(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "seats")
	want := []string{"GET /v1.0/organization", "GET /v1.0/subscribedSkus", "GET /v1.0/directory/subscriptions"}
	if got := s.requests(); !slices.Equal(got, want) {
		t.Errorf("asked for %v", got)
	}
}

// In another tenant than the policy's nothing is read but its name.
func TestNothingIsReadOfAnotherTenant(t *testing.T) {
	for _, verb := range [][]string{{"plan"}, {"drift"}, {"explain", "ada@contoso.com"}, {"apply", "--auto-approve"}} {
		t.Run(verb[0], func(t *testing.T) {
			s := newStation(t)
			otherTenant(s)
			out := s.wants(cli.CodeAuth, verb...)
			if got := s.requests(); !slices.Equal(got, []string{"GET /v1.0/organization"}) {
				t.Errorf("asked for %v", got)
			}
			for _, id := range []string{"11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"} {
				if !strings.Contains(out.stderr, id) {
					t.Errorf("does not name tenant %s:\n%s", id, out.stderr)
				}
			}
		})
	}
}

// Explaining costs what planning costs: the user is one name more, were they
// declared or not.
func TestExplainReadsWhatAPlanReads(t *testing.T) {
	asked := map[string][]string{}
	for _, args := range [][]string{{"plan"}, {"explain", "ada@contoso.com"}, {"explain", "eve@contoso.com"}} {
		line := strings.Join(args, " ")
		t.Run(line, func(t *testing.T) {
			s := newStation(t)
			s.wants(cli.CodeOK, args...)
			asked[line] = s.requests()
			if !slices.Equal(asked[line], asked["plan"]) {
				t.Errorf("asked for %v, a plan asks for %v", asked[line], asked["plan"])
			}
		})
	}
}

// Who is signed in can ask about themselves.
func TestExplainMe(t *testing.T) {
	s := newStation(t)
	token, err := s.emulator.UserToken("ada@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	s.env.Environ = []string{"LICENSECTL_AUTH=token", "LICENSECTL_ACCESS_TOKEN=" + token}
	if out := s.wants(cli.CodeOK, "explain", "me"); !strings.Contains(out.stdout, "User    ada@contoso.com") {
		t.Error(out.stdout)
	}
}

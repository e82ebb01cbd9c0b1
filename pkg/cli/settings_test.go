package cli_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

func TestUnknownVariables(t *testing.T) {
	for variable, hint := range map[string]string{
		"LICENSECTL_TENANTID":     "did you mean LICENSECTL_TENANT_ID?",
		"LICENSECTL_ACESS_TOKEN":  "did you mean LICENSECTL_ACCESS_TOKEN?",
		"LICENSECTL_GRAPH_ULR":    "did you mean LICENSECTL_GRAPH_URL?",
		"LICENSECTL_OVERTHRUSTER": "the variables are LICENSECTL_ACCESS_TOKEN, LICENSECTL_AUTH,",
		"LICENSECTL_":             "the variables are",
	} {
		t.Run(variable, func(t *testing.T) {
			s := newStation(t)
			s.env.Environ = append(s.env.Environ, variable+"=a-value-that-may-be-a-secret")
			for _, verb := range []string{"validate", "plan", "drift", "apply", "seats"} {
				out := s.wants(cli.CodeInput, verb)
				if !strings.Contains(out.stderr, variable) || !strings.Contains(out.stderr, hint) || strings.Contains(out.stderr, "a-value") {
					t.Errorf("%s says\n%s", verb, out.stderr)
				}
			}
			for _, args := range [][]string{{"version"}, {"help"}, {"completion", "bash"}, {"plan", "--help"}} {
				s.wants(cli.CodeOK, args...)
			}
		})
	}
}

// A flag wins over the environment, and the environment over the default.
func TestFlagOverEnvironmentOverDefault(t *testing.T) {
	const wrong = "99999999-2222-4333-8444-555555555555"
	const right = "11111111-2222-4333-8444-555555555555"
	for name, c := range map[string]struct {
		environ []string
		args    []string
		code    cli.Code
	}{
		"default":                {nil, nil, cli.CodeOK},
		"environment":            {[]string{"LICENSECTL_TENANT_ID=" + wrong}, nil, cli.CodeAuth},
		"flag over environment":  {[]string{"LICENSECTL_TENANT_ID=" + wrong}, []string{"--tenant-id", right}, cli.CodeOK},
		"empty is not set":       {[]string{"LICENSECTL_TENANT_ID="}, nil, cli.CodeOK},
		"ours over azidentity's": {[]string{"AZURE_TENANT_ID=" + wrong, "LICENSECTL_TENANT_ID=" + right}, nil, cli.CodeOK},
		"the later one":          {[]string{"LICENSECTL_TENANT_ID=" + wrong, "LICENSECTL_TENANT_ID=" + right}, nil, cli.CodeOK},
		"bad word":               {[]string{"LICENSECTL_CLOUD=moon"}, nil, cli.CodeInput},
		"bad address":            {[]string{"LICENSECTL_GRAPH_URL=http://graph.example.com"}, nil, cli.CodeInput},
		"bad authority":          {[]string{"LICENSECTL_AUTHORITY_URL=http://login.example.com"}, nil, cli.CodeInput},
		"bad word, flag given":   {[]string{"LICENSECTL_CLOUD=moon"}, []string{"--cloud", "global"}, cli.CodeOK},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.env.Environ = append(s.env.Environ, c.environ...)
			s.wants(c.code, append(c.args, "seats")...)
		})
	}
}

func TestABadVariableIsNamed(t *testing.T) {
	s := newStation(t)
	s.env.Environ = append(s.env.Environ, "LICENSECTL_AUTH=clii")
	if out := s.wants(cli.CodeInput, "plan"); !strings.Contains(out.stderr, `LICENSECTL_AUTH: "clii" is not one of default, cli, env, workload, managed, managed-app, device, token; did you mean cli?`) {
		t.Errorf("stderr:\n%s", out.stderr)
	}
}

func TestTheTokenOfTheEnvironment(t *testing.T) {
	s := newStation(t)
	s.env.Environ = []string{"LICENSECTL_AUTH=token", "LICENSECTL_ACCESS_TOKEN=" + s.emulator.AppToken()}
	s.wants(cli.CodeOK, "plan")
	if n := s.emulator.Counters().ByRoute["token"]; n != 0 {
		t.Errorf("%d tokens were asked for", n)
	}
	s.env.Environ = s.env.Environ[:1]
	if out := s.wants(cli.CodeAuth, "plan"); !strings.Contains(out.stderr, "LICENSECTL_ACCESS_TOKEN") {
		t.Errorf("stderr:\n%s", out.stderr)
	}
}

// An address of one's own gets the requests, and the token is still for the
// cloud.
func TestAddressesOfOnesOwn(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--graph-url", "https://graph.contoso.com/", "--authority-url", "https://login.contoso.com")
	s.wants(cli.CodeOK, "apply", "--auto-approve", "--cloud", "usgov")
	s.wants(cli.CodeStale, "apply", "--cloud", "china", savedPlan(s)[0])
}

func TestMissingPermissionsAreNamed(t *testing.T) {
	s := newStation(t)
	s.env.Environ = []string{"LICENSECTL_AUTH=token", "LICENSECTL_ACCESS_TOKEN=" + s.emulator.AppToken("Organization.Read.All")}
	if out := s.wants(cli.CodeAuth, "plan"); !strings.Contains(out.stderr, "User.Read.All") {
		t.Errorf("stderr:\n%s", out.stderr)
	}
}

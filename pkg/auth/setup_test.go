package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/auth"
)

func TestDescribe(t *testing.T) {
	for name, tc := range map[string]struct {
		options   auth.Options
		method    auth.Method
		because   string
		authority string
		conflicts []string // the beginnings of their texts
	}{
		"nothing is set":   {auth.Options{}, auth.Default, "neither AZURE_CLIENT_SECRET", "https://login.microsoftonline.com", nil},
		"a secret":         {auth.Options{Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)}, auth.Env, "AZURE_CLIENT_SECRET is set", "https://login.microsoftonline.com", nil},
		"a certificate":    {auth.Options{Getenv: appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=a.pem")}, auth.Env, "AZURE_CLIENT_CERTIFICATE_PATH is set", "https://login.microsoftonline.com", nil},
		"a token file":     {auth.Options{Getenv: appEnvironment("AZURE_FEDERATED_TOKEN_FILE=t")}, auth.Workload, "AZURE_FEDERATED_TOKEN_FILE is set", "https://login.microsoftonline.com", nil},
		"narrowed":         {auth.Options{Getenv: appEnvironment("AZURE_TOKEN_CREDENTIALS=dev")}, auth.Default, "AZURE_TOKEN_CREDENTIALS is set", "https://login.microsoftonline.com", nil},
		"chosen":           {auth.Options{Method: auth.CLI, Cloud: "usgov"}, auth.CLI, "it was chosen", "https://login.microsoftonline.us", nil},
		"an authority":     {auth.Options{AuthorityURL: "https://LOGIN.example.com"}, auth.Default, "neither", "https://login.example.com", nil},
		"two secrets":      {auth.Options{Getenv: appEnvironment("AZURE_CLIENT_SECRET="+secret, "AZURE_CLIENT_CERTIFICATE_PATH=a.pem")}, auth.Env, "AZURE_CLIENT_SECRET is set", "https://login.microsoftonline.com", []string{"AZURE_CLIENT_SECRET wins over"}},
		"secret and file":  {auth.Options{Getenv: appEnvironment("AZURE_CLIENT_SECRET="+secret, "AZURE_FEDERATED_TOKEN_FILE=t")}, auth.Env, "AZURE_CLIENT_SECRET is set", "https://login.microsoftonline.com", []string{"AZURE_FEDERATED_TOKEN_FILE is set, and method env does not"}},
		"unused secret":    {auth.Options{Method: auth.CLI, Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)}, auth.CLI, "it was chosen", "https://login.microsoftonline.com", []string{"AZURE_CLIENT_SECRET is set, and method cli does not"}},
		"unused token":     {auth.Options{Getenv: environment(map[string]string{"LICENSECTL_ACCESS_TOKEN": secret})}, auth.Default, "neither", "https://login.microsoftonline.com", []string{"LICENSECTL_ACCESS_TOKEN is set, and method default does not"}},
		"two tenants":      {auth.Options{TenantID: "contoso.com", Getenv: appEnvironment()}, auth.Default, "neither", "https://login.microsoftonline.com", []string{"--tenant-id"}},
		"two apps":         {auth.Options{ClientID: tenantID, Getenv: appEnvironment()}, auth.Default, "neither", "https://login.microsoftonline.com", []string{"--client-id"}},
		"one tenant twice": {auth.Options{TenantID: strings.ToUpper(tenantID), Getenv: appEnvironment()}, auth.Default, "neither", "https://login.microsoftonline.com", nil},
		"two clouds":       {auth.Options{Getenv: environment(map[string]string{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"})}, auth.Default, "neither", "https://login.microsoftonline.us", []string{"tokens come from https://login.microsoftonline.us"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := auth.Describe(tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if got.Method != tc.method || !strings.HasPrefix(got.Because, tc.because) || got.Authority != tc.authority {
				t.Errorf("%+v", got)
			}
			var conflicts []string
			for i, c := range got.Conflicts {
				if c.Advice == "" || strings.Contains(c.Text, secret) {
					t.Errorf("%+v", c)
				}
				conflicts = append(conflicts, c.Text)
				if i < len(tc.conflicts) && strings.HasPrefix(c.Text, tc.conflicts[i]) {
					conflicts[i] = tc.conflicts[i]
				}
			}
			if diff := cmp.Diff(tc.conflicts, conflicts); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDescribeRefusesWhatMakesNoSense(t *testing.T) {
	for _, o := range []auth.Options{{Cloud: "mars"}, {Method: "magic"}, {AuthorityURL: "http://login.example.com"}} {
		if _, err := auth.Describe(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
		if _, err := auth.Reach(t.Context(), o); err == nil && o.Method == "" {
			t.Errorf("%+v is reached", o)
		}
	}
}

func TestReach(t *testing.T) {
	e := newEntra(t)
	took, err := auth.Reach(t.Context(), e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
	if err != nil || took <= 0 || took > time.Minute {
		t.Errorf("%s, %v", took, err)
	}
}

type noNetwork struct{}

func (noNetwork) Do(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

func TestReachWithoutNetwork(t *testing.T) {
	_, err := auth.Reach(t.Context(), auth.Options{Transport: noNetwork{}, Getenv: appEnvironment()})
	if want := "reaching the token service https://login.microsoftonline.com: connection refused"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestDirectoryRoles(t *testing.T) {
	claims, err := auth.ParseClaims(accessToken(map[string]any{"scp": "User.Read.All", "wids": []string{"4d6ac14f-3453-41d0-bef9-a3e0c569773a"}}))
	if err != nil || !claims.Delegated() || !cmp.Equal(claims.DirectoryRoles, []string{"4d6ac14f-3453-41d0-bef9-a3e0c569773a"}) {
		t.Errorf("%+v, %v", claims, err)
	}
	app, err := auth.ParseClaims(accessToken(nil))
	if err != nil || app.Delegated() {
		t.Errorf("%+v, %v", app, err)
	}
}

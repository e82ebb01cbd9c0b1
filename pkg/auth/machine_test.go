package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/auth"
)

// stranger answers at the address of the metadata service, for somebody else.
type stranger struct {
	status int // 0: never
	body   string
}

func (s stranger) Do(req *http.Request) (*http.Response, error) {
	if req.URL.Host != "169.254.169.254" {
		return nil, errors.New("no route")
	}
	if s.status == 0 && req.Header.Get("Metadata") != "" {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	status := max(s.status, 200)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.body)), Request: req}, nil
}

func strangers() map[string]stranger {
	return map[string]stranger{
		"401": {401, "who are you?"}, "403": {403, ""}, "404": {404, "<html>not here</html>"}, "407": {407, ""}, "302": {302, ""}, "500": {500, "{}"},
		"400": {400, `{"error":"invalid_request"}`}, "a page": {200, "<html>"}, "JSON of others": {200, "{}"}, "nobody": {},
	}
}

// What answers at the address of the metadata service for somebody else does
// not keep the signed-in Azure CLI from its turn.
func TestStrangersDoNotHideTheAzureCLI(t *testing.T) {
	az(t, `echo '{"accessToken":"cli-token","expires_on":4102444800}'`)
	for name, s := range strangers() {
		begun := time.Now()
		token, err := getToken(t, auth.Options{ClientID: freshID(), Transport: s, Getenv: environment(nil)})
		if took := time.Since(begun); err != nil || token.Token != "cli-token" || took > 9*time.Second {
			t.Errorf("%s: token %q after %v, error %v", name, token.Token, took, err)
		}
	}
}

// Where nobody has a token, each that was asked is named.
func TestEverySourceIsNamed(t *testing.T) {
	az(t, `echo "Please run 'az login' to setup account." >&2; exit 1`)
	_, err := getToken(t, auth.Options{ClientID: freshID(), Transport: stranger{404, "x"}, Getenv: environment(nil)})
	e := asError(t, err)
	for _, want := range []string{"169.254.169.254 answers 404", "Azure CLI: ", "az login", "Azure Developer CLI", "Azure PowerShell"} {
		if !strings.Contains(e.Message, want) {
			t.Errorf("%q does not name %s", e.Message, want)
		}
	}
	if e.Unreached {
		t.Error("nobody is signed in, and the network is blamed")
	}
}

// The identity of a machine is waited for half a minute, and what was said last is
// named.
func TestTheIdentityOfAMachineIsBounded(t *testing.T) {
	for name, s := range strangers() {
		synctest.Test(t, func(t *testing.T) {
			o := auth.Options{Method: auth.Managed, ClientID: freshID(), Transport: s}
			if len(name)%2 == 0 {
				o.Method, o.Getenv = auth.Default, environment(map[string]string{"AZURE_TOKEN_CREDENTIALS": "prod"})
			}
			credential, err := auth.New(o)
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			_, err = auth.Identify(context.Background(), credential, scope)
			took := time.Since(begun)
			if e := asError(t, err); took > 31*time.Second || !strings.Contains(e.Message, "169.254.169.254") || s.status >= 400 && !strings.Contains(e.Message, name) {
				t.Errorf("%s: %q after %v", name, e.Message, took)
			}
			if name == "nobody" && (!strings.Contains(err.Error(), "30s") || took < 29*time.Second) {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

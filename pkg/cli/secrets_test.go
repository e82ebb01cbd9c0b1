package cli_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/cli"
)

// parrot is a service that repeats secrets where nobody expects them: as the
// name of the organization, in refusals, at sign-in.
type parrot struct {
	next   http.RoundTripper
	secret string
}

func (p parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	said := string(must(json.Marshal("AADSTS7000215: you said " + p.secret + ", that is " + url.QueryEscape(p.secret))))
	switch {
	case strings.Contains(r.URL.Path, "/oauth2/") && strings.HasPrefix(p.secret, "refuse-me"):
		return answer(r, http.StatusUnauthorized, `{"error": "invalid_client", "error_description": `+said+`}`), nil
	case strings.HasSuffix(r.URL.Path, "/organization"):
		return answer(r, http.StatusOK, `{"value": [{"id": "11111111-2222-4333-8444-555555555555", "displayName": `+said+`}]}`), nil
	case strings.HasSuffix(r.URL.Path, "/assignLicense"):
		return answer(r, http.StatusBadRequest, `{"error": {"code": "Request_BadRequest", "message": `+said+`}}`), nil
	}
	return p.next.RoundTrip(r)
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// holdsNoSecret looks through everything that was printed and stored.
func holdsNoSecret(t *testing.T, s *station, out result, secrets ...string) {
	t.Helper()
	texts := map[string]string{"stdout": out.stdout, "stderr": out.stderr}
	err := fs.WalkDir(os.DirFS(s.dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			texts[name] = s.read(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows a secret:\n%s", name, text)
			}
		}
	}
}

func TestSecretsAreBlottedOut(t *testing.T) {
	for _, flags := range [][]string{{"-v"}, {"-v", "--log-format", "json"}, {"-o", "json"}} {
		for name, secret := range map[string]string{"AZURE_CLIENT_SECRET": `pa"ss<w>ord/with=signs&more`, "LICENSECTL_ACCESS_TOKEN": ""} {
			t.Run(name+" "+strings.Join(flags, " "), func(t *testing.T) {
				s := newStation(t)
				flags := slices.Clone(flags)
				if secret == "" {
					secret = s.emulator.AppToken()
					flags = append(flags, "--auth", "token")
				}
				s.env.Environ = append(s.env.Environ, name+"="+secret)
				s.env.Transport = parrot{s.emulator.Transport(), secret}
				s.wants(cli.CodeOK, append(flags, "plan", "--out", "p.json")...)
				out := s.wants(cli.CodePartial, append(flags, "apply", "--auto-approve")...)
				if !strings.Contains(out.stdout, "you said") || len(s.receipts()) != 1 {
					t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", out.stdout)
				}
				holdsNoSecret(t, s, out, secret, url.QueryEscape(secret), strings.Trim(string(must(json.Marshal(secret))), `"`))
			})
		}
	}
}

// A document is written piece by piece, and a secret may lie across the end of
// a piece.
func TestSecretsAreBlottedOutOfLongDocuments(t *testing.T) {
	s := newStation(t)
	secret := "canary-that-stands-everywhere"
	s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET="+secret)
	s.env.Transport = parrot{s.emulator.Transport(), strings.Repeat(secret, 20_000)}
	out := s.wants(cli.CodeOK, "plan", "-o", "json", "--out", "p.json")
	if strings.Count(out.stdout, "[secret]") < 20_000 {
		t.Errorf("the document has %d bytes: nothing was repeated, so nothing is shown by this test", len(out.stdout))
	}
	holdsNoSecret(t, s, out, secret)
}

func TestARefusedSecretIsBlottedOut(t *testing.T) {
	s := newStation(t)
	secret := "refuse-me/with=signs&more"
	s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET="+secret)
	s.env.Transport = parrot{s.emulator.Transport(), secret}
	out := s.wants(cli.CodeAuth, "-v", "plan", "--out", "p.json")
	if !strings.Contains(out.stderr, "you said") {
		t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", out.stderr)
	}
	holdsNoSecret(t, s, out, secret, url.QueryEscape(secret))
}

// A doctor looks at secrets more closely than any other verb.
func TestADoctorTellsNoSecret(t *testing.T) {
	for _, flags := range [][]string{{"-v"}, {"-o", "json"}, {"--for", "apply", "--log-format", "json"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			s := newStation(t)
			secret := s.emulator.AppToken()
			s.env.Environ = append(s.env.Environ, "LICENSECTL_ACCESS_TOKEN="+secret, "HTTPS_PROXY=http://user:proxy-password@proxy.example.com:3128")
			s.env.Transport = parrot{s.emulator.Transport(), secret}
			out := s.wants(cli.CodeOK, append([]string{"doctor", "--auth", "token"}, flags...)...)
			if !strings.Contains(out.stdout, "you said") || !strings.Contains(out.stdout, "proxy.example.com") {
				t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", out.stdout)
			}
			holdsNoSecret(t, s, out, secret, "proxy-password", canary)
		})
		t.Run("refused "+strings.Join(flags, " "), func(t *testing.T) {
			s := newStation(t)
			secret := "refuse-me/with=signs&more"
			s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET="+secret)
			s.env.Transport = parrot{s.emulator.Transport(), secret}
			out := s.wants(cli.CodeAuth, append([]string{"doctor"}, flags...)...)
			if !strings.Contains(out.stdout, "you said") {
				t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", out.stdout)
			}
			holdsNoSecret(t, s, out, secret, url.QueryEscape(secret))
		})
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--out", "p.json")
	s.wants(cli.CodeOK, "apply", "--emulate", "tenant.yaml", "--auto-approve")
	names := []string{"p.json", "tenant.state.json", ".licensectl/lock"}
	receipts, err := fs.Glob(os.DirFS(s.dir), ".licensectl/receipts/*")
	if err != nil || len(receipts) != 1 {
		t.Fatal(receipts, err)
	}
	for _, name := range append(names, receipts...) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

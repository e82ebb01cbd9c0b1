package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
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

// leaky is a service that repeats a secret, or the token that it was sent, in
// every field that it has, spelt in its own way.
type leaky struct {
	next   http.RoundTripper
	secret string // empty: the token
	spell  func(secret string) string
}

func (l leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	secret := l.secret
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && secret == "" {
		secret = token
	}
	said := l.spell(secret)
	if strings.HasSuffix(r.URL.Path, "/assignLicense") {
		// A code that the service gives to what it turned away: after another
		// one every user is looked at for a while.
		resp := answer(r, http.StatusBadRequest, `{"error":{"code":"Request_BadRequest","message":"you said `+said+`","innerError":{"code":"`+said+`","request-id":"`+said+`"}}}`)
		resp.Header["Request-Id"] = []string{strings.ReplaceAll(secret, "\n", "")}
		return resp, nil
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil || secret == "" || !strings.Contains(r.URL.Path, "/v1.0/") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	// Names of the tenant, of its products and of its people.
	for _, name := range []string{`"displayName":"`, `"skuPartNumber":"OF_`, `"department":"`} {
		body = bytes.ReplaceAll(body, []byte(name), []byte(name+said+" "))
	}
	body = bytes.ReplaceAll(body, []byte(`"skuPartNumber":"POWER_BI_STANDARD"`), []byte(`"skuPartNumber":"BI_`+said+`"`))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// spellingsOfService are ways in which a service may write it into JSON.
func spellingsOfService() map[string]func(string) string {
	return map[string]func(string) string{
		"as it is": inJSON,
		"escaped": func(s string) string {
			var out strings.Builder
			for _, b := range []byte(s) {
				fmt.Fprintf(&out, `\u%04x`, b)
			}
			return out.String()
		},
		"wrapped":  func(s string) string { return inJSON(every(s, 20, "\r\n ")) },
		"hidden":   func(s string) string { return inJSON(every(s, 7, "\u200b")) },
		"in parts": func(s string) string { return inJSON(every(s, 24, " and then ")) },
		"cut":      func(s string) string { return inJSON(s[:min(len(s), 40)]) },
		"for URLs": url.QueryEscape,
		"base64":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("app:" + s)) },
		"shouted":  func(s string) string { return inJSON(strings.ToUpper(s)) },
		"long":     func(s string) string { return inJSON(strings.Repeat("padding ", 124) + s) },
	}
}

func inJSON(s string) string { return strings.Trim(string(must(json.Marshal(s))), `"`) }

func every(s string, n int, between string) string {
	var out strings.Builder
	for i := 0; i < len(s); i += n {
		out.WriteString(s[i:min(i+n, len(s))] + between)
	}
	return out.String()
}

// holdsNoPart looks through everything that was printed and stored for a piece
// of a secret, however it is spelt, and holds that what is JSON still is.
func holdsNoPart(t *testing.T, s *station, out result, secret string) {
	t.Helper()
	const piece = 16
	encoded := base64.StdEncoding.EncodeToString([]byte("app:" + secret))
	texts := map[string]string{"stdout": out.stdout, "stderr": out.stderr}
	err := fs.WalkDir(os.DirFS(s.dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			texts[name] = name + "\n" + s.read(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		bare := strings.ToLower(strings.NewReplacer("\n", "", "\r", "", " ", "", `\n`, "", `\r`, "", "\u200b", "", `\u200b`, "", `\u200B`, "").Replace(text))
		for _, whole := range []string{secret, encoded} {
			for i := 0; i+piece <= len(whole); i++ {
				if part := strings.ToLower(whole[i : i+piece]); strings.Contains(bare, part) {
					t.Errorf("%s shows %q of a secret:\n%.3000s", name, part, text)
					break
				}
			}
		}
		if strings.HasSuffix(name, ".json") && !json.Valid([]byte(strings.TrimPrefix(text, name+"\n"))) {
			t.Errorf("%s is no JSON any more:\n%.2000s", name, text)
		}
	}
}

func TestTokensAreBlottedOutHoweverTheyAreSpelt(t *testing.T) {
	for name, spell := range spellingsOfService() {
		for _, which := range []string{"token", "client secret"} {
			t.Run(which+" "+name, func(t *testing.T) {
				s := newStation(t)
				secret := "k8Q~x7Zp.Rf3_vN-wB2mT5yL9cD4hJ6gS1aE0oKu"
				l := leaky{s.emulator.Transport(), secret, spell}
				s.env.Environ = append(s.env.Environ, "AZURE_CLIENT_SECRET="+secret)
				if which == "token" {
					// The one that the emulator gives, which nobody knows before.
					l.secret, secret = "", issuedToken(t, s)
				}
				s.env.Transport = l
				s.wants(cli.CodeOK, "-v", "plan", "--out", "p.json", "-o", "html")
				s.wants(cli.CodeOK, "-v", "--log-format", "json", "snapshot", "--out", "s.json")
				s.wants(cli.CodeOK, "export", "exported")
				s.run("seats")
				var printed strings.Builder
				for _, args := range [][]string{{"apply", "-v", "--auto-approve"}, {"plan", "-o", "markdown"}, {"plan", "-o", "json"}, {"seats", "-o", "json"}, {"doctor"}, {"show", "p.json", "-o", "csv"}} {
					out := s.run(args...)
					printed.WriteString(out.stdout + out.stderr)
				}
				if !strings.Contains(printed.String(), "[secret]") && !strings.Contains(printed.String(), "[token]") {
					t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", printed.String())
				}
				holdsNoPart(t, s, result{stdout: printed.String()}, secret)
			})
		}
	}
}

// issuedToken signs in as the commands do, and gives the token.
func issuedToken(t *testing.T, s *station) string {
	t.Helper()
	var seen seenTokens
	seen.next = s.emulator.Transport()
	s.env.Transport = &seen
	s.wants(cli.CodeOK, "seats")
	if seen.token == "" {
		t.Fatal("no token was seen")
	}
	return seen.token
}

// seenTokens looks at what is sent.
type seenTokens struct {
	next  http.RoundTripper
	token string
}

func (s *seenTokens) RoundTrip(r *http.Request) (*http.Response, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		s.token = token
	}
	return s.next.RoundTrip(r)
}

// A secret that was put into the wrong variable is not shown by the message
// that says so.
func TestMisplacedSecretsAreNotShown(t *testing.T) {
	secret := "k8Q~x7Zp.Rf3_vN-wB2mT5yL9cD4hJ6gS1aE0oKu"
	s := newStation(t)
	plain := s.env.Environ
	token := "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	for _, name := range []string{
		"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS", "SSL_CERT_FILE", "HTTPS_PROXY", "http_proxy",
		"LICENSECTL_AUTH", "LICENSECTL_CLOUD", "LICENSECTL_TENANT_ID", "LICENSECTL_CLIENT_ID", "LICENSECTL_GRAPH_URL", "LICENSECTL_AUTHORITY_URL",
		"LICENSECTL_EMULATE", "LICENSECTL_LOG_LEVEL", "LICENSECTL_LOG_FORMAT",
	} {
		for _, value := range []string{secret, token, "app:" + secret + "@graph.example.com", "https://app:" + secret + "@graph.example.com"} {
			for _, verb := range []string{"plan", "doctor"} {
				s.env.Environ = append(slices.Clone(plain), name+"="+value)
				out := s.run(verb, "-v")
				if text := out.stdout + out.stderr; strings.Contains(text, secret[8:24]) || strings.Contains(text, "Rf3_vN") || strings.Contains(text, "eyJ0eX") {
					t.Errorf("%s with %s=%s:\n%s", verb, name, value, text)
				}
			}
		}
	}
	s.env.Environ = plain
	out := s.wants(cli.CodeInput, "plan", "--graph-url", "app:pass-Word9@graph.example.com")
	if strings.Contains(out.stderr, "pass-Word9") {
		t.Error(out.stderr)
	}
	for _, variable := range []string{"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"} {
		s.env.Environ = []string{"AZURE_TENANT_ID=11111111-2222-4333-8444-555555555555", "AZURE_CLIENT_ID=" + clientID, variable + "=" + token}
		if out := s.run("plan"); out.code == 0 || strings.Contains(out.stderr, "eyJ0eX") {
			t.Errorf("%s: %s", variable, out.stderr)
		}
	}
}

// A proxy that cannot be used stops a command before it sends anything.
func TestProxiesThatCannotBeUsed(t *testing.T) {
	s := newStation(t)
	plain := s.env.Environ
	for value, good := range map[string]bool{
		"http://proxy.example.com:3128": true, "proxy.example.com:3128": true, "proxy.example.com": true, "https://a:b%23c%2Fd@proxy.example.com": true, "socks5://[::1]:1080": true,
		"http://user:pass-Word9#x@proxy.example.com:3128": false, "http://user:pass-Word9/x@proxy.example.com:3128": false, "user:pass-Word9/x@proxy.example.com:3128": false,
		"http://user:pass-Word9?x@proxy.example.com": false, "http://user:pass-Word9%zz@proxy.example.com": false, "http://": false, "://x": false, "ftp://proxy.example.com": false,
		"http://proxy.example.com:port": false, "http://proxy.example.com:99999": false, "http:proxy.example.com:3128": false, "http://proxy.example.com:": false, "http:// proxy": false,
		"http:/proxy.example.com:3128": false, "http://user:pass-Word9@@proxy.example.com/x": false,
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			s.env.Environ = append(slices.Clone(plain), name+"="+value)
			for _, args := range [][]string{{"plan"}, {"doctor"}} {
				out := s.run(args...)
				text := out.stdout + out.stderr
				if strings.Contains(text, "pass-Word9") || !good && (out.code != int(cli.CodeInput) || !strings.Contains(text, name)) || good && out.code != 0 {
					t.Errorf("%v with %s=%s ends with %d:\n%s", args, name, value, out.code, text)
				}
			}
		}
	}
}

// A token that no service takes ends the command at once, and is not shown.
func TestMalformedTokensEndAtOnce(t *testing.T) {
	s := newStation(t)
	plain := s.env.Environ
	for _, token := range []string{"canary-canary\ncanary-canary", `"canary-canary-canary"`, "Bearer canary-canary-canary", "canary-canary-canary\x07"} {
		s.env.Environ = append(slices.Clone(plain), "LICENSECTL_ACCESS_TOKEN="+token)
		out := s.wants(cli.CodeAuth, "plan", "--auth", "token")
		if strings.Contains(out.stderr, "canary") || !strings.Contains(out.stderr, "LICENSECTL_ACCESS_TOKEN") {
			t.Errorf("%q: %s", token, out.stderr)
		}
	}
}

// A proxy is sent its user and password in base64, and may repeat that.
func TestTheUserOfAProxyIsBlottedOut(t *testing.T) {
	s := newStation(t)
	said := base64.StdEncoding.EncodeToString([]byte("clerk:pa/ss1"))
	s.env.Environ = append(s.env.Environ, "HTTPS_PROXY=http://clerk:pa%2Fss1@proxy.example.com:3128")
	s.env.Transport = parrot{s.emulator.Transport(), "Basic " + said}
	out := s.wants(cli.CodeOK, "plan", "--out", "p.json", "-o", "json")
	if !strings.Contains(out.stdout, "you said Basic [secret]") {
		t.Errorf("nothing was repeated, so nothing is shown by this test:\n%s", out.stdout)
	}
	holdsNoSecret(t, s, out, said, said[:12])
}

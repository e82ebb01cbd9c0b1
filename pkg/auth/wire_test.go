package auth_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/auth"
)

// thief is a server that nobody should send a secret to. It takes down what
// comes, and answers as a token service does.
type thief struct {
	secure, plain *httptest.Server
	posts         atomic.Int32
}

func newThief(t *testing.T) *thief {
	th := &thief{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost || r.Header.Get("X-IDENTITY-HEADER") != "" {
			th.posts.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"stolen","token_type":"Bearer","expires_in":3600}`))
	})
	th.secure, th.plain = httptest.NewTLSServer(handler), httptest.NewServer(handler)
	t.Cleanup(th.secure.Close)
	t.Cleanup(th.plain.Close)
	return th
}

// wanderer answers for a token service by leading elsewhere.
func wanderer(t *testing.T, status int, to string) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			endpoint := s.URL + "/" + tenantID + "/oauth2/v2.0/token"
			if status == 0 {
				endpoint = to
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"issuer":"` + s.URL + `/` + tenantID + `/v2.0","authorization_endpoint":"` + s.URL + `/a","token_endpoint":"` + endpoint + `"}`))
			return
		}
		http.Redirect(w, r, to, status)
	}))
	t.Cleanup(s.Close)
	return s
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsGoToTheAuthorityAlone(t *testing.T) {
	th := newThief(t)
	for name, to := range map[string]string{"another host": th.secure.URL + "/" + tenantID + "/token", "plain http": th.plain.URL + "/token", "another port": th.secure.URL} {
		// 0: the configuration of the authority names another place.
		for _, status := range []int{0, 301, 302, 303, 307, 308} {
			s := wanderer(t, status, to)
			var learned sync.Map
			_, err := getToken(t, auth.Options{
				Method: auth.Env, AuthorityURL: s.URL, Transport: s.Client(), Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret),
				Learn: func(text string) { learned.Store(text, true) },
			})
			e := asError(t, err)
			if th.posts.Load() != 0 {
				t.Fatalf("%s, %d: the secret went there", name, status)
			}
			if e.Unreached || strings.Contains(e.Message, "stolen") || !strings.Contains(e.Message, "redirect") && !strings.Contains(e.Message, "refused to follow") && status != 0 {
				t.Errorf("%s, %d: %q, hint %q", name, status, e, e.Hint())
			}
			if _, ok := learned.Load(secret); status != 0 && !ok {
				t.Errorf("%s, %d: the secret that was sent was not told", name, status)
			}
		}
	}
}

// A token service that moves within its own host is not followed either: it
// was never seen to, and the next step could lead anywhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	th := newThief(t)
	s := wanderer(t, 307, "/elsewhere")
	_, err := getToken(t, auth.Options{Method: auth.Env, AuthorityURL: s.URL, Transport: s.Client(), Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)})
	if e := asError(t, err); !strings.Contains(e.Message, "redirect (307)") || !strings.Contains(e.Hint(), "--authority-url") {
		t.Errorf("%q, hint %q", e, e.Hint())
	}
	// A machine's identity is asked for with a header that is a secret as well.
	endpoint := httptest.NewServer(http.RedirectHandler(th.plain.URL, http.StatusTemporaryRedirect))
	t.Cleanup(endpoint.Close)
	t.Setenv("IDENTITY_ENDPOINT", endpoint.URL)
	t.Setenv("IDENTITY_HEADER", secret)
	_, err = getToken(t, auth.Options{Method: auth.Managed, ClientID: "77777777-bbbb-4ccc-8ddd-eeeeeeeeeeee", Transport: &http.Client{}})
	if asError(t, err); th.posts.Load() != 0 {
		t.Error("the header went there")
	}
}

// What is sent and what comes is told, so that it can be kept out of everything
// that is shown.
func TestTokensAreLearned(t *testing.T) {
	e := newEntra(t)
	var mu sync.Mutex
	var learned []string
	o := e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret))
	o.Learn = func(text string) {
		mu.Lock()
		defer mu.Unlock()
		learned = append(learned, text)
	}
	if _, err := getToken(t, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{secret, accessToken(nil)} {
		if !strings.Contains(strings.Join(learned, " "), want) {
			t.Errorf("%q was not told", want)
		}
	}
}

// An assertion that the token service repeats is not shown.
func TestAssertionsAreBlottedOut(t *testing.T) {
	e := newEntra(t)
	assertion := "assertion-of-the-pipeline/aZ09.q8~Kx"
	e.refusal = refusalJSON(700213, "No match for "+url.QueryEscape(assertion)+" or "+assertion[:20]+" "+assertion[20:])
	file := t.TempDir() + "/token"
	writeFile(t, file, assertion)
	_, err := getToken(t, e.options(auth.Workload, appEnvironment("AZURE_FEDERATED_TOKEN_FILE="+file)))
	if refused := asError(t, err); strings.Contains(refused.Message, "of-the-pipeline") || strings.Contains(refused.Message, "q8~Kx") || !strings.Contains(refused.Message, "No match for") {
		t.Errorf("%q", refused)
	}
}

// A token that no service takes is not sent, and the error does not repeat it.
func TestMalformedTokens(t *testing.T) {
	for name, token := range map[string]string{
		"line break": "canary-canary\ncanary-canary", "carriage return": "canary-canary\r\ncanary", "blank": "canary canary", "quotes": `"canary"`,
		"scheme": "Bearer canary", "control": "canary\x07", "JSON": `{"accessToken":"canary"}`, "letters": "canarý", "long": strings.Repeat("canary", 20_000),
	} {
		_, err := getToken(t, auth.Options{Method: auth.Token, Getenv: environment(map[string]string{"LICENSECTL_ACCESS_TOKEN": token})})
		if e := asError(t, err); strings.Contains(e.Error()+e.Hint(), "canar") || !strings.Contains(e.Hint(), "put the token alone into LICENSECTL_ACCESS_TOKEN") {
			t.Errorf("%s: %q, hint %q", name, e, e.Hint())
		}
	}
	for name, token := range map[string]string{"line break": `canary-canary\ncanary-canary`, "carriage return": `canary\r`, "blank": `canary canary`, "nothing": ``, "control": `canary\u0007`} {
		az(t, `printf '%s' '{"accessToken":"`+token+`","expires_on":4102444800}'`)
		begun := time.Now()
		_, err := getToken(t, auth.Options{Method: auth.CLI})
		if e := asError(t, err); strings.Contains(e.Error(), "canar") || !strings.Contains(e.Error(), "access token") {
			t.Errorf("az, %s: %q", name, e)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("az, %s: it took %v", name, took)
		}
	}
}

// What the Azure CLI prints beside its errors is shown without tokens, also
// those that nobody has told us of.
func TestTokensOfToolsAreBlottedOut(t *testing.T) {
	az(t, `echo "DEBUG: {'accessToken': '`+accessToken(nil)+`', 'refreshToken': '1.A`+strings.Repeat("XyZ09_-", 30)+`'}" >&2; echo "ERROR: AADSTS70043: no" >&2; exit 1`)
	_, err := getToken(t, auth.Options{Method: auth.CLI})
	e := asError(t, err)
	if strings.Contains(e.Message, "eyJ") || strings.Contains(e.Message, "XyZ09") || !strings.Contains(e.Message, "AADSTS70043") || e.Code != "AADSTS70043" {
		t.Errorf("%q", e)
	}
}

// Without a network nobody has refused anything.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()
	_, err := getToken(t, auth.Options{Method: auth.Env, AuthorityURL: gone.URL, Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)})
	if e := asError(t, err); !e.Unreached || !strings.Contains(e.Hint(), "check the network") || !strings.Contains(e.Message, "was not reached") {
		t.Errorf("%q, hint %q", e, e.Hint())
	}
}

// What answers in place of the token service has refused nothing, and neither
// has a token service that breaks down: no advice about the app would help.
func TestAnswersThatAreNoneOfATokenService(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status            int
		body, says, hints string
	}{
		"a web page":        {200, "<html>Sign in to the guest network</html>", "a web page came in its place", "the proxy"},
		"a blocked page":    {403, " <!DOCTYPE html>", "a web page came in its place", "the proxy"},
		"nothing":           {200, "", "makes no sense", "the proxy"},
		"null":              {200, "null", "makes no sense", "the proxy"},
		"an empty object":   {200, "{}", "makes no sense", "the proxy"},
		"no token":          {200, `{"token_type":"Bearer","expires_in":3600}`, "makes no sense", "the proxy"},
		"an empty token":    {200, `{"access_token":"","expires_in":3600}`, "makes no sense", "the proxy"},
		"a token of a kind": {200, `{"access_token":7,"expires_in":3600}`, "makes no sense", "the proxy"},
		"text":              {404, "no such page", "makes no sense", "the proxy"},
		"overloaded":        {429, `{"error":"temporarily_unavailable"}`, "the token service fails (429", "some minutes"},
		"broken down":       {500, "oops", "the token service fails (500", "some minutes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := answering(t, tc.status, tc.body)
			_, err := getToken(t, auth.Options{Method: auth.Env, AuthorityURL: e.URL, Transport: e.Client(), Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)})
			if failed := asError(t, err); !failed.Unreached || !strings.Contains(failed.Message, tc.says) || !strings.Contains(failed.Hint(), tc.hints) || strings.Contains(failed.Hint(), "AZURE_CLIENT_SECRET") {
				t.Errorf("%q, hint %q", failed, failed.Hint())
			}
		})
	}
}

// answering is a token service that answers every form alike.
func answering(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`{"issuer":"` + s.URL + `/` + tenantID + `/v2.0","authorization_endpoint":"` + s.URL + `/a","token_endpoint":"` + s.URL + `/` + tenantID + `/oauth2/v2.0/token"}`))
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s
}

// A page that came once in place of the answer is no reason to give up.
func TestAPageOnceIsAskedAgain(t *testing.T) {
	t.Parallel()
	e := newEntra(t)
	real, once := e.Config.Handler, sync.Once{}
	e.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paged := false
		if r.Method == http.MethodPost {
			once.Do(func() { paged = true })
		}
		if paged {
			_, _ = w.Write([]byte("<html></html>"))
			return
		}
		real.ServeHTTP(w, r)
	})
	if _, err := getToken(t, e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret))); err != nil {
		t.Error(err)
	}
}

func TestWhatStandsBetweenIsNamed(t *testing.T) {
	untrusted := newEntra(t)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	o := untrusted.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret))
	o.Transport = &http.Client{}
	_, err := getToken(t, o)
	if e := asError(t, err); !e.Unreached || !strings.Contains(e.Hint(), "SSL_CERT_FILE") {
		t.Errorf("%q, hint %q", e, e.Hint())
	}
	az(t, `echo "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /x (Caused by NameResolutionError)" >&2; exit 1`)
	_, err = getToken(t, auth.Options{Method: auth.CLI})
	if e := asError(t, err); !e.Unreached || !strings.Contains(e.Hint(), "network") {
		t.Errorf("%q, hint %q", e, e.Hint())
	}
}

// Every code that is known has something to do, and the error carries it.
func TestEveryRefusalHasAdvice(t *testing.T) {
	for i, r := range auth.Refusals() {
		if r.Code == "" || r.Meaning == "" || r.Advice == "" || strings.HasSuffix(r.Advice, ".") {
			t.Errorf("%+v", r)
		}
		if i > 0 && len(r.Code) <= len(auth.Refusals()[i-1].Code) && r.Code <= auth.Refusals()[i-1].Code {
			t.Errorf("%s is out of order", r.Code)
		}
	}
}

func TestAdviceFitsTheRefusal(t *testing.T) {
	e := newEntra(t)
	for code, want := range map[int]string{
		700024: "clock", 65001: "consent", 700016: "known in its own tenant", 7000229: "service principal", 90002: "--cloud", 50020: "user of this tenant",
		7000215: "not to its id", 7000222: "expired", 700027: "upload", 53003: "network location", 700213: "subject", 700212: "api://AzureADTokenExchange",
	} {
		e.refusal = refusalJSON(code, "No.")
		_, err := getToken(t, e.options(auth.Env, appEnvironment("AZURE_CLIENT_SECRET="+secret)))
		if refused := asError(t, err); !strings.Contains(refused.Hint(), want) || refused.Unreached {
			t.Errorf("%d: hint %q", code, refused.Hint())
		}
	}
}

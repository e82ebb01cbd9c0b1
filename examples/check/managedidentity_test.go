package check_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// machine is an Azure machine with a managed identity.
type machine struct{ clientID, secret string }

func readingMachine() machine { return machine{readerClientID, "the secret of the machine that reads"} }

func writingMachine() machine {
	return machine{writerClientID, "the secret of the machine that writes"}
}

// environment gives what leads to the identity service of the machine, which
// answers until the test ends, and knows no other identity.
func (m machine) environment(t testing.TB, tn *tenant) []string {
	t.Helper()
	const header = "a header that others cannot know"
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query()
		id := asked.Get("client_id")
		if r.Header.Get("X-IDENTITY-HEADER") != header || asked.Get("resource") != "https://graph.microsoft.com" || id != "" && id != m.clientID {
			http.Error(w, `{"statusCode":400,"message":"No managed identity was found"}`, http.StatusBadRequest)
			return
		}
		token, err := tn.signIn(m.clientID, m.secret)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, map[string]any{"access_token": token, "client_id": m.clientID, "token_type": "Bearer",
			"resource": asked.Get("resource"), "expires_on": strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)})
	}))
	t.Cleanup(service.Close)
	return []string{"IDENTITY_ENDPOINT=" + service.URL, "IDENTITY_HEADER=" + header}
}

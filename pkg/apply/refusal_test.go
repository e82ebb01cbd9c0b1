package apply_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// answer is a network with one answer, and a credential for it.
type answer struct {
	status int
	body   string
}

func (a answer) Do(*http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Request-Id": {"00000000-0000-4000-8000-00000000000a"}}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func (answer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// writer is the real client in front of the answer.
func (a answer) writer(t testing.TB) *graph.Writer {
	w, err := graph.NewWriter(graph.Config{Root: "https://graph.example.com", Credential: a, Transport: a})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRefusals reads every refusal that is known in the form in which the
// service sends it. One that nobody knows is told in its own words, without
// advice.
func TestRefusals(t *testing.T) {
	data, err := os.ReadFile("testdata/refusals.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []struct {
		Name   string
		Status int
		Want   string // the code of the reason
		Says   string // part of the message; may be empty
		Error  struct{ Message string }
	}
	var raw []struct{ Error json.RawMessage }
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	for i, tc := range table {
		t.Run(tc.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := calls()["addition"].one(t)
				w := answer{tc.Status, `{"error":` + string(raw[i].Error) + `}`}.writer(t)
				out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Writer = w })
				res := result(t, out, "ada")
				if res.Outcome == receipt.Done || !slices.Contains(res.Reasons, tc.Want) || !strings.Contains(res.Message, tc.Says) {
					t.Errorf("%s %q: %s", res.Outcome, res.Reasons, res.Message)
				}
				if tc.Want == "refused" && (res.Hint != "" || !strings.Contains(res.Message, tc.Error.Message)) {
					t.Errorf("message %q, hint %q", res.Message, res.Hint)
				}
				if strings.Contains(res.Hint, "disabledPlans") != (tc.Want == "plans-exclude") {
					t.Errorf("hint %q", res.Hint)
				}
			})
		})
	}
}

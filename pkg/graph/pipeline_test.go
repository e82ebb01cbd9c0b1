package graph_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/log"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/graph"
)

// countingToken counts how often it is asked.
type countingToken struct {
	staticToken
	asked  atomic.Int32
	scopes sync.Map
}

func (c *countingToken) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked.Add(1)
	c.scopes.Store(strings.Join(opts.Scopes, " "), true)
	return c.staticToken.GetToken(ctx, opts)
}

// Many calls at once share one reader and one token.
func TestConcurrentCallsShareAToken(t *testing.T) {
	for scope, want := range map[string]string{"": testRoot + "/.default", "https://graph.microsoft.us/.default": "https://graph.microsoft.us/.default"} {
		credential := &countingToken{}
		cfg := config(newWire(t, always(200, organizationJSON)))
		cfg.Credential, cfg.Scope, cfg.Root = credential, scope, testRoot+"/"
		r, err := graph.NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := r.Organization(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if _, ok := credential.scopes.Load(want); !ok || credential.asked.Load() != 1 {
			t.Errorf("scope %q: %d tokens", scope, credential.asked.Load())
		}
	}
}

// What azcore logs when it is told to names neither people nor tokens.
func TestLogHoldsNoSecrets(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	log.SetListener(func(_ log.Event, text string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, text)
	})
	defer log.SetListener(nil)
	_, w := newDirectory(t, 1)
	if _, err := find(t, w, "user1@contoso.com"); err != nil {
		t.Fatal(err)
	}
	w.answer = inTurn(t,
		always(200, listJSON(testRoot+"/v1.0/users?$filter=user1@contoso.com", userJSON(1, "user1@contoso.com"))),
		always(403, `{"error":{"code":"user1@contoso.com","message":"`+canary+`"}}`))
	if _, err := allUsers(newReader(t, w)); err == nil {
		t.Fatal("no error")
	}
	all := strings.Join(lines, "\n")
	if !strings.Contains(all, "/v1.0/$batch") {
		t.Fatal("nothing was logged, so nothing is proven")
	}
	for _, secret := range []string{canary, "user1"} {
		if strings.Contains(all, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

package graph

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// sender is the network, which notes what reaches it.
type sender struct{ hosts []string }

func (s *sender) Do(req *http.Request) (*http.Response, error) {
	s.hosts = append(s.hosts, req.URL.Host)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

// TestGuard: whatever the layers above let through, a request with a token
// leaves for the root alone. The rails before this one are tested from outside.
func TestGuard(t *testing.T) {
	root, err := parseRoot("https://graph.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for address, leaves := range map[string]bool{
		"https://graph.example.com/v1.0/users":         true,
		"https://GRAPH.example.com/v1.0/users":         true,
		"https://graph.example.com:443/v1.0/users":     true,
		"https://graph.example.com:8443/v1.0/users":    false,
		"http://graph.example.com/v1.0/users":          false,
		"http://graph.example.com:443/v1.0/users":      false,
		"https://graph.example.org/v1.0/users":         false,
		"https://graph.example.com.example.org/v1.0/":  false,
		"https://x.graph.example.com/v1.0/users":       false,
		"https://graph.example.com@example.org/v1.0/x": false,
	} {
		t.Run(address, func(t *testing.T) {
			network := &sender{}
			var last policy.Transporter = newOriginGuard(root, network)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := last.Do(req)
			if resp != nil {
				_ = resp.Body.Close()
			}
			if (err == nil) != leaves || (len(network.hosts) > 0) != leaves {
				t.Errorf("error %v, reached %q", err, network.hosts)
			}
			if _, final := err.(interface{ NonRetriable() }); !leaves && !final {
				t.Error("it would be tried again")
			}
		})
	}
}

// TestBoundedBody: a body of just the bound arrives whole, and one byte more is
// an error and not an end.
func TestBoundedBody(t *testing.T) {
	for n, whole := range map[int]bool{0: true, 9: true, 10: true, 11: false, 1000: false} {
		body := &boundedBody{body: io.NopCloser(strings.NewReader(strings.Repeat("x", n))), left: 10}
		got, err := io.ReadAll(body)
		if (err == nil) != whole || whole && len(got) != n {
			t.Errorf("of %d bytes %d came, error %v", n, len(got), err)
		}
	}
	unread := &boundedBody{body: io.NopCloser(strings.NewReader("x")), left: -1}
	if n, err := unread.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("of what is too long %d bytes came, error %v", n, err)
	}
}

// TestBodyInTurn: what is free of a body comes beside others, and more of it in turn;
// whoever gives up waiting has read nothing, and a turn is given back.
func TestBodyInTurn(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.example.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	turn := make(chan struct{}, 1)
	of := func(n int, asked *http.Request) *bodyInTurn {
		return &bodyInTurn{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", n))), free: 4, turn: turn, asked: asked}
	}
	large := of(9, req)
	if got, err := io.ReadAll(large); err != nil || len(got) != 9 || len(turn) != 1 {
		t.Errorf("%d bytes of a large body, %d turns taken, error %v", len(got), len(turn), err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for n, read := range map[int]int{0: 0, 3: 3, 4: 4, 5: 5} {
		body := of(n, req.WithContext(gone))
		part := make([]byte, 5)
		got, err := body.Read(part)
		if got != read || n > 0 && err != nil {
			t.Errorf("of %d bytes %d were read, error %v", n, got, err)
		}
		if got, err := body.Read(part); got != 0 || err == nil || (err == io.EOF) != (n < 4) {
			t.Errorf("of %d bytes %d more were read, error %v", n, got, err)
		}
		if err := body.Close(); err != nil || len(turn) != 1 {
			t.Errorf("whoever had no turn gave one back: %d, error %v", len(turn), err)
		}
	}
	for range 2 {
		if err := large.Close(); err != nil || len(turn) != 0 {
			t.Errorf("%d turns after closing, error %v", len(turn), err)
		}
	}
}

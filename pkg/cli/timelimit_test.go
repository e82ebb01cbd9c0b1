package cli_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// dribbling answers what it is asked for byte by byte, and never comes to the
// end of it.
type dribbling struct {
	http.RoundTripper

	asked string // part of the path
}

func (d dribbling) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := d.RoundTripper.RoundTrip(req)
	if err == nil && strings.Contains(req.URL.Path, d.asked) {
		res.Body, res.ContentLength = &dribble{req, res.Body}, -1
	}
	return res, err
}

type dribble struct {
	req *http.Request
	io.Closer
}

func (d *dribble) Read(p []byte) (int, error) {
	select {
	case <-d.req.Context().Done():
		return 0, d.req.Context().Err()
	case <-time.After(time.Millisecond):
		p[0] = ' '
		return 1, nil
	}
}

// A read that never ends ends with the time, with 8 and nothing written, whatever
// is read.
func TestAReadThatNeverEnds(t *testing.T) {
	for _, verb := range []string{"plan", "drift", "explain ada@contoso.com", "export new", "seats", "snapshot", "apply --auto-approve"} {
		for _, asked := range []string{"organization", "subscribedSkus", "token"} {
			inBubble(t, verb+", "+asked, func(t *testing.T) {
				s := newStation(t)
				s.env.Transport = dribbling{s.env.Transport, asked}
				begun := time.Now()
				out := s.wants(cli.CodeLive, append(strings.Fields(verb), "--timeout", "300ms")...)
				if !strings.Contains(out.stderr, "the time was up") || !strings.Contains(out.stderr, "give more with --timeout") || time.Since(begun) > 10*time.Second || s.sent() > 0 {
					t.Errorf("after %s:\n%s", time.Since(begun), out.stderr)
				}
			})
		}
	}
}

func TestATimeoutThatIsNone(t *testing.T) {
	s := newStation(t)
	s.wants(cli.CodeOK, "plan", "--timeout", "0")
	s.wants(cli.CodeInput, "plan", "--timeout", "-1s")
	s.wants(cli.CodeInput, "seats", "--timeout", "soon")
}

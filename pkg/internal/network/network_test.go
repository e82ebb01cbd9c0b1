package network_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/network"
)

// get asks a server by a client, and gives the error.
func get(t *testing.T, client *http.Client, address string) error {
	t.Helper()
	client.Timeout = 10 * time.Second
	resp, err := client.Get(address)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatalf("%s was reached", address)
	}
	return err
}

// through gives a client that goes through a proxy.
func through(t *testing.T, proxy string) *http.Client {
	t.Helper()
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}}
}

func TestAdviceFitsTheCause(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer refusing.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	trusting := secure.Client()

	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"a proxy that wants a password": {get(t, through(t, refusing.URL), "https://graph.example.com"), "USER:PASSWORD"},
		"407 itself":                    {network.ErrProxyAuth, "USER:PASSWORD"},
		"a proxy that is not there":     {get(t, through(t, gone.URL), "https://graph.example.com"), "the proxy itself"},
		"a proxy that looks into TLS":   {get(t, &http.Client{Transport: &http.Transport{}}, secure.URL), "SSL_CERT_FILE"},
		"another name":                  {get(t, trusting, strings.Replace(secure.URL, "127.0.0.1", "localhost", 1)), "something else answers"},
		"no TLS":                        {get(t, &http.Client{Transport: &http.Transport{}}, strings.Replace(plain.URL, "http:", "https:", 1)), "speaks no TLS"},
		"nobody there":                  {get(t, &http.Client{Transport: &http.Transport{}}, gone.URL), "check the network, the proxy"},
		"no such name":                  {fmt.Errorf("x: %w", &net.DNSError{Err: "no such host", Name: "x"}), "name server"},
		"an old certificate":            {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, "clock"},
		"something else":                {errors.Join(io.ErrUnexpectedEOF), "check the network"},
		"nothing":                       {nil, "check the network"},
	} {
		if want := strings.Contains("USER:PASSWORD SSL_CERT_FILE something else answers speaks no TLS clock", tc.want); network.Standing(tc.err) != want {
			t.Errorf("%s: %v stands: %t", name, tc.err, !want)
		}
		if got := network.Advice(tc.err); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %v gives %q", name, tc.err, got)
		}
	}
}

// Package loopback serves an emulator to programs that know Microsoft's hosts
// alone: over TLS, under their names, through a proxy that leads these names to
// the emulator and every other one nowhere.
package loopback

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Hosts are the names that the emulator stands for.
var Hosts = []string{"graph.microsoft.com", "login.microsoftonline.com"}

// Service is an emulator on loopback, which ends with its test.
type Service struct {
	*emulator.Emulator
	Authority string // the file with the certificate to trust
	Port      string // where the emulator listens, on 127.0.0.1
	Proxy     string // the URL of the proxy that leads to it

	trusted *x509.CertPool
}

// Serve starts an emulator. Who asks the proxy for another host than those that
// the emulator stands for fails the test.
func Serve(t testing.TB, tenant emulator.Tenant, opts emulator.Options) *Service {
	t.Helper()
	return ServeBeside(t, tenant, opts, nil)
}

// ServeBeside is Serve with other hosts that a client asks as well, by their names,
// for which the test stands in.
func ServeBeside(t testing.TB, tenant emulator.Tenant, opts emulator.Options, others map[string]http.Handler) *Service {
	t.Helper()
	e, err := emulator.New(tenant, opts)
	if err != nil {
		t.Fatal(err)
	}
	hosts := slices.Concat(Hosts, slices.Sorted(maps.Keys(others)))
	certificate, err := emulator.NewCertificate(append([]string{"127.0.0.1"}, hosts...), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if other, ok := others[r.Host]; ok {
			other.ServeHTTP(w, r)
			return
		}
		e.ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.TLS}}
	server.StartTLS()
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	proxy := httptest.NewServer(tunnel{t, address, hosts})
	t.Cleanup(proxy.Close)
	s := &Service{Emulator: e, Authority: filepath.Join(t.TempDir(), "authority.pem"), Proxy: proxy.URL, trusted: x509.NewCertPool()}
	s.trusted.AppendCertsFromPEM(certificate.CAPEM)
	if _, s.Port, err = net.SplitHostPort(address); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Authority, certificate.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// tunnel is a proxy with one way through.
type tunnel struct {
	t     testing.TB
	to    string
	hosts []string // that it leads to
}

func (p tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || !slices.Contains(p.hosts, host) {
		p.t.Errorf("%s %s: the tests stay on loopback", r.Method, r.Host)
		http.Error(w, "the tests stay on loopback", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		io.Copy(there, buffered) // until the client goes
		there.Close()
	}()
	io.Copy(here, there)
}

// Client gives an HTTP client that takes the proxy and trusts the emulator.
func (s *Service) Client() *http.Client {
	proxy := func(*http.Request) (*url.URL, error) { return url.Parse(s.Proxy) }
	return &http.Client{Transport: &http.Transport{Proxy: proxy, TLSClientConfig: &tls.Config{RootCAs: s.trusted}}}
}

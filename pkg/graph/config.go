package graph

import (
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Config says which Graph to talk to, and as whom. Readers and writers take
// the same.
type Config struct {
	// Root is the address of the service without the version, such as
	// "https://graph.microsoft.com"; a trailing slash is tolerated. Plain http
	// is refused unless the host is loopback.
	Root string

	// Credential gives the tokens. Where it fails, the error of the call
	// carries an *AuthError.
	Credential azcore.TokenCredential

	// Scope is asked for in a token; empty: Root + "/.default".
	Scope string

	// Transport sends the requests; nil: HTTP with the proxy settings of the
	// environment. It must not follow redirects; an *http.Client is made not
	// to, on a copy.
	Transport policy.Transporter

	// Waiting is told of every pause before a read is repeated, when it begins;
	// nil: nobody is. It may be called from many goroutines at once. Writers
	// repeat nothing.
	Waiting func(Wait)

	// UserAgent names the tool, such as "licensectl/1.2.0"; empty:
	// "licensectl".
	UserAgent string
}

const defaultUserAgent = "licensectl"

func (c Config) validate() (serviceRoot, error) {
	root, err := parseRoot(c.Root)
	if err != nil {
		return serviceRoot{}, err
	}
	if c.Credential == nil {
		return serviceRoot{}, errors.New("no credential for Microsoft Graph")
	}
	return root, nil
}

func (c Config) scope(root serviceRoot) string {
	if c.Scope != "" {
		return c.Scope
	}
	return root.base + "/.default"
}

func (c Config) userAgent() string {
	if c.UserAgent != "" {
		return c.UserAgent
	}
	return defaultUserAgent
}

func (c Config) transporter() policy.Transporter {
	switch t := c.Transport.(type) {
	case nil:
		return &http.Client{Transport: NewTransport(), CheckRedirect: stayHere}
	case *http.Client:
		client := *t
		client.CheckRedirect = stayHere
		return &client
	default:
		return t
	}
}

// NewTransport is Go's own with room for as many connections as writers
// run, with one for more of a page at a time, and with a look at silent HTTP/2
// connections, which a NAT may have dropped.
func NewTransport() *http.Transport {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		base = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t := base.Clone()
	t.MaxIdleConnsPerHost = 64
	t.ReadBufferSize = 64 << 10
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second}
	return t
}

// stayHere makes an http.Client hand a redirect back instead of following it
// with the token.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

package auth

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/licensectl/licensectl/pkg/internal/blot"
)

// Method is a way to sign in.
type Method string

// The methods. Default takes Env where a client secret or certificate is set,
// Workload where a federated token is, and otherwise whatever the machine
// offers: a managed identity, then the developer tools that are signed in.
const (
	Default  Method = "default"
	CLI      Method = "cli"      // the account of the Azure CLI
	Env      Method = "env"      // a client secret or certificate from the environment
	Workload Method = "workload" // a federated token: Kubernetes, GitHub Actions, other pipelines
	Managed  Method = "managed"  // the identity of the Azure machine
	Device   Method = "device"   // a person with a browser elsewhere
	Token    Method = "token"    // an access token from the environment

	// ManagedApp is an application, of one tenant or of many, that takes the
	// identity of the Azure machine for its credential.
	ManagedApp Method = "managed-app"
)

// Methods gives the methods in the order in which help lists them.
func Methods() []Method {
	return []Method{Default, CLI, Env, Workload, Managed, ManagedApp, Device, Token}
}

// FindMethod gives the method of that name; no name means Default.
func FindMethod(name string) (Method, error) {
	if name == "" {
		return Default, nil
	}
	if slices.Contains(Methods(), Method(name)) {
		return Method(name), nil
	}
	names := make([]string, 0, len(Methods()))
	for _, m := range Methods() {
		names = append(names, string(m))
	}
	return "", fmt.Errorf("unknown way to sign in %q: choose one of %s", name, strings.Join(names, ", "))
}

// The variables that are read. Those of azidentity mean what they mean to
// every tool that uses it.
const (
	envTenantID       = "AZURE_TENANT_ID"
	envClientID       = "AZURE_CLIENT_ID"
	envSecret         = "AZURE_CLIENT_SECRET"
	envCertificate    = "AZURE_CLIENT_CERTIFICATE_PATH"
	envCertPassword   = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	envFederatedToken = "AZURE_FEDERATED_TOKEN_FILE"
	envAuthorityHost  = "AZURE_AUTHORITY_HOST"
	envCredentials    = "AZURE_TOKEN_CREDENTIALS"
	envUserName       = "AZURE_USERNAME"

	// EnvAccessToken holds the access token of method Token.
	EnvAccessToken = "LICENSECTL_ACCESS_TOKEN"
)

// Options say how to sign in. The zero Options sign in to the global cloud by
// method Default.
type Options struct {
	Method Method
	Cloud  string // a name that FindCloud knows

	// TenantID and ClientID win over AZURE_TENANT_ID and AZURE_CLIENT_ID.
	TenantID string
	ClientID string

	// ManagedIdentity is the client id of the machine's identity, of several, for
	// methods Managed and ManagedApp; empty: the only one, and for Managed that
	// of ClientID.
	ManagedIdentity string

	// AuthorityURL replaces the authority of the cloud, and so does
	// AZURE_AUTHORITY_HOST where it is empty. It is https without a path. A
	// host that is not Microsoft's is trusted as it is: nothing is looked up
	// about it.
	AuthorityURL string

	// Getenv reads the environment; nil: it is empty. (azidentity itself reads
	// that of the process for managed identities and for what Default falls
	// back to.)
	Getenv func(string) string

	// ReadFile reads a certificate; nil: os.ReadFile.
	ReadFile func(string) ([]byte, error)

	// Transport carries the requests for tokens; nil: HTTP. It must not follow
	// redirects; an *http.Client is made not to, on a copy.
	Transport policy.Transporter

	// Learn is told every secret that signing in sends or gets, before anything
	// of it can stand in an error; nil: nobody wants to know. It is called from
	// several goroutines.
	Learn func(secret string)

	// Prompt is where method Device tells the user what to do.
	Prompt io.Writer

	learned *blot.Secrets // what the credential of New sent or got
}

// learns takes note of a secret.
func (o Options) learns(secret string) {
	if secret == "" {
		return
	}
	o.learned.Add(secret)
	if o.Learn != nil {
		o.Learn(secret)
	}
}

func (o Options) getenv(name string) string {
	if o.Getenv == nil {
		return ""
	}
	return o.Getenv(name)
}

func (o Options) readFile(name string) ([]byte, error) {
	if o.ReadFile == nil {
		return os.ReadFile(name)
	}
	return o.ReadFile(name)
}

func (o Options) tenantID() string { return firstOf(o.TenantID, o.getenv(envTenantID)) }

func (o Options) clientID() string { return firstOf(o.ClientID, o.getenv(envClientID)) }

func (o Options) clientOptions(a authority) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:            cloud.Configuration{ActiveDirectoryAuthorityHost: a.url + "/"},
		Transport:        o.staying(),
		PerRetryPolicies: []policy.Policy{wire{hosts: a.hosts(), learn: o.learns}},
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

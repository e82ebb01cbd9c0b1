package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// The metadata service of an Azure machine answers within a second or two. What
// stands at its address elsewhere, a proxy or a firewall, may refuse, keep
// silent, or answer 404, which azidentity takes for a machine that starts.
const (
	probeLimit   = time.Second      // for any answer at all, where others come next
	chainLimit   = 5 * time.Second  // for a token, where others come next
	managedLimit = 30 * time.Second // for a token, where there is nobody else
)

// imdsAddress is where the metadata service is, unless the environment names
// another (Azure docs, instance metadata service).
const imdsAddress = "http://169.254.169.254/metadata/identity/oauth2/token"

// bounded is the identity of a machine, whose answer is waited for so long.
type bounded struct {
	azcore.TokenCredential
	limit time.Duration
}

func (c bounded) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	limited, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	token, err := c.TokenCredential.GetToken(limited, opts)
	if err == nil || ctx.Err() != nil {
		return token, err
	}
	return token, &machineError{limit: c.limit, late: limited.Err() != nil, last: machineSaid(ctx), err: err}
}

// machineError is an identity of the machine that gives no token.
type machineError struct {
	limit time.Duration
	late  bool
	last  string // what the metadata service said last; empty: it was not asked
	err   error
}

func (e *machineError) Error() string {
	text := withoutDumps(e.err.Error())
	if e.late {
		text = fmt.Sprintf("the metadata service of this machine gave no token within %s", e.limit)
	}
	if e.last != "" {
		text += " (" + e.last + ")"
	}
	return text
}

// Unwrap gives azidentity's error.
func (e *machineError) Unwrap() error { return e.err }

// optional is a credential after which others are tried, whatever it fails
// with.
type optional struct {
	azcore.TokenCredential
	name string
}

func (c optional) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, opts)
	if err == nil || ctx.Err() != nil {
		return token, err
	}
	return token, azidentity.NewCredentialUnavailableError(c.name + ": " + withoutDumps(err.Error()))
}

// probed is a machine's identity that is asked for only where something
// answers at the address of the metadata service: a packet to nowhere would be
// waited for.
type probed struct {
	azcore.TokenCredential
	transport policy.Transporter
}

func (c probed) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := c.probe(ctx); err != nil {
		return azcore.AccessToken{}, errors.New("nothing answers at the address of a metadata service")
	}
	return c.TokenCredential.GetToken(ctx, opts)
}

// probe asks without the header that a token needs.
func (c probed) probe(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, imdsAddress, nil)
	if err != nil {
		return err
	}
	resp, err := c.transport.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// chain is what method Default falls back to, in the order of the Azure SDKs:
// the machine, then the tools. The SDK's own chain ends where something that is
// no metadata service refuses at its address.
func (m maker) chain() (azcore.TokenCredential, error) {
	var sources []azcore.TokenCredential
	var missing []error
	add := func(name string, credential azcore.TokenCredential, err error) {
		if err != nil {
			missing = append(missing, fmt.Errorf("%s: %w", name, err))
			return
		}
		sources = append(sources, optional{credential, name})
	}
	machine, err := m.identity(policy.RetryOptions{MaxRetries: 1, RetryDelay: 500 * time.Millisecond})
	machine = bounded{machine, chainLimit}
	if !m.namesMetadata() {
		machine = probed{machine, m.staying()}
	}
	add("managed identity", machine, err)
	cli, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: m.tenantID()})
	add("Azure CLI", cli, err)
	azd, err := azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: m.tenantID()})
	add("Azure Developer CLI", azd, err)
	shell, err := azidentity.NewAzurePowerShellCredential(&azidentity.AzurePowerShellCredentialOptions{TenantID: m.tenantID()})
	add("Azure PowerShell", shell, err)
	if len(sources) == 0 {
		return nil, errors.Join(missing...)
	}
	return azidentity.NewChainedTokenCredential(sources, nil)
}

// machineAlone reports whether AZURE_TOKEN_CREDENTIALS leaves nobody but the
// machine.
func (o Options) machineAlone() bool {
	narrowed := o.getenv(envCredentials)
	return strings.EqualFold(narrowed, "ManagedIdentityCredential") ||
		narrowed == "prod" && len(o.set(envSecret, envCertificate, envFederatedToken, envUserName)) == 0
}

// namesMetadata reports whether the environment names a metadata service.
func (m maker) namesMetadata() bool {
	return len(m.set("IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")) > 0
}

// identity is that of the machine. The zero RetryOptions are azidentity's.
func (m maker) identity(retry policy.RetryOptions) (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: m.clientOptions(m.authority)}
	options.Retry = retry
	if id := m.machineID(); id != "" {
		options.ID = azidentity.ClientID(id)
	}
	return azidentity.NewManagedIdentityCredential(options)
}

// managed waits for the machine alone.
func (m maker) managed() (azcore.TokenCredential, error) {
	credential, err := m.identity(policy.RetryOptions{})
	if err != nil {
		return nil, err
	}
	return bounded{credential, managedLimit}, nil
}

// machineID is the client id of the machine's identity; empty: its only one. The
// client of method ManagedApp is the application, not the machine.
func (m maker) machineID() string {
	if m.Method == ManagedApp {
		return m.ManagedIdentity
	}
	return firstOf(m.ManagedIdentity, m.clientID())
}

// managedApp signs an application in with a token of the machine's identity as
// its assertion (Microsoft Learn, "Configure an application to trust a managed
// identity", 2025): a managed identity is of its own tenant alone, and an
// application can be in many.
func (m maker) managedApp() (azcore.TokenCredential, error) {
	if missing := m.missingApp(); len(missing) > 0 {
		return nil, missingSettings(missing)
	}
	machine, err := m.managed()
	if err != nil {
		return nil, err
	}
	scope := exchangeAudience(m.Cloud) + "/.default"
	assertion := func(ctx context.Context) (string, error) {
		token, err := machine.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		return token.Token, err
	}
	return azidentity.NewClientAssertionCredential(m.tenantID(), m.clientID(), assertion, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
	})
}

// exchangeAudience is what the token of a machine has to be for, to be exchanged
// for one of an application (the same page).
func exchangeAudience(cloud string) string {
	switch cloud {
	case "usgov", "usgov-dod":
		return "api://AzureADTokenExchangeUSGov"
	case "china":
		return "api://AzureADTokenExchangeChina"
	}
	return "api://AzureADTokenExchange"
}

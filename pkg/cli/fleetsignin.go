package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/fleet"
)

// The variables of azidentity that a tenant is given anew.
const (
	azureTenant       = "AZURE_TENANT_ID"
	azureClient       = "AZURE_CLIENT_ID"
	azureSecret       = "AZURE_CLIENT_SECRET"
	azureCertificate  = "AZURE_CLIENT_CERTIFICATE_PATH"
	azureCertPassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	azureFederated    = "AZURE_FEDERATED_TOKEN_FILE"
)

// kept are the variables of the process that settle who signs in, and that no
// tenant is given as they are.
func withheld() []string {
	return []string{
		azureTenant, azureClient, azureSecret, azureCertificate, azureCertPassword, azureFederated,
		"AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_TOKEN_CREDENTIALS",
		accessTokenVariable, "LICENSECTL_TENANT_ID", "LICENSECTL_CLIENT_ID", "LICENSECTL_AUTH", "LICENSECTL_CLOUD", "LICENSECTL_EMULATE",
		"LICENSECTL_GRAPH_URL", "LICENSECTL_AUTHORITY_URL",
	}
}

// missingSecretError is a variable that a fleet names and nobody has set.
type missingSecretError struct{ variable string }

func (e *missingSecretError) Error() string { return "the variable " + e.variable + " is not set" }

// environ gives the environment of one tenant: that of the process, without
// whatever signs anybody else in, and with what signs this one in.
func (r *fleetRun) environ(t fleet.Tenant) ([]string, error) {
	out := slices.DeleteFunc(slices.Clone(r.app.env.Environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(withheld(), name) || slices.Contains(r.secrets, name)
	})
	set := func(name, value string) {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	given := r.app.env.getenv
	s := t.SignIn
	switch {
	case r.emulate != "":
	case s.SecretEnv != "":
		if given(s.SecretEnv) == "" {
			return nil, (&failure{code: CodeAuth, what: "not signed in"}).because(&missingSecretError{s.SecretEnv}, "set it where the command runs; the fleet names it as secretEnv")
		}
		set(azureSecret, given(s.SecretEnv))
	case s.Certificate != "":
		set(azureCertificate, r.beside(s.Certificate))
		if s.PasswordEnv != "" {
			set(azureCertPassword, given(s.PasswordEnv))
		}
	case s.Federated != "":
		set(azureFederated, r.beside(s.Federated))
	case t.Shared:
		// The application is that of the process, and so are its secrets.
		for _, name := range []string{azureSecret, azureCertificate, azureCertPassword} {
			if usesSecret(s.Auth) {
				set(name, given(name))
			}
		}
		fallthrough
	default:
		set(azureFederated, given(azureFederated))
	}
	return out, nil
}

// usesSecret reports whether a way to sign in takes the secret of the process.
func usesSecret(method string) bool {
	return method == "" || method == string(auth.Default) || method == string(auth.Env)
}

// connection gives the flags that name a tenant and how to sign in to it.
func (r *fleetRun) connection(t fleet.Tenant) []string {
	out := []string{"--tenant-id=" + t.TenantID.String()}
	if client := clientOf(t, r.app.env); client != "" {
		out = append(out, "--client-id="+client)
	}
	if r.emulate != "" {
		return append(out, "--emulate="+filepath.Join(r.emulate, t.Name+".yaml"))
	}
	out = append(out, "--cloud="+t.Cloud, "--auth="+methodOf(t.SignIn))
	if r.addresses.graphURL != "" {
		out = append(out, "--graph-url="+r.addresses.graphURL)
	}
	if r.addresses.authorityURL != "" {
		out = append(out, "--authority-url="+r.addresses.authorityURL)
	}
	if id := t.SignIn.ManagedIdentity; id != "" {
		out = append(out, "--machine-id="+id)
	}
	return out
}

// clientOf is the application of a tenant. Without a word of the fleet it is
// that of the process.
func clientOf(t fleet.Tenant, env Env) string {
	if t.ClientID != "" {
		return t.ClientID
	}
	return env.getenv(azureClient)
}

// methodOf gives the way to sign in.
func methodOf(s fleet.SignIn) string {
	switch {
	case s.SecretEnv != "" || s.Certificate != "":
		return string(auth.Env)
	case s.Federated != "":
		return string(auth.Workload)
	case s.Auth != "":
		return s.Auth
	}
	return string(auth.Default)
}

// rate gives the flag of a tenant's own pace of writing.
func rate(t fleet.Tenant) []string {
	if t.WriteRate == 0 {
		return nil
	}
	return []string{fmt.Sprintf("--write-rate=%g", t.WriteRate)}
}

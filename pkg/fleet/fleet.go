package fleet

import (
	"cmp"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Fleet is what a document of kind Fleet says, with its defaults folded into
// the tenants.
type Fleet struct {
	Name    string
	Source  plan.Source
	Guards  Guards
	Writes  Quota
	Tenants []Tenant // in the order of the document; names and ids are there once each
}

// Tenant is one tenant of a fleet: whose it is, how it is signed in to, and
// which manifests are its own.
type Tenant struct {
	Name     string // fit for the name of a folder
	Source   plan.Source
	TenantID license.GUID
	Cloud    string // a name that package auth knows
	ClientID string // of the application; empty: that of the environment
	SignIn   SignIn

	// Paths lead to its manifests, relative to the folder of the document, with
	// forward slashes: those of the defaults first.
	Paths []string

	Labels    map[string]string // nil: none
	WriteRate float64           // writes per second; 0: as the command has it

	// Shared tells that the application is that of the defaults, or of the
	// environment, so that their secret is meant for it.
	Shared bool
}

// SignIn says how a tenant is signed in to. At most one of SecretEnv,
// Certificate and Federated is given. The zero SignIn takes what the
// environment offers.
type SignIn struct {
	Auth            string // a method of package auth; empty: by what is given below
	SecretEnv       string // the variable that holds the client secret
	Certificate     string // the file of certificate and key, relative to the document
	PasswordEnv     string // the variable that holds the password of the certificate
	Federated       string // the file of a federated token, relative to the document
	ManagedIdentity string // the client id of the machine's identity; empty: its own
}

// Quota is what one application may write over all tenants.
type Quota struct {
	Count int
	Per   time.Duration
}

// DefaultQuota is the documented quota of one application over all tenants
// (Graph docs, throttling limits of the identity and access service, 2026-02).
func DefaultQuota() Quota { return Quota{Count: 35_000, Per: 5 * time.Minute} }

// Application tells applications apart that have a quota of their own each.
type Application struct{ Cloud, ClientID string }

// Application is who writes to the tenant.
func (t Tenant) Application() Application { return Application{t.Cloud, t.ClientID} }

// Guards are the limits over all tenants.
type Guards struct {
	MaxTenantsChanged plan.Limit
	MaxRemovals       plan.Limit
}

// GuardName names a limit over all tenants.
type GuardName string

// The limits over all tenants, in the order in which they are shown.
const (
	MaxTenantsChanged GuardName = "maxTenantsChanged"
	MaxRemovals       GuardName = "maxRemovals"
)

// GuardNames lists the limits over all tenants.
func GuardNames() []GuardName { return []GuardName{MaxTenantsChanged, MaxRemovals} }

// DefaultGuards are the limits where the document gives none.
func DefaultGuards() Guards {
	return Guards{MaxTenantsChanged: plan.Limit{Count: 20, Percent: 10}, MaxRemovals: plan.Limit{Count: 100, Percent: 2}}
}

func byName(a, b Tenant) int { return cmp.Compare(a.Name, b.Name) }

// SecretVariables lists the variables that hold the secrets of tenants, sorted.
func (f Fleet) SecretVariables() []string {
	var out []string
	for _, t := range f.Tenants {
		for _, name := range []string{t.SignIn.SecretEnv, t.SignIn.PasswordEnv} {
			if name != "" {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

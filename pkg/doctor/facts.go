package doctor

import (
	"time"
)

// Facts are what was found out. Nil and zero values stand for what was not.
type Facts struct {
	Environment EnvironmentFacts
	SignIn      SignInFacts
	Tenant      TenantFacts
	Service     ServiceFacts
	Local       LocalFacts

	Needs    []Need   // of all verbs
	Required []string // the verbs that have to work; the others are told of
	Chosen   bool     // Required was asked for, so that the other verbs do not matter

	Now time.Time
}

// Problem is what went wrong, and what to do about it where that is known.
type Problem struct {
	Text string
	Fix  string
}

// EnvironmentFacts are about variables, flags and files that they name.
type EnvironmentFacts struct {
	Credential string    // the method and why that one; empty: not known
	Incomplete *Problem  // what the method lacks
	Mistakes   []Problem // settings that are unknown or make no sense
	Conflicts  []Problem // settings at odds with one another, or without effect

	Proxy        string // the proxy to Microsoft Graph, without a password; empty: none
	ProxyProblem *Problem

	CertFile        string // the path of SSL_CERT_FILE; empty: not set
	CertFileProblem *Problem
	Certificates    int // in the file
}

// SignInFacts are about the token.
type SignInFacts struct {
	TokenService *Call // nil: it was not asked by itself
	Problem      *Problem
	Identity     *Identity // nil: there is no token, or it says nothing
	Opaque       bool      // there is a token, and it says nothing
	Audiences    []string  // any of these is right
}

// Identity is what a token says of its bearer.
type Identity struct {
	Name      string // of the user, or the app's id
	Delegated bool   // an app on behalf of a signed-in user
	TenantID  string
	Audience  []string
	Expires   time.Time // zero: it does not say

	Permissions    []string // application permissions, or delegated ones
	DirectoryRoles []string // template ids; empty: the token does not say
}

// TenantFacts are about which tenant it is.
type TenantFacts struct {
	Expected     string // the id; empty: any
	ExpectedBy   string // what names it
	ID           string // as the service says; empty: it was not read
	Name         string
	Disagreement *Problem // the settings name two tenants
}

// ServiceFacts are how Microsoft Graph answered.
type ServiceFacts struct {
	Organization *Call // nil: not asked
	Products     *Call
	Users        *Call

	Skew *time.Duration // the service's clock less ours; nil: not known

	// Throttle is how much of a limit is used up, from 0.8 on, where 1 is the
	// limit; 0: the service did not say.
	Throttle float64
}

// Call is one question to a service.
type Call struct {
	Took    time.Duration
	Problem *Problem
	Denied  bool // the service answered that it is not allowed
}

// LocalFacts are about the working folder.
type LocalFacts struct {
	Manifests       string   // what was looked at; empty: there are none
	Documents       int      //
	ManifestProblem *Problem //
	Sample          bool     // they are those of the demo, whose tenant is made up

	StateFolder  string
	StateProblem *Problem
	Locked       bool // another apply holds the lock
}

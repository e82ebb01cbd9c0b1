package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// Target says which tenant to talk to, as whom, and by which way.
type Target struct {
	TenantID license.GUID // the only tenant that may answer; zero: any

	// Graph says how to reach Microsoft Graph: without a root it is that of the
	// cloud. Credential, scope and user agent are filled in.
	Graph graph.Config

	// SignIn says how to sign in, and in which cloud the tenant is. Secrets are
	// told to the session.
	SignIn auth.Options

	// Names are what messages call the settings.
	Names TargetNames
}

// TargetNames are the names of settings where a person set them, such as
// "--tenant-id".
type TargetNames struct {
	TenantID  string
	GraphRoot string
}

// Connection is a tenant that can be talked to. Nothing has been sent yet.
type Connection struct {
	target Target
}

// Connect prepares talking to a tenant. The error is an *auth.Error, or a
// *Failure where the settings cannot be meant.
func (s *Session) Connect(t Target) (*Connection, error) {
	c := s.Address(t)
	return c, c.Authenticate()
}

// Address is Connect without a credential, for whoever looks at the settings
// first. Authenticate completes it.
func (s *Session) Address(t Target) *Connection {
	t.SignIn.Learn = s.Secrets.Add
	t.Graph.UserAgent = s.Tool.Name + "/" + s.Tool.Version
	return &Connection{target: t}
}

// Authenticate completes a connection with the credential and the addresses of
// its cloud. The errors are those of Connect.
func (c *Connection) Authenticate() error {
	credential, err := auth.New(c.target.SignIn)
	if _, isSignIn := errors.AsType[*auth.Error](err); err != nil && !isSignIn {
		return misused(fmt.Sprintf("signing in: %s", err), "")
	}
	if err != nil {
		return err
	}
	c.target.Graph.Credential = credential
	c.target.Graph.Scope = c.Cloud().Scope()
	c.target.Graph.Root = c.Root()
	return nil
}

// Reader gives the reading half of the tenant.
func (c *Connection) Reader() (*graph.Reader, error) {
	reader, err := graph.NewReader(c.target.Graph)
	if err != nil {
		return nil, c.misaddressed(err)
	}
	return reader, nil
}

// misaddressed is the failure of an address that cannot be used.
func (c *Connection) misaddressed(err error) *Failure {
	return misused(fmt.Sprintf("%s: %s", c.target.Names.GraphRoot, err), "")
}

// Expects gives the only tenant that may be talked to: the policy's, or the
// one of the target. Zero: any. The error is a *Failure where the two differ.
func (c *Connection) Expects(policy license.GUID) (license.GUID, error) {
	none, named := license.GUID{}, c.target.TenantID
	if policy != none && named != none && policy != named {
		return none, (&Failure{Kind: KindAuth, What: "this is the wrong tenant"}).because(
			fmt.Sprintf("%s names tenant %s, and the policy is for tenant %s", c.target.Names.TenantID, named, policy),
			"sign in to the tenant of the policy, or correct its tenantId")
	}
	if policy != none {
		return policy, nil
	}
	return named, nil
}

// permits gives a function that reports whether the token names a permission
// of the application that a call needs. What a signed-in user may do depends on
// their roles, which a token need not name. The token is looked into once, and
// only where that is asked.
func (c *Connection) permits(ctx context.Context) func(graph.Op) bool {
	roles := sync.OnceValue(func() []string {
		claims, err := c.identify(context.WithoutCancel(ctx))
		if err != nil {
			return nil
		}
		return claims.Roles
	})
	return func(op graph.Op) bool {
		return slices.ContainsFunc(op.Permission().Application, func(p string) bool { return slices.Contains(roles(), p) })
	}
}

// identify signs in and says who that is. The errors are those of
// auth.Identify.
func (c *Connection) identify(ctx context.Context) (auth.Claims, error) {
	return auth.Identify(ctx, c.target.Graph.Credential, c.target.Graph.Scope)
}

// Cloud is the cloud of the tenant.
func (c *Connection) Cloud() auth.Cloud {
	cloud, err := auth.FindCloud(c.target.SignIn.Cloud)
	if err != nil {
		return auth.Clouds()[0] // auth.New refuses the name
	}
	return cloud
}

// Root is the address of Microsoft Graph.
func (c *Connection) Root() string {
	if c.target.Graph.Root != "" {
		return c.target.Graph.Root
	}
	return c.Cloud().GraphRoot
}

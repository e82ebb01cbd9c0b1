package cli

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
)

// connectionFlags say which tenant to talk to, and as whom.
type connectionFlags struct {
	tenantID     string
	clientID     string
	auth         string
	cloud        string
	graphURL     string
	authorityURL string
	emulate      string
}

// connectionSettings are the settings of every verb that talks to a tenant.
func connectionSettings(c *connectionFlags) []setting {
	return []setting{
		{flag: "tenant-id", target: &c.tenantID, value: "ID", usage: "the ID or domain of the tenant to sign in to"},
		{flag: "client-id", target: &c.clientID, value: "ID", usage: "the ID of the app to sign in as"},
		{flag: "auth", target: &c.auth, value: "METHOD", words: methodWords(), usage: "how to sign in (token reads " + accessTokenVariable + ")"},
		{flag: "cloud", target: &c.cloud, value: "CLOUD", words: cloudWords(), usage: "the cloud of the tenant"},
		{flag: "graph-url", target: &c.graphURL, value: "URL", usage: "the URL of Microsoft Graph without /v1.0, where it is not the cloud's own"},
		{flag: "authority-url", target: &c.authorityURL, value: "URL", usage: "the URL of the token service, where it is not the cloud's own"},
		{flag: "emulate", target: &c.emulate, value: "FILE", usage: "run against the emulated tenant of this FILE; changes are kept beside it"},
	}
}

func methodWords() []string {
	var out []string
	for _, m := range auth.Methods() {
		out = append(out, string(m))
	}
	return out
}

func cloudWords() []string {
	var out []string
	for _, c := range auth.Clouds() {
		out = append(out, c.Name)
	}
	return out
}

// register adds the connection flags to a command, as a group of their own in
// its help.
func (c *connectionFlags) register(cmd *cobra.Command) {
	c.auth, c.cloud = string(auth.Default), auth.GlobalCloud
	for _, s := range connectionSettings(c) {
		s.register(cmd, cmd.Flags())
		inGroup(cmd.Flags(), groupConnection, s.flag)
	}
}

// checkEmulate refuses flags that have no meaning beside --emulate. Variables
// of the environment are just not used.
func (c *connectionFlags) checkEmulate(cmd *cobra.Command) error {
	if c.emulate == "" {
		return nil
	}
	return refuseBeside(cmd, "emulate", "auth", "cloud", "graph-url", "authority-url")
}

// connection is a tenant that can be talked to. Nothing has been sent yet.
type connection struct {
	graph    graph.Config
	cloud    string
	tenantID license.GUID // the one that the flags name; zero: any
	emulated *emulation   // nil: a real tenant
	signIn   auth.Options
}

// reader gives the reading half of the tenant.
func (c *connection) reader() (*graph.Reader, error) {
	reader, err := graph.NewReader(c.graph)
	if err != nil {
		return nil, usagef("--graph-url: %s", err)
	}
	return reader, nil
}

// expects gives the only tenant that may be talked to: the policy's, or the
// one that the flags name. Zero: any.
func (c *connection) expects(policyTenant license.GUID) (license.GUID, error) {
	none := license.GUID{}
	if policyTenant != none && c.tenantID != none && policyTenant != c.tenantID {
		return none, (&failure{code: CodeAuth, what: "this is the wrong tenant"}).because(
			usagef("--tenant-id names tenant %s, and the policy is for tenant %s", c.tenantID, policyTenant),
			"sign in to the tenant of the policy, or correct its tenantId")
	}
	if policyTenant != none {
		return policyTenant, nil
	}
	return c.tenantID, nil
}

// connect prepares talking to the tenant that the flags name.
func (a *app) connect(f connectionFlags) (*connection, error) {
	conn, err := a.address(f)
	if err != nil {
		return nil, err
	}
	if conn.emulated == nil {
		if err := checkProxies(a.env); err != nil {
			return nil, err
		}
	}
	return conn, conn.authenticate()
}

// address settles which tenant the flags name, and how to sign in to it. There
// is no credential yet.
func (a *app) address(f connectionFlags) (*connection, error) {
	suspectFlags(a.secrets, f)
	conn := &connection{cloud: auth.GlobalCloud}
	if id, err := license.ParseGUID(f.tenantID); err == nil {
		conn.tenantID = id
	}
	conn.signIn = auth.Options{TenantID: f.tenantID, ClientID: f.clientID, Getenv: a.env.getenv, Prompt: a.console.screen, ReadFile: readCertificate, Learn: a.secrets.Add}
	transport := a.env.Transport
	if f.emulate != "" {
		emulated, err := openEmulation(f.emulate)
		if err != nil {
			return nil, err
		}
		conn.emulated, transport = emulated, emulated.emulator.Transport()
		emulated.signIn(&conn.signIn)
	} else {
		conn.cloud = f.cloud
		conn.signIn.Method, conn.signIn.Cloud, conn.signIn.AuthorityURL = auth.Method(f.auth), f.cloud, f.authorityURL
		conn.graph.Root = f.graphURL
	}
	conn.graph.Waiting = a.newWaits().tell
	conn.graph.UserAgent = toolName + "/" + a.env.Version
	if transport != nil {
		client := &http.Client{Transport: transport}
		conn.signIn.Transport, conn.graph.Transport = client, client
	}
	return conn, nil
}

// authenticate completes a connection with the credential and the addresses
// of its cloud.
func (c *connection) authenticate() error {
	credential, err := auth.New(c.signIn)
	if _, isSignIn := errors.AsType[*auth.Error](err); err != nil && !isSignIn {
		return usagef("signing in: %s", err)
	}
	if err != nil {
		return err
	}
	c.graph.Credential = credential
	c.graph.Scope = c.place().Scope()
	c.graph.Root = c.root()
	return nil
}

// permits gives a function that reports whether the token names a permission
// of the application that a call needs. What a signed-in user may do depends on
// their roles, which a token need not name. The token is looked into once, and
// only where that is asked.
func (c *connection) permits(ctx context.Context) func(graph.Op) bool {
	roles := sync.OnceValue(func() []string {
		claims, err := auth.Identify(context.WithoutCancel(ctx), c.graph.Credential, c.graph.Scope)
		if err != nil {
			return nil
		}
		return claims.Roles
	})
	return func(op graph.Op) bool {
		return slices.ContainsFunc(op.Permission().Application, func(p string) bool { return slices.Contains(roles(), p) })
	}
}

// place is the cloud of the tenant.
func (c *connection) place() auth.Cloud {
	clouds := auth.Clouds()
	i := slices.IndexFunc(clouds, func(p auth.Cloud) bool { return p.Name == c.cloud })
	return clouds[max(i, 0)]
}

// root is the address of Microsoft Graph.
func (c *connection) root() string {
	if c.graph.Root != "" {
		return c.graph.Root
	}
	return c.place().GraphRoot
}

// audience is what a token has to be for.
func (c *connection) audience() string { return c.place().GraphRoot }

// readCertificate reads a certificate file, which is never large.
func readCertificate(path string) ([]byte, error) {
	const limit = 1 << 20
	return disk.ReadText(path, limit)
}

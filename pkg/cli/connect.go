package cli

import (
	"net/http"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/reconcile"
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

	managedIdentity string
}

// connectionSettings are the settings of every verb that talks to a tenant.
func connectionSettings(c *connectionFlags) []setting {
	return []setting{
		{flag: "tenant-id", target: &c.tenantID, value: "ID", usage: "the ID or domain of the tenant to sign in to"},
		{flag: "client-id", target: &c.clientID, value: "ID", usage: "the ID of the app to sign in as"},
		{flag: "auth", target: &c.auth, value: "METHOD", words: methodWords(), usage: "how to sign in (token reads " + accessTokenVariable + ")"},
		{flag: "machine-id", target: &c.managedIdentity, value: "ID", usage: "the client ID of the Azure machine's identity, where it has several (managed, managed-app)"},
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
	*reconcile.Connection
	emulated *emulation // nil: a real tenant
}

// connect prepares talking to the tenant that the flags name.
func (a *app) connect(f connectionFlags) (connection, error) {
	conn, err := a.address(f)
	if err != nil {
		return connection{}, err
	}
	if conn.emulated == nil {
		if err := checkProxies(a.env); err != nil {
			return connection{}, err
		}
	}
	return conn, conn.Authenticate()
}

// address settles which tenant the flags name, and how to sign in to it. There
// is no credential yet.
func (a *app) address(f connectionFlags) (connection, error) {
	suspectFlags(a.secrets, f)
	t := reconcile.Target{Names: reconcile.TargetNames{TenantID: "--tenant-id", GraphRoot: "--graph-url"}}
	if id, err := license.ParseGUID(f.tenantID); err == nil {
		t.TenantID = id
	}
	t.SignIn = auth.Options{TenantID: f.tenantID, ClientID: f.clientID, ManagedIdentity: f.managedIdentity, Getenv: a.env.getenv, Prompt: a.console.screen, ReadFile: readCertificate}
	t.Graph.Waiting = a.newWaits().tell
	transport := a.env.Transport
	var emulated *emulation
	if f.emulate != "" {
		var err error
		if emulated, err = openEmulation(f.emulate, emulator.Options{GroupDelay: a.env.EmulatedGroupDelay}); err != nil {
			return connection{}, err
		}
		transport = emulated.emulator.Transport()
		emulated.signIn(&t.SignIn)
	} else {
		t.SignIn.Method, t.SignIn.Cloud, t.SignIn.AuthorityURL = auth.Method(f.auth), f.cloud, f.authorityURL
		t.Graph.Root = f.graphURL
	}
	if transport != nil {
		client := &http.Client{Transport: transport}
		t.SignIn.Transport, t.Graph.Transport = client, client
	}
	return connection{a.session().Address(t), emulated}, nil
}

// readCertificate reads a certificate file, which is never large.
func readCertificate(path string) ([]byte, error) {
	const limit = 1 << 20
	return disk.ReadText(path, limit)
}

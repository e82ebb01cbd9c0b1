package auth

import (
	"fmt"
	"strings"
)

// Setup is what Options come to, told without making a credential.
type Setup struct {
	Method  Method
	Because string // what decided on the method

	Cloud     Cloud
	Authority string // the URL of the token service
	TenantID  string // as it is set; empty: the credential knows
	ClientID  string // the same

	Conflicts []Conflict
}

// Conflict is a setting that is at odds with another one, or without effect.
type Conflict struct {
	Text   string
	Advice string
}

// AsksAuthority reports whether this process asks the token service by itself,
// instead of another program or the machine that it runs on.
func (s Setup) AsksAuthority() bool {
	switch s.Method {
	case Env, Workload, ManagedApp, Device:
		return true
	}
	return false
}

// Describe says what the options come to. The error is a cloud, a method or an
// authority that makes no sense, as New gives it.
func Describe(o Options) (Setup, error) {
	cloud, err := FindCloud(o.Cloud)
	if err != nil {
		return Setup{}, err
	}
	authority, err := o.pickAuthority(cloud)
	if err != nil {
		return Setup{}, err
	}
	method, err := o.method()
	if err != nil {
		return Setup{}, err
	}
	return Setup{
		Method: method, Because: o.because(method), Cloud: cloud, Authority: authority.url,
		TenantID: o.tenantID(), ClientID: o.clientID(), Conflicts: o.conflicts(method, cloud, authority),
	}, nil
}

// because says what decided on the method.
func (o Options) because(method Method) string {
	switch {
	case o.Method != Default && o.Method != "":
		return "it was chosen"
	case o.getenv(envCredentials) != "":
		return envCredentials + " is set"
	case method == Env && o.getenv(envSecret) != "":
		return envSecret + " is set"
	case method == Env:
		return envCertificate + " is set"
	case method == Workload:
		return envFederatedToken + " is set"
	}
	return "neither " + envSecret + " nor " + envCertificate + " nor " + envFederatedToken + " is set"
}

// conflicts finds settings that do not go together.
func (o Options) conflicts(method Method, cloud Cloud, a authority) []Conflict {
	var out []Conflict
	add := func(advice, format string, args ...any) {
		out = append(out, Conflict{Text: fmt.Sprintf(format, args...), Advice: advice})
	}
	const pickOne = "unset the one that is not meant"
	if other := o.getenv(envTenantID); o.TenantID != "" && other != "" && !strings.EqualFold(o.TenantID, other) {
		add(pickOne, "--tenant-id (or its variable) wins over %s, which names another tenant", envTenantID)
	}
	if other := o.getenv(envClientID); o.ClientID != "" && other != "" && !strings.EqualFold(o.ClientID, other) {
		add(pickOne, "--client-id (or its variable) wins over %s, which names another app", envClientID)
	}
	for _, unused := range o.unused(method) {
		add("unset it, or choose the method that is meant with --auth", "%s is set, and method %s does not use it", unused, method)
	}
	if method == Env && o.getenv(envSecret) != "" && o.getenv(envCertificate) != "" {
		add(pickOne, "%s wins over %s", envSecret, envCertificate)
	}
	if a.known && a.url != cloud.Authority {
		add("let --cloud and the authority name the same cloud", "tokens come from %s, and --cloud %s takes those of %s", a.url, cloud.Name, cloud.Authority)
	}
	return out
}

// unused lists the secrets that are set and that the method has no use for.
func (o Options) unused(method Method) []string {
	uses := map[Method][]string{Env: {envSecret, envCertificate}, Workload: {envFederatedToken}, Token: {EnvAccessToken}}
	if method == Default {
		return o.set(EnvAccessToken)
	}
	var out []string
	for _, name := range o.set(envSecret, envCertificate, envFederatedToken, EnvAccessToken) {
		used := false
		for _, own := range uses[method] {
			used = used || own == name
		}
		if !used {
			out = append(out, name)
		}
	}
	return out
}

// set gives those of the variables that are set.
func (o Options) set(names ...string) []string {
	var out []string
	for _, name := range names {
		if o.getenv(name) != "" {
			out = append(out, name)
		}
	}
	return out
}

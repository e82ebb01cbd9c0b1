package auth

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Cloud is one of the separate deployments of Microsoft Graph. A token of one
// is worth nothing in another.
type Cloud struct {
	Name      string // as users write it
	GraphRoot string // without the version
	Authority string // where tokens come from
}

// GlobalCloud is the name of the cloud that is meant when nobody names one.
const GlobalCloud = "global"

// Clouds gives the clouds with a public Graph, the global one first (Graph
// docs, national cloud deployments). The two of the US government share an
// authority.
func Clouds() []Cloud {
	return []Cloud{
		{Name: GlobalCloud, GraphRoot: "https://graph.microsoft.com", Authority: "https://login.microsoftonline.com"},
		{Name: "usgov", GraphRoot: "https://graph.microsoft.us", Authority: "https://login.microsoftonline.us"},
		{Name: "usgov-dod", GraphRoot: "https://dod-graph.microsoft.us", Authority: "https://login.microsoftonline.us"},
		{Name: "china", GraphRoot: "https://microsoftgraph.chinacloudapi.cn", Authority: "https://login.chinacloudapi.cn"},
	}
}

// Scope is what a token for the Graph of this cloud is asked for with. It
// stays the same where Graph is reached by another address, such as a proxy's.
func (c Cloud) Scope() string { return c.GraphRoot + "/.default" }

// FindCloud gives the cloud of that name; no name means the global one.
func FindCloud(name string) (Cloud, error) {
	var names []string
	for _, cloud := range Clouds() {
		if cloud.Name == name || name == "" {
			return cloud, nil
		}
		names = append(names, cloud.Name)
	}
	return Cloud{}, fmt.Errorf("unknown cloud %q: choose one of %s", name, strings.Join(names, ", "))
}

// authority is where tokens come from, and whether Microsoft's list of
// authorities knows it. An unknown one is trusted on the user's word, without
// looking it up.
type authority struct {
	url   string
	known bool
}

// hosts gives where secrets may go: the host of the authority, and the other
// names of it that Microsoft uses (metadata of the authorities, as in MSAL).
func (a authority) hosts() []string {
	own := strings.TrimSuffix(strings.TrimPrefix(a.url, "https://"), ":443")
	for _, names := range [][]string{
		{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"},
		{"login.microsoftonline.us", "login.usgovcloudapi.net"},
		{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
	} {
		if a.known && names[0] == own {
			return names
		}
	}
	return []string{own}
}

// pickAuthority follows the order of the options: a URL of the user's own, the
// variable that azidentity honours, the cloud's.
func (o Options) pickAuthority(cloud Cloud) (authority, error) {
	name, text := "the authority of cloud "+cloud.Name, cloud.Authority
	if host := o.getenv(envAuthorityHost); host != "" {
		name, text = envAuthorityHost, host
	}
	if o.AuthorityURL != "" {
		name, text = "the authority URL", o.AuthorityURL
	}
	host, err := checkAuthority(text)
	if err != nil {
		return authority{}, fmt.Errorf("%s: %w", name, err)
	}
	ofMicrosoft := func(c Cloud) bool { return c.Authority == "https://"+host }
	return authority{url: "https://" + host, known: slices.ContainsFunc(Clouds(), ofMicrosoft)}, nil
}

// checkAuthority gives the host of an authority. azidentity takes https alone,
// loopback included.
func checkAuthority(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("not an address such as https://login.microsoftonline.com")
	case u.Scheme != "https":
		return "", fmt.Errorf("%s://%s must be https, on loopback too (SSL_CERT_FILE names a certificate of your own)", u.Scheme, u.Host)
	case strings.Trim(u.Path, "/") != "":
		return "", fmt.Errorf("https://%s must come without a path: the tenant is given by itself", u.Host)
	}
	return strings.ToLower(u.Host), nil
}

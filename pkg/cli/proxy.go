package cli

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/blot"
)

// proxyVariables are those that net/http goes by (golang.org/x/net/http/httpproxy).
func proxyVariables() []string {
	return []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}
}

func isProxyVariable(name string) bool { return slices.Contains(proxyVariables(), name) }

// checkProxies refuses a proxy that net/http would leave out in silence, or
// take for another: then the requests would go by another way than somebody
// has set up.
func checkProxies(env Env) error {
	for _, name := range proxyVariables() {
		if fault := proxyFault(env.getenv(name)); fault != "" {
			return usagef("the variable %s names no proxy that can be used: %s", name, fault).
				withHint("write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with what is no letter or digit in user and password as %%XX: %%23 for #, %%2F for /, %%40 for @, %%3A for :, %%25 for %%")
		}
	}
	return nil
}

// proxyFault says what is wrong with the address of a proxy, without a word of
// it; empty: nothing. An address without a scheme is one of http.
func proxyFault(value string) string {
	if value == "" {
		return ""
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err != nil:
		return "it is no address"
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return "its scheme is none of http, https, socks5 and socks5h"
	case u.Hostname() == "":
		return "it has no host"
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(value, "#"):
		return "after host and port something follows, as where a / or # or ? stands in the password"
	case !isHost(u.Hostname()) || u.Port() == "" && strings.HasSuffix(u.Host, ":"):
		return "what should be its host is none"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "its port is not one from 1 to 65535"
		}
	}
	return ""
}

// isHost reports whether a text is an address, or a name as the names of
// machines are.
func isHost(text string) bool {
	const longest = 253
	_, err := netip.ParseAddr(text)
	return err == nil || len(text) <= longest && hostName.MatchString(text) && !strings.HasPrefix(text, "eyJ")
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}\.?)*$`)

// suspectProxy adds the password of a proxy, also where the address cannot be
// read: then everything between the first colon and the last @.
func suspectProxy(secrets *blot.Secrets, value string) {
	_, rest, found := strings.Cut(value, "://")
	if !found {
		rest = value
	}
	if proxyFault(value) != "" {
		secrets.Add(rest)
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = rest[:at]
	} else if proxyFault(value) == "" {
		return
	}
	if strings.Contains(rest, ":") {
		addUser(secrets, rest)
	}
}

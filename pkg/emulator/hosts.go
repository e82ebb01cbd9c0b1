package emulator

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// graphHosts are the Graph hosts of the clouds. A token for one is no good at
// another.
var graphHosts = []string{
	"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
}

// isGraphHost reports whether a base URL is that of Graph in one of the clouds.
func isGraphHost(base string) bool {
	u, err := url.Parse(base)
	return err == nil && slices.Contains(graphHosts, strings.ToLower(u.Hostname()))
}

// isMetadataHost reports whether a base URL is that of the service on a virtual
// machine that tells who the machine is. In process every host is the emulator,
// this one too, and it is no machine with an identity: a client that looks for
// one goes on at once, where it would try again after a 501.
func isMetadataHost(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLinkLocalUnicast()
}

// isAudience reports whether a token's audience fits the host that was called.
// At a host that is not Microsoft's, the audience may be any Graph host or the
// host itself.
func isAudience(audience, base string) bool {
	if audience == graphAppID {
		return true
	}
	aud, err := url.Parse(audience)
	if err != nil {
		return false
	}
	called, err := url.Parse(base)
	if err != nil {
		return false
	}
	if slices.Contains(graphHosts, called.Hostname()) {
		return aud.Hostname() == called.Hostname()
	}
	return slices.Contains(graphHosts, aud.Hostname()) || sameHost(aud, called)
}

// sameHost reports whether two URLs mean one host. All loopback addresses are
// one host, on whatever port: the token service may listen on another.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Host, b.Host) || isLoopback(a.Hostname()) && isLoopback(b.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// resourceOf returns the resource that the requested scopes are of, as a
// token's audience, and the names of the scopes in it. Scopes without a
// resource are Graph's.
func resourceOf(scopes []string) (resource string, names []string) {
	resource = "https://graph.microsoft.com"
	for _, s := range scopes {
		i := strings.LastIndex(s, "/")
		if i > 0 {
			resource = strings.TrimSuffix(s[:i], "/")
		}
		if name := s[i+1:]; !isOpenIDScope(name) {
			names = append(names, name)
		}
	}
	return resource, names
}

func isOpenIDScope(name string) bool {
	return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, name)
}

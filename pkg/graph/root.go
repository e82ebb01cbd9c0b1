package graph

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
)

// version is the part of every path that picks the stable API.
const version = "/v1.0"

// serviceRoot is the one place that requests, and with them the token, go to.
type serviceRoot struct {
	base   string // scheme://host[:port], without a trailing slash
	origin origin
}

// origin is what two addresses must share to be the same place.
type origin struct{ scheme, host, port string }

func originOf(u *url.URL) origin {
	o := origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.port == "" {
		o.port = map[string]string{"https": "443", "http": "80"}[o.scheme]
	}
	return o
}

func parseRoot(text string) (serviceRoot, error) {
	if text == "" {
		return serviceRoot{}, errors.New("no Graph root: an address such as https://graph.microsoft.com is needed")
	}
	u, err := url.Parse(text)
	if err != nil {
		// url.Error repeats the text, which may hold a password.
		return serviceRoot{}, errors.New("the Graph root is not a valid address")
	}
	if err := checkRoot(u); err != nil {
		return serviceRoot{}, fmt.Errorf("graph root %q: %w", redacted(u), err)
	}
	return serviceRoot{base: strings.ToLower(u.Scheme) + "://" + u.Host, origin: originOf(u)}, nil
}

func checkRoot(u *url.URL) error {
	switch plain := strings.TrimSuffix(u.Path, "/"); {
	case u.Host == "" || u.Opaque != "":
		return errors.New("not an address with a scheme and a host, such as https://graph.microsoft.com")
	case u.User != nil:
		return errors.New("must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must not hold a query or a fragment")
	case plain == version || plain == "/beta":
		return fmt.Errorf("must be the root alone: leave %s out, it is added to every request", plain)
	case plain != "":
		return fmt.Errorf("must not hold a path such as %q", plain)
	}
	return checkScheme(u)
}

func checkScheme(u *url.URL) error {
	switch originOf(u).scheme {
	case "https":
		return nil
	case "http":
		if isLoopback(u.Hostname()) {
			return nil
		}
		return errors.New("plain http would send the token in the clear: use https (http is for loopback alone)")
	default:
		return fmt.Errorf("scheme %q is not https", u.Scheme)
	}
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// redacted is u without what might be a secret.
func redacted(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, Opaque: u.Opaque}).String()
}

// url gives the address of a path below the version, such as "/users", with
// its query, in escaped form, or without.
func (r serviceRoot) url(relative string) string { return r.base + version + relative }

// checkLink says why a next link must not be followed: it has to stay with
// the service and the version that it came from.
func (r serviceRoot) checkLink(link string) error {
	u, err := url.Parse(link)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		return errors.New("it is not an absolute address")
	case u.User != nil:
		return errors.New("it holds a user name")
	case originOf(u) != r.origin:
		return fmt.Errorf("it leads to %q, not to %s", u.Scheme+"://"+u.Host, r.base)
	case u.Fragment != "":
		return errors.New("it holds a fragment")
	case path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") || !strings.HasPrefix(u.Path, version+"/"):
		return fmt.Errorf("its path %q is not below %s/", u.Path, version)
	}
	return nil
}

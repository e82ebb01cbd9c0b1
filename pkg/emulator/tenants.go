package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/licensectl/licensectl/pkg/license"
)

// Tenants is a service of several tenants: each with a directory, a token
// service and quotas of its own, as New makes it. They share an address, and
// what one application may write over all of them. It is an http.Handler, and
// safe for concurrent use.
//
// Whose a request is, its path says where it names a tenant, as those for tokens
// do, and else its token. A token that another tenant has issued is refused.
type Tenants struct {
	byID    map[license.GUID]*Emulator
	byName  map[string]*Emulator // ids and default domains, in lower case
	ordered []*Emulator
}

// NewTenants starts a service of these tenants, which must differ in their ids
// and default domains. The options are those of each.
func NewTenants(tenants []Tenant, opts Options) (*Tenants, error) {
	if len(tenants) == 0 {
		return nil, fmt.Errorf("there is no tenant to emulate")
	}
	out := &Tenants{byID: map[license.GUID]*Emulator{}, byName: map[string]*Emulator{}}
	shared := newSharedMeter()
	for _, t := range tenants {
		e, err := New(t, opts)
		if err != nil {
			return nil, err
		}
		e.meter.shared = shared
		if err := out.add(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Tenants) add(e *Emulator) error {
	for _, name := range []string{e.dir.tenant.id.String(), strings.ToLower(e.dir.tenant.defaultDomain)} {
		if s.byName[name] != nil {
			return fmt.Errorf("two tenants are called %s", name)
		}
		s.byName[name] = e
	}
	s.byID[e.dir.tenant.id] = e
	s.ordered = append(s.ordered, e)
	return nil
}

// Tenant gives the tenant of an id; nil: there is none.
func (s *Tenants) Tenant(id license.GUID) *Emulator { return s.byID[id] }

// All gives the tenants in the order in which they were given.
func (s *Tenants) All() []*Emulator { return slices.Clone(s.ordered) }

// Transport returns a round tripper that answers every request, to whatever
// host, from the service, as that of one Emulator does.
func (s *Tenants) Transport() http.RoundTripper { return &transport{handler: s} }

// ServeHTTP hands a request to the tenant that it is for. What is nobody's the
// first tenant refuses.
func (s *Tenants) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.of(r).ServeHTTP(w, r) }

func (s *Tenants) of(r *http.Request) *Emulator {
	const tenantSegments = 2 // /{tenant}/… of the token service, /v1.0/{tenant}/… of Graph
	segments := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", tenantSegments+1)
	for _, segment := range segments[:min(len(segments), tenantSegments)] {
		if e := s.byName[strings.ToLower(segment)]; e != nil {
			return e
		}
	}
	if e := s.byName[tokenTenant(r.Header)]; e != nil {
		return e
	}
	// Whoever downloads a report has no token: the key says whose it is.
	waits := func(e *Emulator) bool { _, ok := e.reports.get(segments[len(segments)-1], e.now()); return ok }
	return s.ordered[max(0, slices.IndexFunc(s.ordered, waits))]
}

// tokenTenant gives the tenant that the token of a request names, without a look
// at whether the token is any good; empty: it has none, or it names none.
func tokenTenant(h http.Header) string {
	_, token, _ := strings.Cut(h.Get("Authorization"), " ")
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimSpace(token), &c); err != nil {
		return ""
	}
	return strings.ToLower(c.TenantID)
}

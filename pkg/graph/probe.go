package graph

import (
	"context"
	"net/http"
	"time"
)

// Prober asks the service short questions, to find out whether it answers and
// how. It reads only, and sends every request once: a failure is what it is
// there to show.
type Prober struct{ client *client }

// NewProber checks the configuration. It sends nothing.
func NewProber(cfg Config) (*Prober, error) {
	cfg.Waiting = nil // nothing is repeated
	c, err := newClient(cfg, noRetries())
	if err != nil {
		return nil, err
	}
	return &Prober{client: c}, nil
}

// Answer is what can be told of a reply besides what it says. After a failure
// it holds as much as there is.
type Answer struct {
	Took       time.Duration // of the request alone, without signing in
	ServerTime time.Time     // the service's clock, to the second; zero: not told

	// ThrottlePercentage is as in Reply.
	ThrottlePercentage float64
}

// Organization reads the tenant, as Reader does.
func (p *Prober) Organization(ctx context.Context) (Organization, Answer, error) {
	req := get(OpReadOrganization, p.client.root.url(organizationPath))
	body, ex, err := p.client.read(ctx, req)
	if err != nil {
		return Organization{}, ex.answer(), err
	}
	org, err := decodeOrganization(body)
	if err != nil {
		return Organization{}, ex.answer(), incomplete(req, ex, err)
	}
	return org, ex.answer(), nil
}

// Products asks for the products of the tenant.
func (p *Prober) Products(ctx context.Context) (Answer, error) {
	return p.try(ctx, get(OpReadSKUs, p.client.root.url(skusPath)))
}

// FirstUser asks for one user, whoever that is.
func (p *Prober) FirstUser(ctx context.Context) (Answer, error) {
	return p.try(ctx, get(OpListUsers, p.client.root.url("/users?$select=id&$top=1")))
}

// try sends a request whose answer has to be a page, of whatever.
func (p *Prober) try(ctx context.Context, req request) (Answer, error) {
	body, ex, err := p.client.read(ctx, req)
	if err != nil {
		return ex.answer(), err
	}
	if _, err := walkPage(body, (*walk).skip); err != nil {
		return ex.answer(), incomplete(req, ex, err)
	}
	return ex.answer(), nil
}

func (ex *exchange) answer() Answer {
	out := Answer{Took: ex.took, ThrottlePercentage: throttlePercentage(ex.header)}
	if at, err := http.ParseTime(ex.header.Get("Date")); err == nil {
		out.ServerTime = at
	}
	return out
}

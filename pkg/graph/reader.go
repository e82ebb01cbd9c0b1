package graph

import (
	"context"
	"iter"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
)

// PageSize is the largest page of users that Graph gives (Graph docs,
// user-list).
const PageSize = 999

// The addresses of what a tenant has one of.
const (
	organizationPath = "/organization?$select=id,displayName"
	skusPath         = "/subscribedSkus"
)

// Reader reads a tenant. Its calls are repeated, within bounds, where they
// fail for a passing reason: throttling (Retry-After is obeyed up to five
// minutes), concurrent requests, 5xx, broken connections. What they return is
// complete. A Reader is safe for concurrent use.
type Reader struct{ client *client }

// NewReader checks the configuration. It sends nothing.
func NewReader(cfg Config) (*Reader, error) {
	c, err := newClient(cfg, readRetries())
	if err != nil {
		return nil, err
	}
	return &Reader{client: c}, nil
}

// Organization is the tenant that the credential belongs to.
type Organization struct {
	ID          license.GUID
	DisplayName string // may be empty
}

// Organization reads the tenant. More than one organization, or none, is an
// *IncompleteError.
func (r *Reader) Organization(ctx context.Context) (Organization, error) {
	return readDocument(ctx, r.client, get(OpReadOrganization, r.client.root.url(organizationPath)), alone(decodeOrganization))
}

// SubscribedSKUs reads the SKUs of the tenant, sorted by part number, their
// plans by name. The seats of a SKU that has several rows are added up. No
// query options are sent: what the service accepts of them is documented in
// contradictory ways (Graph docs, subscribedsku-list; CSDL).
func (r *Reader) SubscribedSKUs(ctx context.Context) ([]license.SKU, error) {
	req := get(OpReadSKUs, r.client.root.url(skusPath))
	rows, err := gather(ctx, r.client, req, listOf(readSKU))
	if err != nil {
		return nil, err
	}
	skus, err := products(rows.items)
	if err != nil {
		return nil, incomplete(req, &exchange{}, err)
	}
	return skus, nil
}

// Me reads the signed-in user. An app that signs in as itself has none: the
// service refuses.
func (r *Reader) Me(ctx context.Context) (license.UserState, error) {
	return readDocument(ctx, r.client, get(OpReadMe, r.client.root.url("/me?$select="+userProperties)), alone(newUserReader(1).document))
}

// UserPages reads every user of the tenant, page by page as the service
// orders them. A page may be empty, and a user may be on two pages or on none
// where the tenant changes meanwhile. The sequence ends with the first error;
// only one that ends without has shown everything. An error of which
// IsBrokenOff is true is one after which to begin anew, and to forget the
// pages that were given.
//
// Before a page is decoded, ahead is asked whether the next one will be wanted
// whatever this one holds: then it is on its way meanwhile. A nil function
// never asks ahead. Users of one sequence share their Assignments, which must
// not be changed.
func (r *Reader) UserPages(ctx context.Context, ahead func() bool) iter.Seq2[[]license.UserState, error] {
	query := "$select=" + userProperties + "&$top=" + strconv.Itoa(PageSize)
	req := get(OpListUsers, r.client.root.url("/users?"+query))
	return func(yield func([]license.UserState, error) bool) {
		for page, err := range pagesAhead(ctx, pageSource{client: r.client, first: req, ahead: ahead}, newUserReader(PageSize).page) {
			if !yield(page.items, err) {
				return
			}
		}
	}
}

// Pause waits before whoever reads begins anew, and tells of it as of every pause.
// The error is that of the context.
func (r *Reader) Pause(ctx context.Context, w Wait) error { return r.client.pause(ctx, w) }

// alone reads a document for which the body is enough.
func alone[T any](decode func(body []byte) (T, error)) func([]byte, *exchange) (T, error) {
	return func(body []byte, _ *exchange) (T, error) { return decode(body) }
}

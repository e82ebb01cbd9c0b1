package observe

import (
	"context"
	"iter"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// Reader is what a tenant is read through; *graph.Reader is one. Every method
// answers completely or with an error.
type Reader interface {
	Finder
	Selector
	GroupReader

	Organization(ctx context.Context) (graph.Organization, error)

	// SubscribedSKUs gives the SKUs sorted by part number.
	SubscribedSKUs(ctx context.Context) ([]license.SKU, error)

	// Me gives the signed-in user.
	Me(ctx context.Context) (license.UserState, error)

	// UserPages lists every user in pages of up to graph.PageSize, one request
	// each. Where the tenant changes meanwhile, a user may come twice or not
	// at all. Where ahead says so, a page is asked for before the one before
	// it is decoded. After an error that graph.IsBrokenOff, whoever begins anew
	// has to forget what came before it.
	UserPages(ctx context.Context, ahead func() bool) iter.Seq2[[]license.UserState, error]

	// Pause waits before a collection is begun anew, and tells whoever wants to know
	// why nothing happens.
	Pause(ctx context.Context, why graph.Wait) error

	// EveryID gives the ids of all users, of an index that lags behind.
	EveryID(ctx context.Context) ([]license.GUID, error)
}

// Finder looks users up.
type Finder interface {
	// FindEach gives the users whom Next names, object ids and user principal
	// names mixed, until it names none; a ref that nobody has is no error. It asks
	// for the next ones when they can be sent, from another goroutine, and takes
	// graph.FindRequests requests.
	FindEach(ctx context.Context, whom graph.Lookups) iter.Seq2[graph.Found, error]
}

// GroupReader reads what groups give, and who is in them.
type GroupReader interface {
	// GroupsGiving gives the groups that give a product, without their members, in
	// one request for every graph.PageSize of them.
	GroupsGiving(ctx context.Context, sku license.GUID) ([]license.Group, error)

	// GroupsCalled gives the groups with a display name, which may be several,
	// without their members, in one request.
	GroupsCalled(ctx context.Context, name string) ([]license.Group, error)

	// GroupsByID gives groups without their members, 15 a request. One that the
	// tenant does not have is missing.
	GroupsByID(ctx context.Context, ids []license.GUID) ([]license.Group, error)

	// DirectMembers gives the members of a group itself, in one request for every
	// graph.PageSize members of any kind.
	DirectMembers(ctx context.Context, group license.GUID) (graph.Selected, error)
}

var _ Reader = (*graph.Reader)(nil)

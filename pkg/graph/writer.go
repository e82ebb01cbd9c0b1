package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
)

// Writer changes users and groups. Every call is one request on the wire, never
// repeated: after a failure the caller decides, with the methods of *Error. A
// Writer is safe for concurrent use, but two changes of one user or group must
// not overlap.
type Writer struct{ client *client }

// NewWriter checks the configuration. It sends nothing.
func NewWriter(cfg Config) (*Writer, error) {
	cfg.Waiting = nil // nothing is repeated
	c, err := newClient(cfg, noRetries())
	if err != nil {
		return nil, err
	}
	return &Writer{client: c}, nil
}

// LicenseChange is what one assignLicense call does to the direct licenses of
// a user. A SKU may be named once.
type LicenseChange struct {
	Add    []AssignedLicense // to add, or to give other plans
	Remove []license.GUID    // SKU ids
}

// AssignedLicense is a SKU with the plans that are off. It replaces the plan
// choice of a license that the user holds already: a plan that was off and is
// not named is switched on.
type AssignedLicense struct {
	SKUID         license.GUID
	DisabledPlans []license.GUID
}

// Reply is what is worth keeping of a successful write.
type Reply struct {
	RequestID       string // the service's id of the request
	ClientRequestID string // ours

	// ThrottlePercentage is how much of the limit is used up, from 0.8 on,
	// where 1 is the limit; 0 where the service did not say (Graph docs,
	// throttling limits).
	ThrottlePercentage float64
}

// AssignLicense changes the licenses of a user in one call. Its reply does not
// show them: that they changed has to be read.
func (w *Writer) AssignLicense(ctx context.Context, user license.GUID, change LicenseChange) (Reply, error) {
	if err := change.validate(user); err != nil {
		return Reply{}, fmt.Errorf("%s: %w", OpAssignLicense, err)
	}
	return w.write(ctx, request{
		op:     OpAssignLicense,
		method: http.MethodPost,
		url:    w.client.root.url("/users/" + user.String() + "/assignLicense"),
	}, change.wire())
}

// AssignGroupLicense changes what a group gives its members, in one call. The
// group has its licenses when it succeeds; its members get and lose them later,
// and that they did has to be read. Two changes of one group that overlap were
// seen to lose one of them (terraform-provider-microsoft365).
func (w *Writer) AssignGroupLicense(ctx context.Context, group license.GUID, change LicenseChange) (Reply, error) {
	if err := change.validate(group); err != nil {
		return Reply{}, fmt.Errorf("%s: %w", OpLicenseGroup, err)
	}
	return w.write(ctx, request{
		op:     OpLicenseGroup,
		method: http.MethodPost,
		url:    w.client.root.url("/groups/" + group.String() + "/assignLicense"),
	}, change.wire())
}

// Reprocess has the service try again what the groups of a user could not give
// them. Where something is against it still, it is refused with that as the
// reason.
func (w *Writer) Reprocess(ctx context.Context, user license.GUID) (Reply, error) {
	if user == (license.GUID{}) {
		return Reply{}, fmt.Errorf("%s: a user is needed", OpReprocess)
	}
	return w.write(ctx, request{
		op:     OpReprocess,
		method: http.MethodPost,
		url:    w.client.root.url("/users/" + user.String() + "/reprocessLicenseAssignment"),
	}, nil)
}

// SetUsageLocation sets the country of a user, an ISO 3166-1 alpha-2 code in
// upper case. It needs a permission that assigning licenses does not.
func (w *Writer) SetUsageLocation(ctx context.Context, user license.GUID, country string) (Reply, error) {
	if user == (license.GUID{}) || !license.IsCountry(country) {
		return Reply{}, fmt.Errorf("%s: a user and an ISO 3166-1 alpha-2 code in upper case are needed", OpSetUsageLocation)
	}
	return w.write(ctx, request{
		op:     OpSetUsageLocation,
		method: http.MethodPatch,
		url:    w.client.root.url("/users/" + user.String()),
	}, wireUsageLocation{country})
}

type wireUsageLocation struct {
	UsageLocation string `json:"usageLocation"`
}

// wireChange has no omitempty: both parameters must be there, and without
// disabledPlans the docs leave open what happens.
type wireChange struct {
	AddLicenses    []wireAddLicense `json:"addLicenses"`
	RemoveLicenses []license.GUID   `json:"removeLicenses"`
}

type wireAddLicense struct {
	SKUID         license.GUID   `json:"skuId"`
	DisabledPlans []license.GUID `json:"disabledPlans"`
}

// wire gives empty lists where there is nothing, never null.
func (c LicenseChange) wire() wireChange {
	wire := wireChange{
		AddLicenses:    make([]wireAddLicense, 0, len(c.Add)),
		RemoveLicenses: append([]license.GUID{}, c.Remove...),
	}
	for _, add := range c.Add {
		wire.AddLicenses = append(wire.AddLicenses, wireAddLicense{
			SKUID:         add.SKUID,
			DisabledPlans: append([]license.GUID{}, add.DisabledPlans...),
		})
	}
	return wire
}

// validate keeps requests from being sent that can only be mistakes of the
// caller. Whose licenses change is a user or a group.
func (c LicenseChange) validate(whose license.GUID) error {
	named := map[license.GUID]bool{{}: true}
	skus := append([]license.GUID{}, c.Remove...)
	for _, add := range c.Add {
		skus = append(skus, add.SKUID)
	}
	if whose == (license.GUID{}) || len(skus) == 0 {
		return errors.New("somebody, and a license to add or remove, are needed")
	}
	for _, sku := range skus {
		if named[sku] {
			return fmt.Errorf("SKU %s is named twice, or is no SKU", sku)
		}
		named[sku] = true
	}
	return nil
}

// write sends a request with the JSON of wire, once; nil is no body.
func (w *Writer) write(ctx context.Context, req request, wire any) (Reply, error) {
	if wire != nil {
		body, err := json.Marshal(wire)
		if err != nil {
			return Reply{}, fmt.Errorf("%s: %w", req.op, err)
		}
		req.body = body
	}
	ex, err := w.client.send(ctx, req)
	if err != nil {
		return Reply{}, err
	}
	if err := confirmed(req.op, ex); err != nil {
		return Reply{}, callError(req, ex, err)
	}
	return Reply{
		RequestID:          oneLine(ex.requestID()),
		ClientRequestID:    ex.clientRequestID,
		ThrottlePercentage: throttlePercentage(ex.header),
	}, nil
}

// confirmed tells a reply of Graph from a page that a proxy put in its place:
// 204, or 200 with the user, and no error; of a group 202 with it. Anything else
// leaves the write in doubt.
func confirmed(op Op, ex *exchange) error {
	switch {
	case ex.status == http.StatusNoContent:
		return nil
	case ex.status == http.StatusOK, ex.status == http.StatusAccepted && op == OpLicenseGroup:
		var reply struct {
			Error json.RawMessage `json:"error"`
			ID    json.RawMessage `json:"id"`
		}
		if ex.foreignPage() {
			return errForeignPage
		}
		if err := decodeJSON(ex.body, &reply); err != nil {
			return fmt.Errorf("the reply is not Graph's: %w", err)
		}
		if isPresent(reply.Error) {
			return embeddedError(ex.body)
		}
		if !isPresent(reply.ID) {
			return errors.New("the reply is not Graph's: it names nobody")
		}
		return nil
	}
	return errors.New("this status does not say that the change was made")
}

func throttlePercentage(h http.Header) float64 {
	share, err := strconv.ParseFloat(h.Get("x-ms-throttle-limit-percentage"), 64)
	if err != nil || !(share > 0 && share <= 10) {
		return 0
	}
	return share
}

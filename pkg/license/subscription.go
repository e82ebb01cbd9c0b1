package license

import "time"

// Subscription is one purchase of a product. A tenant may have several of one
// product, and their seats need not come to what the product says it has.
type Subscription struct {
	ID         string // of the commerce system; empty where it is not told
	SKUID      GUID
	PartNumber string
	Status     string    // Enabled, Warning, Suspended, Deleted or LockedOut; open
	Trial      bool      // null is none
	Created    time.Time // zero: not told
	Seats      int

	// Changes is when the subscription goes into its next state if nobody
	// renews it; zero: not told. Whether it renews by itself Graph does not
	// say. For a while it may lie in the past.
	Changes time.Time
}

// Subscriptions are those of a tenant.
type Subscriptions struct {
	AsOf time.Time      // when they were read; zero where they were not told
	All  []Subscription // sorted by part number, then by when they change, then by id

	Untold Unavailable // why they were not told; empty where they were
	Reason string      // what the service said to it, a stranger's text on one line; may be empty
}

package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadSubscriptions reads the purchases of the tenant.
const OpReadSubscriptions Op = "reading the subscriptions of the tenant"

// Subscriptions reads the subscriptions of the tenant, sorted by part number,
// then by when they change, those without a date last, then by id.
func (r *Reader) Subscriptions(ctx context.Context) ([]license.Subscription, error) {
	rows, err := gather(ctx, r.client, get(OpReadSubscriptions, r.client.root.url("/directory/subscriptions")), listOf(readSubscription))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows.items, func(a, b license.Subscription) int {
		return cmp.Or(cmp.Compare(a.PartNumber, b.PartNumber), compareDates(a.Changes, b.Changes), cmp.Compare(a.ID, b.ID))
	})
	return rows.items, nil
}

// compareDates puts those that are not known last.
func compareDates(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		if a.IsZero() {
			return 1
		}
		return -1
	}
	return a.Compare(b)
}

func readSubscription(w *walk) (license.Subscription, error) {
	var out license.Subscription
	var created, changes *time.Time
	var seats *int
	_, err := w.fields(
		field{"commerceSubscriptionId", w.looseInto(&out.ID)},
		field{"skuId", w.idInto(&out.SKUID)},
		field{"skuPartNumber", w.stringInto(&out.PartNumber)},
		field{"status", w.stringInto(&out.Status)},
		field{"isTrial", func() (err error) { out.Trial, _, err = w.flag(); return err }},
		field{"createdDateTime", presentTime(w, &created)},
		field{"nextLifecycleDateTime", presentTime(w, &changes)},
		field{"totalLicenses", w.numberInto(&seats)},
	)
	switch {
	case err != nil:
		return license.Subscription{}, err
	case out.SKUID == license.GUID{} || out.Status == "" || seats == nil || *seats < 0:
		return license.Subscription{}, errors.New("a subscription without a product, a status or a number of seats")
	}
	out.Created, out.Changes, out.Seats, out.Status = orZero(created), orZero(changes), *seats, oneLine(out.Status)
	return out, nil
}

package observe

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// tolerated is how many users may come without what they hold before a reading
// is not to be trusted, or one in fifty of those read, whichever is more.
const tolerated = 5

// MaskedError is a reading in which the service keeps back what most of the
// users have, and calls it a success. No conclusion may be drawn from any of
// them.
type MaskedError struct {
	Users, Of int    // so many of so many
	Reason    string // such as license.Masked
}

// Error says what was kept back.
func (e *MaskedError) Error() string {
	return fmt.Sprintf("the service does not tell what %d of %d users have: %s", e.Users, e.Of, e.Reason)
}

// Hint names the permission to grant.
func (e *MaskedError) Hint() string {
	return "grant the app the permission " + graph.OpListUsers.Permission().String() +
		", with an administrator's consent: with a lesser one, such as User.ReadBasic.All, the service sends null and empty lists in place of what is there"
}

// trust refuses a reading of which too much was not told. One odd user in many
// is left alone where the plan is made, and stops nobody.
func trust(users []license.UserState) error {
	var odd, bare, direct int
	reason := ""
	for i := range users {
		u := &users[i]
		switch holds := slices.ContainsFunc(u.Assignments, license.Assignment.Direct); {
		case u.Unreadable != "":
			odd++
			if reason == "" || license.KeptBack(u.Unreadable) && !license.KeptBack(reason) || u.Unreadable == license.Masked {
				reason = u.Unreadable
			}
		case holds:
			direct++
			if u.UsageLocation == "" {
				bare++
			}
		}
	}
	most := odd > 1 && 2*odd > len(users)
	switch {
	case odd == 1 && len(users) == 1 && reason == license.Masked, most && license.KeptBack(reason):
		return &MaskedError{Users: odd, Of: len(users), Reason: reason}
	case most, odd > max(tolerated, len(users)/50):
		return contradiction("%d of %d users cannot be read (%s)", odd, len(users), reason)
	case bare >= 3 && direct-bare <= max(1, direct/10):
		// Nobody is given a license in their own name without one.
		return &MaskedError{Users: bare, Of: direct, Reason: "usageLocation is null, and they hold licenses that are not given without one"}
	}
	return nil
}

// checkProducts refuses a reading in which users have licenses of a tenant that
// has no product at all: products were kept back, and which of them a policy
// names could not be told.
func checkProducts(skus []license.SKU, users []license.UserState) error {
	if len(skus) > 0 {
		return nil
	}
	for i := range users {
		if u := &users[i]; len(u.Assignments)+len(u.Unexplained) > 0 {
			return contradiction("the tenant has no product, and %s has licenses", u.ID)
		}
	}
	return nil
}

// checkHolders refuses a reading of a whole tenant that contradicts itself: of
// a product units are in use, and nobody holds it. Licenses were kept back.
func checkHolders(skus []license.SKU, users []license.UserState) error {
	held := map[license.GUID]bool{}
	for i := range users {
		if users[i].Unreadable != "" {
			return nil // they may be the holders
		}
		for _, a := range users[i].Assignments {
			held[a.SKUID] = true
		}
		for _, sku := range users[i].Unexplained {
			held[sku] = true
		}
	}
	for _, sku := range skus {
		alive := sku.CapabilityStatus != "Deleted" && sku.CapabilityStatus != "LockedOut"
		if sku.Units.Consumed > 0 && !held[sku.ID] && alive && sku.AppliesTo != license.AppliesToCompany {
			return contradiction("%d units of %s are in use, and of %d users nobody holds it", sku.Units.Consumed, license.Visible(sku.PartNumber), len(users))
		}
	}
	return nil
}

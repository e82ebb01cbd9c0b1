package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// planIDPrefix names the hash of plan ids.
const planIDPrefix = "sha256:"

// intent is what a plan id stands for: which users of which tenant go from
// which state to which. Nothing that people only read is in it.
type intent struct {
	Tenant  license.GUID   `json:"tenant"`
	Changes []changeIntent `json:"changes"` // sorted by user id
}

type changeIntent struct {
	User   license.GUID `json:"user"`
	Before State        `json:"before"`
	After  State        `json:"after"`
}

// identify computes the plan id over the ready changes, which are what an
// apply would do. A change that is blocked today and ready tomorrow makes
// another plan, so that nobody approves more than they saw.
func identify(p *Plan) string {
	in := intent{Tenant: p.Tenant.ID, Changes: []changeIntent{}}
	for _, c := range p.Changes {
		if c.Status == StatusReady {
			in.Changes = append(in.Changes, changeIntent{c.User.ID, c.Before, c.After})
		}
	}
	slices.SortFunc(in.Changes, func(a, b changeIntent) int { return license.CompareGUIDs(a.User, b.User) })
	hash := sha256.New()
	// Structs of strings and ids always encode, and a hash takes every byte.
	_ = json.NewEncoder(hash).Encode(in)
	return planIDPrefix + hex.EncodeToString(hash.Sum(nil))
}

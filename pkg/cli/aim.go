package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// aim is where a plan leads to: what the manifests say, or what was before an
// apply.
type aim struct {
	tenant  license.GUID // the only one in which it has a meaning; zero: any
	users   []string     // who has to be read
	whole   bool         // every user has to be read
	desired func(plan.Observed) plan.Desired
}

// aimOf aims at what the manifests say, or, where a receipt is named, at what
// was before it.
func aimOf(set *manifest.Set, undo string) (aim, error) {
	if undo != "" {
		return aimBefore(set, undo)
	}
	return aim{
		users:   named(set.Desired),
		whole:   needsWhole(set.Policy),
		desired: func(plan.Observed) plan.Desired { return set.Desired },
	}, nil
}

// aimBefore aims at what the users of a receipt held before its run. Other
// users are no business of the plan, whatever the policy says of those that
// stand in no manifest.
func aimBefore(set *manifest.Set, path string) (aim, error) {
	data, err := readFile(path, maxShownFile)
	if err != nil {
		return aim{}, err
	}
	r, err := receipt.Read(bytes.NewReader(data))
	if err != nil {
		return aim{}, &fileError{doing: "reading", path: path, err: err, hint: "--undo takes a receipt of licensectl apply"}
	}
	sum := sha256.Sum256(data)
	out := aim{tenant: r.Run.Tenant.ID, desired: func(now plan.Observed) plan.Desired {
		desired := r.Undo(now)
		desired.Approvals = set.Desired.Approvals
		desired.Files = []plan.SourceFile{{Path: filepath.ToSlash(path), SHA256: hex.EncodeToString(sum[:])}}
		return desired
	}}
	for _, i := range r.Intents {
		out.users = append(out.users, i.User.ID.String())
	}
	return out, nil
}

// needsWhole reports whether the policy asks about users that stand in no
// manifest.
func needsWhole(policy plan.Policy) bool {
	return policy.UnlistedUsers == plan.UnlistedReport || policy.UnlistedUsers == plan.UnlistedRemove
}

// named lists the users as the manifests name them.
func named(d plan.Desired) []string {
	out := make([]string, len(d.Users))
	for i, u := range d.Users {
		out[i] = u.User.Name
	}
	return out
}

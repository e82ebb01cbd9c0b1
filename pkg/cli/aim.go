package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// aim is where a plan leads to: what the manifests say, or what was before an
// apply.
type aim struct {
	tenant  license.GUID // the only one in which it has a meaning; zero: any
	users   []string     // who has to be read
	queries []plan.Query // who is selected has to be asked
	whole   bool         // every user has to be read
	desired func(plan.Observed) plan.Desired
}

// aimOf aims at what the manifests say, or, where a file is named, at what was
// before.
func (a *app) aimOf(set *manifest.Set, from planFrom) (aim, error) {
	switch {
	case from.undo != "":
		return aimBefore(set, from.undo)
	case from.restore != "":
		return a.aimAt(set, from.restore)
	}
	return aim{
		tenant:  set.Policy.TenantID,
		users:   append(named(set.Desired), protected(set.Policy)...),
		queries: set.Desired.Queries(),
		whole:   needsWhole(set.Policy),
		desired: func(plan.Observed) plan.Desired { return set.Desired },
	}, nil
}

// aimBefore aims at what the users of a receipt held before its run. Other
// users are no business of the plan, whatever the policy says of those that
// stand in no manifest.
func aimBefore(set *manifest.Set, path string) (aim, error) {
	data, text, err := readSource(path)
	if err != nil {
		return aim{}, err
	}
	r, err := receipt.Read(bytes.NewReader(text))
	if err != nil {
		return aim{}, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: "--undo takes a receipt of licensectl apply"}
	}
	var users []string
	for _, i := range r.Intents {
		users = append(users, i.User.ID.String())
	}
	return aimBack(set, r.Run.Tenant, aim{users: users, desired: func(now plan.Observed) plan.Desired {
		return insteadOf(set.Desired, r.Undo(now), sourceFile(path, data))
	}})
}

// aimAt aims at what the users of a snapshot held directly when it was taken.
func (a *app) aimAt(set *manifest.Set, path string) (aim, error) {
	data, text, err := readSource(path)
	if err != nil {
		return aim{}, err
	}
	s, err := observe.DecodeSnapshot(bytes.NewReader(text))
	if err != nil {
		return aim{}, notSnapshot(path, err)
	}
	a.noteUnchecked(path, s)
	var users []string
	for _, u := range s.Observed.Users {
		users = append(users, u.ID.String())
	}
	return aimBack(set, s.Observed.Tenant, aim{users: users, desired: func(now plan.Observed) plan.Desired {
		return insteadOf(set.Desired, s.Desired(filepath.ToSlash(path), now), sourceFile(path, data))
	}})
}

// aimBack completes an aim that has a meaning in one tenant alone, which has
// to be that of the policy.
func aimBack(set *manifest.Set, tenant plan.Tenant, back aim) (aim, error) {
	if policy := set.Policy.TenantID; policy != (license.GUID{}) && policy != tenant.ID {
		return aim{}, &observe.TenantError{Expected: policy, Actual: tenant}
	}
	back.tenant = tenant.ID
	back.users = append(back.users, protected(set.Policy)...)
	return back, nil
}

// insteadOf puts another desired state in place of the manifests', whose
// approvals go on to count.
func insteadOf(manifests, desired plan.Desired, file plan.SourceFile) plan.Desired {
	desired.Approvals = manifests.Approvals
	desired.Manifests = &plan.Manifests{Paths: manifests.Manifests.Paths, Policy: manifests.Files}
	desired.Files = []plan.SourceFile{file}
	return desired
}

// readSource gives the bytes of what a plan leads back to, for their hash, and
// their text.
func readSource(path string) (data, text []byte, err error) {
	if data, err = disk.ReadBytes(path, disk.MaxDocument); err != nil {
		return nil, nil, err
	}
	text, err = disk.Decode(path, data)
	return data, text, err
}

func sourceFile(path string, data []byte) plan.SourceFile {
	sum := sha256.Sum256(data)
	return plan.SourceFile{Path: filepath.ToSlash(path), SHA256: hex.EncodeToString(sum[:])}
}

// needsWhole reports whether the policy asks about users that stand in no
// manifest.
func needsWhole(policy plan.Policy) bool {
	return policy.UnlistedUsers == plan.UnlistedReport || policy.UnlistedUsers == plan.UnlistedRemove
}

// named lists the users as the manifests and their tables name them.
func named(d plan.Desired) []string {
	out := make([]string, 0, len(d.Users))
	for _, u := range d.Users {
		out = append(out, u.User.Name)
	}
	for _, s := range d.Selections {
		for _, u := range s.Users {
			out = append(out, u.Name)
		}
	}
	return out
}

// protected lists the users that the policy protects. They are read to find
// out that they exist: a misspelt name would protect nobody.
func protected(policy plan.Policy) []string {
	out := make([]string, len(policy.Protected))
	for i, u := range policy.Protected {
		out[i] = u.Name
	}
	return out
}

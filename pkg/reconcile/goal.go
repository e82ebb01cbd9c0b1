package reconcile

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// Origin says what a plan starts from in place of the manifests and of the
// tenant as it is. All are paths; empty: not so.
type Origin struct {
	Undo    string // a receipt: plan back to what was before it
	Restore string // a snapshot: plan back to it
	Live    string // a snapshot: it stands for the tenant, without a network
}

// goal is where a plan leads to: what the manifests say, or what was before an
// apply.
type goal struct {
	tenant  license.GUID          // the only one in which it has a meaning; zero: any
	users   []string              // who has to be read
	queries []plan.Query          // who is selected has to be asked
	groups  *observe.GroupRequest // what groups give has to be asked; nil: it has not
	whole   bool                  // every user has to be read
	desired func(plan.Observed) plan.Desired
}

// goalOf is what the manifests say, or, where a file is named, what was before.
func (s *Session) goalOf(set *manifest.Set, from Origin) (goal, error) {
	switch {
	case from.Undo != "":
		return goalBefore(set, from.Undo)
	case from.Restore != "":
		return s.goalAt(set, from.Restore)
	}
	return goal{
		tenant:  set.Policy.TenantID,
		users:   append(Named(set.Desired), protected(set.Policy)...),
		queries: queriesOf(set),
		groups:  groupsOf(set.Desired, set.Policy),
		whole:   needsWhole(set.Policy),
		desired: func(plan.Observed) plan.Desired { return set.Desired },
	}, nil
}

// goalBefore is what the users of a receipt held before its run. Other users
// are no business of the plan, whatever the policy says of those that stand in
// no manifest.
func goalBefore(set *manifest.Set, path string) (goal, error) {
	data, text, err := readSource(path)
	if err != nil {
		return goal{}, err
	}
	r, err := receipt.Read(bytes.NewReader(text))
	if err != nil {
		return goal{}, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: "--undo takes a receipt of licensectl apply"}
	}
	var users []string
	for _, i := range r.Intents {
		users = append(users, i.User.ID.String())
	}
	return goalBack(set, r.Run.Tenant, goal{users: users, groups: groupsWith(r.GroupIDs()), desired: func(now plan.Observed) plan.Desired {
		return insteadOf(set.Desired, r.Undo(now), sourceFile(path, data))
	}})
}

// goalAt is what the users of a snapshot held directly when it was taken.
func (s *Session) goalAt(set *manifest.Set, path string) (goal, error) {
	data, text, err := readSource(path)
	if err != nil {
		return goal{}, err
	}
	snapshot, err := observe.DecodeSnapshot(bytes.NewReader(text))
	if err != nil {
		return goal{}, notSnapshot(path, err)
	}
	s.NoteUnchecked(path, snapshot)
	var users []string
	for _, u := range snapshot.Observed.Users {
		users = append(users, u.ID.String())
	}
	var groups []license.GUID
	for _, g := range snapshot.Observed.LicensedGroups {
		groups = append(groups, g.ID)
	}
	return goalBack(set, snapshot.Observed.Tenant, goal{users: users, groups: groupsWith(groups), desired: func(now plan.Observed) plan.Desired {
		return insteadOf(set.Desired, snapshot.Desired(filepath.ToSlash(path), now), sourceFile(path, data))
	}})
}

// goalBack completes a goal that has a meaning in one tenant alone, which has
// to be that of the policy.
func goalBack(set *manifest.Set, tenant plan.Tenant, back goal) (goal, error) {
	if policy := set.Policy.TenantID; policy != (license.GUID{}) && policy != tenant.ID {
		return goal{}, &observe.TenantError{Expected: policy, Actual: tenant}
	}
	back.tenant = tenant.ID
	back.users = append(back.users, protected(set.Policy)...)
	if back.groups != nil {
		back.groups.Named = append(back.groups.Named, set.Policy.NamedGroups()...)
	}
	return back, nil
}

// insteadOf puts another desired state in place of the manifests', whose
// approvals go on to count.
func insteadOf(manifests, desired plan.Desired, file plan.SourceFile) plan.Desired {
	desired.Approvals, desired.OnlyListed = manifests.Approvals, true
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
	return manifest.File{Path: filepath.ToSlash(path), Data: data}.Source()
}

// groupsWith are those of some ids; nil: there is none, and nothing is asked.
func groupsWith(ids []license.GUID) *observe.GroupRequest {
	if len(ids) == 0 {
		return nil
	}
	out := &observe.GroupRequest{}
	for _, id := range ids {
		out.Named = append(out.Named, id.String())
	}
	return out
}

// groupsOf are the groups of which manifests or policy speak; nil: they speak of
// none, and nothing is asked.
func groupsOf(desired plan.Desired, policy plan.Policy) *observe.GroupRequest {
	if !desired.ReadsGroups(policy) {
		return nil
	}
	giving := policy.UnlistedGroups == plan.UnlistedReport || policy.UnlistedGroups == plan.UnlistedRemove
	return &observe.GroupRequest{Named: desired.NamedGroups(policy), Giving: giving}
}

// needsWhole reports whether the policy asks about users that stand in no
// manifest.
func needsWhole(policy plan.Policy) bool {
	return policy.UnlistedUsers == plan.UnlistedReport || policy.UnlistedUsers == plan.UnlistedRemove
}

// Named lists the users as the manifests and their tables name them.
func Named(d plan.Desired) []string {
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

// protected lists the users that the policy protects, whose drift it accepts, or that
// its rules leave out. They are read to find out that they exist: a misspelt name would
// protect nobody.
func protected(policy plan.Policy) []string {
	var out []string
	for _, u := range policy.Protected {
		out = append(out, u.Name)
	}
	for _, a := range policy.AcceptedDrift {
		if a.User.Name != "" {
			out = append(out, a.User.Name)
		}
	}
	for _, rule := range policy.Reclaim {
		for _, u := range rule.ExceptUsers {
			out = append(out, u.Name)
		}
	}
	return out
}

// queriesOf lists what the tenant has to be asked about the selections of the
// manifests, and about the groups that the rules of the policy leave out.
func queriesOf(set *manifest.Set) []plan.Query {
	out := slices.Concat(set.Desired.Queries(), set.Policy.Queries())
	slices.SortFunc(out, plan.Query.Compare)
	return slices.Compact(out)
}

// withoutReclaim is a policy by which nothing is taken back: what is given back to
// users was taken by a rule, perhaps.
func withoutReclaim(policy plan.Policy) plan.Policy {
	policy.Reclaim = nil
	return policy
}

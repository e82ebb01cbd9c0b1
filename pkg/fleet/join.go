package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// JoinError says why reports do not belong together.
type JoinError struct{ text string }

func (e *JoinError) Error() string { return e.text }

// Join puts the reports of shards together: into the one that a single run
// would have left, where all shards are there. Missing gives those that are not,
// as I/N; then the whole is a part of the fleet still, and says so.
//
// The reports must be of one fleet, verb and document, and no tenant may be in
// two of them. The exit code is its caller's to give.
func Join(reports []Report) (joined Report, missing []string, err error) {
	if len(reports) == 0 {
		return Report{}, nil, &JoinError{"there is no report to join"}
	}
	reports = slices.SortedStableFunc(slices.Values(reports), func(a, b Report) int { return cmp.Compare(a.Shard, b.Shard) })
	joined = reports[0]
	joined.Tenants, joined.Problems, joined.Shard = nil, nil, ""
	of := 0
	seen := map[string]bool{}
	for _, r := range reports {
		if err := alike(joined, r); err != nil {
			return Report{}, nil, err
		}
		joined.Selected = joined.Selected || r.Selected
		joined.Tenants = append(joined.Tenants, r.Tenants...)
		joined.Problems = append(joined.Problems, r.Problems...)
		if of, err = count(r, of, seen); err != nil {
			return Report{}, nil, err
		}
	}
	if err := onceEach(joined.Tenants); err != nil {
		return Report{}, nil, err
	}
	for i := range of {
		if name := (Shard{i, of}).String(); !seen[name] {
			missing = append(missing, name)
		}
	}
	if err := joined.Sum(); err != nil {
		return Report{}, nil, err
	}
	joined.Allow(allowed(reports))
	return joined, missing, nil
}

// allowed lists the limits that every report was let pass.
func allowed(reports []Report) []GuardName {
	return slices.DeleteFunc(GuardNames(), func(name GuardName) bool {
		return slices.ContainsFunc(reports, func(r Report) bool {
			return !slices.ContainsFunc(r.Guards, func(g Guard) bool { return g.Name == name && g.ApprovedBy == ByAllow })
		})
	})
}

// alike refuses reports of different things.
func alike(a, b Report) error {
	for _, pair := range [][3]string{
		{"of the fleets", a.Fleet, b.Fleet}, {"of the verbs", a.Verb, b.Verb}, {"of documents with the hashes", a.Source.SHA256, b.Source.SHA256},
	} {
		if pair[1] != pair[2] {
			return &JoinError{fmt.Sprintf("the reports are %s %q and %q", pair[0], pair[1], pair[2])}
		}
	}
	return nil
}

// count takes a shard down, and gives how many there are.
func count(r Report, of int, seen map[string]bool) (int, error) {
	if r.Shard == "" {
		return of, nil
	}
	shard, err := ParseShard(r.Shard)
	switch {
	case err != nil:
		return 0, &JoinError{"a report is of the shard " + err.Error()}
	case of != 0 && of != shard.N:
		return 0, &JoinError{fmt.Sprintf("the reports are of %d shards and of %d", of, shard.N)}
	}
	seen[r.Shard] = true
	return shard.N, nil
}

func onceEach(rows []Row) error {
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Name] {
			return &JoinError{fmt.Sprintf("tenant %q is in two reports", row.Name)}
		}
		seen[row.Name] = true
	}
	return nil
}

// ByNeed gives the rows for a person: those first who need one, then by name.
func (r Report) ByNeed() []Row {
	order := Outcomes()
	return slices.SortedStableFunc(slices.Values(r.Tenants), func(a, b Row) int {
		return cmp.Or(slices.Index(order, a.Outcome)-slices.Index(order, b.Outcome), strings.Compare(a.Name, b.Name))
	})
}

package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Selector tells who is selected. It does not tell what they hold: every state
// comes from one reading, whatever brings its user in.
type Selector interface {
	// GroupsNamed gives the groups with a display name, in one request.
	GroupsNamed(ctx context.Context, name string) ([]graph.Group, error)

	// GroupNames gives the display names of groups, 15 a request. A group that
	// the tenant does not have is missing.
	GroupNames(ctx context.Context, ids []license.GUID) (map[license.GUID]string, error)

	// GroupMembers gives the users in a group and in the groups below it, in
	// one request for every graph.PageSize members.
	GroupMembers(ctx context.Context, group license.GUID) (graph.Selected, error)

	// HiddenGroups gives those of some groups of which the membership is hidden, in one
	// request for every 15.
	HiddenGroups(ctx context.Context, groups []license.GUID) ([]license.GUID, error)

	// UserIDs gives the users that pass an OData filter, in one request for
	// every graph.PageSize of them, and one more for an advanced query.
	UserIDs(ctx context.Context, filter string) (graph.Selected, error)
}

// Answers asks the tenant again whom queries select, each of them once. That a
// group is not there or a filter is refused is an answer; any other failure is
// an error, and then nobody is known to be selected or not.
func Answers(ctx context.Context, r Selector, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return answers(ctx, r, queries)
}

// answers asks the tenant who is selected. That a group is not there or a
// filter is refused is an answer; any other failure is an error. Without a
// query the result is nil.
func answers(ctx context.Context, r Selector, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	found := make([]plan.Answer, len(queries))
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(graph.MostAbreast)
	for i, q := range queries {
		asking.Go(caught.In(func() (err error) {
			found[i], err = answerTo(ctx, r, q)
			if err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
			return nil
		}))
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	out := make(map[plan.Query]plan.Answer, len(queries))
	for i, q := range queries {
		out[q] = found[i]
	}
	return out, nil
}

func answerTo(ctx context.Context, r Selector, q plan.Query) (plan.Answer, error) {
	if q.Group == "" {
		return filtered(ctx, r, q.Filter)
	}
	groups, err := groupsOf(ctx, r, q.Group)
	if err != nil || len(groups) != 1 {
		return plan.Answer{Groups: groups}, err
	}
	members, err := r.GroupMembers(ctx, groups[0].ID)
	if gone, ok := errors.AsType[*graph.Error](err); ok && gone.NotFound() {
		return plan.Answer{}, nil // deleted since it was looked up
	}
	if err != nil {
		return plan.Answer{}, err
	}
	hidden, err := hiddenIn(ctx, r, groups[0].ID, members)
	switch {
	case err != nil:
		return plan.Answer{}, err
	case hidden == groups[0].ID:
		return plan.Answer{Groups: groups, Refused: "its members are hidden" + shownWith}, nil
	case hidden != license.GUID{}:
		return plan.Answer{Groups: groups, Refused: "the members of group " + hidden.String() + " in it are hidden" + shownWith}, nil
	}
	return answered(groups, members), nil
}

const shownWith = ", and shown with the permission Member.Read.Hidden alone"

// hiddenIn finds a group, be it the one that was asked for or one below it, whose
// members are hidden and of which nobody is shown; zero: there is none. That takes a
// request for every 15 groups that may be, and one for each that hides its members.
func hiddenIn(ctx context.Context, r Selector, group license.GUID, members graph.Selected) (license.GUID, error) {
	maybe := members.Groups
	if len(members.Users) == 0 {
		maybe = append([]license.GUID{group}, maybe...)
	}
	if len(maybe) == 0 {
		return license.GUID{}, nil
	}
	hidden, err := r.HiddenGroups(ctx, maybe)
	for _, id := range hidden {
		if id == group {
			return id, nil
		}
		shown, err := r.GroupMembers(ctx, id)
		if err != nil || len(shown.Users) == 0 {
			return id, err
		}
	}
	return license.GUID{}, err
}

func filtered(ctx context.Context, r Selector, filter string) (plan.Answer, error) {
	passing, err := r.UserIDs(ctx, filter)
	if refused, ok := errors.AsType[*graph.Error](err); ok && refused.RefusesFilter() {
		return plan.Answer{Refused: refused.Reason()}, nil
	}
	return answered(nil, passing), err
}

// answered is an answer that tells who is selected, in order.
func answered(groups []plan.Group, found graph.Selected) plan.Answer {
	out := plan.Answer{Groups: groups, Users: license.SortedGUIDs(found.Users), Lagging: found.Lagging}
	for _, m := range found.Untold {
		out.Untold = append(out.Untold, plan.Member(m))
	}
	slices.SortFunc(out.Untold, func(a, b plan.Member) int { return license.CompareGUIDs(a.ID, b.ID) })
	return out
}

// groupsOf finds the groups that a selection names, sorted by id.
func groupsOf(ctx context.Context, r Selector, name string) ([]plan.Group, error) {
	id, err := license.ParseGUID(name)
	if err != nil {
		return groupsNamed(ctx, r, name)
	}
	names, err := r.GroupNames(ctx, []license.GUID{id})
	display, found := names[id]
	if err != nil || !found {
		return nil, err
	}
	return []plan.Group{{ID: id, DisplayName: display}}, nil
}

func groupsNamed(ctx context.Context, r Selector, name string) ([]plan.Group, error) {
	found, err := r.GroupsNamed(ctx, name)
	var out []plan.Group
	for _, g := range found {
		out = append(out, plan.Group(g))
	}
	slices.SortFunc(out, func(a, b plan.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b plan.Group) bool { return a.ID == b.ID }), err
}

package apply

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// assignee is who a flight is about: a user, or a group.
type assignee interface {
	// look reads what they hold now. Who is gone is an error.
	look(ctx context.Context) (plan.State, error)

	// lookAgain looks just before a write at one who has waited long. It gives the
	// result where the change rests on what is not so any more.
	lookAgain(ctx context.Context, f *flight) *receipt.Result

	// send makes the call that comes next.
	send(ctx context.Context, rest remaining) (graph.Reply, error)

	// op is that call.
	op(rest remaining) graph.Op

	noun() string           // for people: "user"
	empty() string          // what is said of one who holds nothing more
	word(why reason) reason // a reason, in words for the subject
}

// userAssignee is a user with a change.
type userAssignee struct {
	run    *run
	change *plan.Change
}

func (u userAssignee) look(ctx context.Context) (plan.State, error) {
	user := u.change.User.ID
	states, err := readStates(ctx, u.run.o.Reader, u.run.scope, []license.GUID{user})
	if err != nil {
		return plan.State{}, err
	}
	now, found := states[user]
	if !found {
		return plan.State{}, errors.New("the tenant no longer has this user, or does not say what they hold")
	}
	return now, nil
}

// send sets the usage location where it is missing, else changes the licenses;
// what groups could not give is tried again last.
func (u userAssignee) send(ctx context.Context, rest remaining) (graph.Reply, error) {
	user := u.change.User.ID
	switch u.op(rest) {
	case graph.OpSetUsageLocation:
		return u.run.o.Writer.SetUsageLocation(ctx, user, rest.usageLocation)
	case graph.OpReprocess:
		return u.run.o.GroupWriter.Reprocess(ctx, user)
	}
	return u.run.o.Writer.AssignLicense(ctx, user, rest.licenses)
}

func (userAssignee) op(rest remaining) graph.Op {
	switch {
	case rest.usageLocation != "":
		return graph.OpSetUsageLocation
	case rest.noLicenses():
		return graph.OpReprocess
	}
	return graph.OpAssignLicense
}

func (userAssignee) noun() string           { return "user" }
func (userAssignee) empty() string          { return "holds no managed license of their own now" }
func (userAssignee) word(why reason) reason { return why }

// reprocesses reports whether a change has the service try the user's groups
// again.
func reprocesses(c *plan.Change) bool {
	return slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpReprocess })
}

// groupFails names a license that a group could not give the user; empty: there
// is none.
func groupFails(u license.UserState, names planNames) string {
	for _, a := range u.Assignments {
		if !a.Direct() && !a.InForce() {
			return names.SKUName(a.SKUID) + names.from(a.Group) + " is not in force (" + a.Standing() + ")"
		}
	}
	return ""
}

// groupAssignee is a group with one call of its change.
type groupAssignee struct {
	run *run
	job *groupJob
}

func (g groupAssignee) look(ctx context.Context) (plan.State, error) {
	found, err := g.run.o.GroupReader.Groups(ctx, []license.GUID{g.job.change.Group.ID})
	if err != nil {
		return plan.State{}, err
	}
	if len(found) == 0 {
		return plan.State{}, errors.New("the tenant no longer has this group")
	}
	if found[0].Licenses == nil {
		return plan.State{}, errors.New("the tenant does not say what the group gives")
	}
	return plan.State{Licenses: g.job.recognize(found[0], g.run.scope).Licenses}, nil
}

// lookAgain looks once more at a group whose call was turned away, or waits for its
// turn: members come and go, and others change it. What an earlier call has done all
// the same is taken over.
func (g groupAssignee) lookAgain(ctx context.Context, f *flight) *receipt.Result {
	if f.tries == 0 && time.Since(g.job.looked) <= recheckAfter {
		return nil
	}
	no := g.run.groups.mayCall(ctx, g.job, f)
	switch {
	case no == nil:
		return nil
	case ctx.Err() != nil:
		return f.abandon(ctx, stoppedBefore)
	}
	res := g.run.result(f.change, no.outcome, no.message)
	res.Hint = no.hint
	return res
}

func (g groupAssignee) send(ctx context.Context, rest remaining) (graph.Reply, error) {
	return g.run.o.GroupWriter.AssignGroupLicense(ctx, g.job.change.Group.ID, rest.licenses)
}

func (groupAssignee) op(remaining) graph.Op { return graph.OpLicenseGroup }
func (groupAssignee) noun() string          { return "group" }
func (groupAssignee) empty() string         { return "gives no managed license now" }

// word has no advice that is about a user's entry: what members hold, and where they are,
// no manifest of groups says.
func (groupAssignee) word(why reason) reason {
	switch why.code {
	case "permission":
		why.message = "the tenant does not let this identity change the group"
	case "user-not-found":
		why = reason{"group-not-found", "the tenant no longer has this group", "plan again"}
	case "not-held":
		why.message = "the group does not give the license that was to be taken from it"
	case "no-usage-location":
		why.message, why.hint = "the service does not accept the usage location of a member, or of the tenant", "give the members one that it accepts, by entries of users or by hand, and plan again"
	case "inherited-license":
		why.message, why.hint = "the service says that the license is inherited, and does not take it from this group", "look at the group by hand, and plan again"
	case "address-conflict":
		why.message = "another object of the tenant has a mail address of the group or of a member"
	case "mastered-elsewhere":
		why.message = "the group is synchronized from another directory, which alone can change this"
	}
	return why
}

package apply

import (
	"context"
	"fmt"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// maxForbidden ends a run in which so many users in a row may not be changed,
// although others may: what speaks for the permission is out of date.
const maxForbidden = 10

// permission is what a run knows about what its identity may do.
type permission struct {
	shown    map[graph.Op]bool // calls that the tenant has accepted; nil: none yet
	inARow   int               // users who may not be changed, since the last who was
	last     *graph.Error      // the refusal of the last of them; nil: there was none
	suspect  *graph.Error      // a refusal that may concern everybody; nil: none
	suspects graph.Op          // the call that it refused
}

// granted notes that the tenant lets the identity make a call.
func (p *permission) granted(op graph.Op) {
	if p.shown == nil {
		p.shown = map[graph.Op]bool{}
	}
	p.shown[op], p.inARow = true, 0
	if p.suspects == op {
		p.suspect = nil
	}
}

// turnDown ends a change that the tenant does not let through. Where the token
// is not accepted nothing else will be; where the permission is refused, that
// may be about this one user.
func (f *flight) turnDown(ctx context.Context, outcome receipt.Outcome, e *graph.Error) ending {
	if !e.Forbidden() {
		return ending{f.end(outcome, ""), fatal(e)}
	}
	op := f.of.op(f.sent)
	switch {
	case !e.Spoken():
	case op == graph.OpLicenseGroup && f.run.permits(op):
		f.forbidden = onlyThisGroup()
	case op == graph.OpLicenseGroup:
		f.forbidden = f.of.word(explain(e, f.change.After, f.run.o.Names))
	case f.run.permits(op):
		f.forbidden = f.onlyThisUser(ctx)
	default:
		f.forbidden = explain(e, f.change.After, f.run.o.Names)
		f.forbidden.hint += "; where others can be changed it is about this user: " + protections
	}
	return ending{f.end(outcome, ""), f.run.noteForbidden(op, e)}
}

// protections are what keeps single users from being changed by an app that may
// change others (Entra docs, restricted management administrative units; the
// purchase was reported by users).
const protections = "a license that they bought themselves, a privileged role, or a restricted management administrative unit"

// onlyThisUser says why a user may not be changed although others may, as far
// as the tenant tells.
func (f *flight) onlyThisUser(ctx context.Context) reason {
	why := reason{"user-forbidden", "this identity has the permission, and may not change this user", "it may be for " + protections + "; change the user by hand, or protect them in the policy"}
	if f.run.o.Restricted == nil {
		return why
	}
	ctx, cancel := inFlight(ctx)
	defer cancel()
	if restricted, err := f.run.o.Restricted(ctx, f.change.User.ID); err == nil && restricted {
		why.message += ": they are in a restricted management administrative unit"
		why.hint = "give the app a role in that unit, or protect the user in the policy"
	}
	return why
}

// onlyThisGroup says why a group may not be changed although others may (Entra docs,
// restricted management administrative units, which take groups in as well).
func onlyThisGroup() reason {
	return reason{"group-forbidden", "this identity has the permission, and may not change this group",
		"it may be in a restricted management administrative unit; give the app a role in that unit, or change the group by hand and protect it in the policy"}
}

// permits reports whether something speaks for the permission: the tenant has
// accepted such a call, or the token names it.
func (r *run) permits(op graph.Op) bool {
	r.mu.Lock()
	shown := r.permission.shown[op]
	r.mu.Unlock()
	return shown || r.o.Permitted != nil && r.o.Permitted(op)
}

// noteForbidden counts a user who may not be changed. It gives the error where
// there are too many of them in a row. Where nothing speaks for the permission,
// no other change is begun until those under way have shown whether it is
// there.
func (r *run) noteForbidden(op graph.Op, e *graph.Error) error {
	permitted := r.permits(op)
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.permission
	p.inARow, p.last = p.inARow+1, e
	if p.inARow >= maxForbidden {
		return fmt.Errorf("%d users in a row may not be changed: %w", p.inARow, e)
	}
	if !permitted {
		p.suspect, p.suspects = e, op
	}
	return nil
}

// nobodyPermitted gives the reason of a run in which every user who was written
// to was refused for want of the permission: whatever speaks for it, it is not
// there. Else it gives nil.
func (r *run) nobodyPermitted() error {
	written := 0
	for _, res := range r.results {
		if res.Attempts > 0 {
			written++
		}
	}
	for _, res := range r.groupResults {
		if res.Attempts > 0 {
			written++
		}
	}
	if p := r.permission; p.inARow > 0 && p.inARow == written && r.throttling.accepted.IsZero() {
		return fmt.Errorf("nobody could be changed: %w", p.last)
	}
	return nil
}

// suspicious reports that nobody knows whether the permission is there.
func (r *run) suspicious() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.permission.suspect != nil
}

// convict ends the run where the permission is not known to be there when
// nothing is under way any more, and reports whether it did.
func (r *run) convict() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	suspect := r.permission.suspect
	if suspect == nil {
		return false
	}
	r.permission.suspect = nil
	r.stop(suspect)
	return true
}

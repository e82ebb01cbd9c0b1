package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Explain says why one user holds, gets or loses each license: a user
// principal name in any case, an object id, or Me. The whole plan is explained,
// so Options.Users and Options.SKUs are not heeded. The user has to be among
// Observed.Users, declared or not: the error is an *UnknownUserError otherwise.
func Explain(in Input, user string) (*plan.Explanation, error) {
	in.Options.Users, in.Options.SKUs = nil, nil
	b, err := prepare(in)
	if err != nil {
		return nil, err
	}
	i, known := b.find(user)
	if !known {
		return nil, b.unknownUser(user)
	}
	return newExplainer(b, i).explain(), nil
}

// explainer looks at a plan for the sake of one user.
type explainer struct {
	*basis
	plan        *plan.Plan
	user        *license.UserState
	managed     *managedUser        // nil: they are not managed
	compared    *comparison         // of the managed user; nil: they are not managed
	change      *plan.Change        // nil: nothing has to change, or nothing may
	entries     []*plan.DesiredUser // that name the user, or bring them in by a selection; by place
	memberships []*membership       // those of the entries that do so by a selection
	decides     *plan.DesiredUser   // the one that decides about them; nil: none yet, or none at all
	asks        []skuAsk            // by place
	words       words
	effects     []groupEffect // of the changes of the user's groups
}

// newExplainer makes the plan, and looks at the user with the index.
func newExplainer(b *basis, user int) *explainer {
	declared := b.index()
	result := b.work(declared)
	declared.groups = result.groups
	x := &explainer{basis: b, plan: result.Plan(nil), user: &b.in.Observed.Users[user], words: newWords(b.catalog, plan.NamesOf(b.namesOfGroups()))}
	x.effects = groupEffects(x.plan, x.user.ID)
	x.managed, _ = newResolver(b, declared).user(user)
	if x.managed != nil {
		x.compared = newComparer(b, declared).compare(x.managed)
	}
	if i := slices.IndexFunc(x.plan.Changes, func(c plan.Change) bool { return c.User.ID == x.user.ID }); i >= 0 {
		x.change = &x.plan.Changes[i]
	}
	from := declared.candidatesFor(user, x.user)
	x.entries, x.memberships = slices.Clone(from.entries), from.memberships
	for _, m := range from.memberships {
		x.entries = append(x.entries, &m.Entry)
	}
	slices.SortFunc(x.entries, compareEntries)
	x.decides, _ = b.decidingEntry(from)
	x.asks = x.findAsks()
	return x
}

func (x *explainer) explain() *plan.Explanation {
	p := x.plan
	out := &plan.Explanation{
		FormatVersion: plan.FormatVersion, PlanID: p.PlanID, Applyable: p.Applyable, CreatedAt: p.CreatedAt, Tool: p.Tool,
		Tenant: p.Tenant, Cloud: p.Cloud, Sources: p.Sources, AsOf: p.AsOf,
		User: plan.ExplainedUser{
			ID: x.user.ID, UserPrincipalName: x.user.UserPrincipalName, DisplayName: x.user.DisplayName,
			UserType: x.user.UserType, AccountEnabled: x.user.AccountEnabled,
		},
		Standing:  x.standing(),
		Entries:   x.explainedEntries(),
		Protected: x.isProtected(x.user),
		Status:    x.status(),
		Location:  x.location(),
		Licenses:  x.licenses(),
		Findings:  x.concerning(),
	}
	var keepers []license.GUID
	for _, l := range out.Licenses {
		keepers = append(keepers, l.KeptBy...)
	}
	out.Groups = x.words.groups.Of(keepers)
	out.Reprocess = slices.ContainsFunc(x.actions(), func(a plan.Action) bool { return a.Op == plan.OpReprocess })
	out.Reasons = x.words.reasons(x.reasons(out))
	return out
}

// status is empty where the plan has no change for the user.
func (x *explainer) status() plan.Status {
	if x.change == nil {
		return ""
	}
	return x.change.Status
}

// actions are what the plan does, or would do, with the user.
func (x *explainer) actions() []plan.Action {
	switch {
	case x.managed == nil:
		return nil
	case x.change != nil:
		return x.change.Actions
	default:
		return x.compared.suppressed
	}
}

func (x *explainer) standing() plan.Standing {
	switch {
	case len(x.entries) == 0:
		return plan.StandingUnlisted
	case x.decides == nil:
		return plan.StandingUpcoming
	case x.decides.Window.PhaseOn(x.day) == plan.Over:
		return plan.StandingEnded
	default:
		return plan.StandingListed
	}
}

func (x *explainer) explainedEntries() []plan.ExplainedEntry {
	out := []plan.ExplainedEntry{}
	for _, e := range x.entries {
		out = append(out, plan.ExplainedEntry{
			Name: cmp.Or(e.User.Name, x.user.UserPrincipalName), Selection: x.selectionOf(e), Manifest: e.Manifest, Source: e.User.Source, From: e.Window.From, Until: e.Window.Until,
			Decides: e == x.decides, ManagesLicenses: e.ManagesLicenses,
		})
	}
	return out
}

// selectionOf names the selection that an entry is of; empty for one of the
// user's own.
func (x *explainer) selectionOf(e *plan.DesiredUser) string {
	for _, m := range x.memberships {
		if &m.Entry == e {
			return m.Name
		}
	}
	return ""
}

// concerning picks the findings about the user: those that name them, those
// about what their entry and its profiles ask for, and those about the policy
// where they block the change.
func (x *explainer) concerning() []plan.Finding {
	names := map[string]bool{license.UPNKey(x.user.UserPrincipalName): true, x.user.ID.String(): true}
	places := map[plan.Source]bool{}
	if x.decides != nil {
		for _, l := range x.decides.Licenses {
			places[l.SKU.Source] = true
			for _, ref := range l.Plans.Plans {
				places[ref.Source] = true
			}
		}
	}
	out := []plan.Finding{}
	for _, f := range x.plan.Findings {
		named, shared := names[license.UPNKey(f.User)], f.User == "" && f.Source != nil && places[*f.Source]
		if named || shared || x.blocksAll(f) {
			out = append(out, f)
		}
	}
	return out
}

// blocksAll reports a finding about the policy, or about a selection that
// cannot be told, that blocks the user's change with others.
func (x *explainer) blocksAll(f plan.Finding) bool {
	shared := []plan.Code{plan.CodeProtectedNotFound, plan.CodePolicyUnknownSKU, plan.CodeGroupNotFound, plan.CodeAmbiguousGroup, plan.CodeFilterRefused, plan.CodeSelectionEmpty}
	return slices.Contains(shared, f.Code) && x.status() == plan.StatusBlocked && slices.Contains(x.change.Reasons, f.Code)
}

// reasons says what is true of the user as a whole: who lists them, what
// protects them, and what becomes of their change.
func (x *explainer) reasons(e *plan.Explanation) []reason {
	out := x.standingReasons()
	if e.Protected {
		out = append(out, reasonAt(x.protection(), reasonUserProtected))
	}
	switch e.Status {
	case plan.StatusBlocked, plan.StatusHeld:
		out = append(out, x.obstacles(e)...)
	case plan.StatusReady:
		out = append(out, x.wayOut()...)
	}
	return out
}

func (x *explainer) standingReasons() []reason {
	if len(x.entries) == 0 {
		return []reason{reasonAt(x.in.Policy.Source, x.unlisted())}
	}
	var out []reason
	for _, e := range x.entries {
		out = append(out, x.listing(e))
	}
	if d := x.decides; d != nil && !d.ManagesLicenses {
		out = append(out, reasonAt(d.User.Source, reasonManages))
	}
	return out
}

// unlisted says how the policy treats a user whom no manifest lists.
func (x *explainer) unlisted() reasonMessage {
	switch x.in.Policy.UnlistedUsers {
	case plan.UnlistedRemove:
		return reasonUnlistedRemoved
	case plan.UnlistedReport:
		return reasonUnlistedWarned
	default:
		return reasonUnlistedIgnored
	}
}

// listing says how an entry lists the user, and what its time means.
func (x *explainer) listing(e *plan.DesiredUser) reason {
	at, time := e.User.Source, entryTime{e.Window, e.Window.PhaseOn(x.day), e == x.decides}
	if by := x.selectionOf(e); by != "" {
		return reasonAt(at, reasonSelected, e.Manifest, by, time)
	}
	if license.UPNKey(e.User.Name) != license.UPNKey(x.user.UserPrincipalName) {
		return reasonAt(at, reasonListedAs, e.Manifest, e.User.Name, time)
	}
	return reasonAt(at, reasonListed, e.Manifest, time)
}

// protection is the place in the policy that protects the user.
func (x *explainer) protection() plan.Source {
	for _, ref := range x.in.Policy.Protected {
		if i, known := x.users.Find(ref.Name); known && x.in.Observed.Users[i].ID == x.user.ID {
			return ref.Source
		}
	}
	return x.in.Policy.Source
}

// obstacles says why the change is blocked or held: in the words of the
// findings, where there are any.
func (x *explainer) obstacles(e *plan.Explanation) []reason {
	var out []reason
	for _, code := range x.change.Reasons {
		told := false
		for _, f := range e.Findings {
			if f.Code == code {
				told = true
				out = append(out, reasonAt(placeOf(f), reasonFound, e.Status, userFinding(f)))
			}
		}
		if !told {
			out = append(out, obstacle(e.Status, code))
		}
	}
	return out
}

// placeOf is where a finding lies; the zero Source is no place.
func placeOf(f plan.Finding) plan.Source {
	if f.Source == nil {
		return plan.Source{}
	}
	return *f.Source
}

// obstacle is a reason that no finding about this user gives.
func obstacle(status plan.Status, code plan.Code) reason {
	switch code {
	case plan.CodeUserNotFound:
		return reasonOf(reasonOtherNotFound, status)
	case plan.CodeGroupBlocked:
		return reasonOf(reasonGroupBlocked, status)
	case plan.CodeAdditionsOnly:
		return reasonOf(reasonAdditionsOnly, status)
	default:
		return reasonOf(reasonCode, status, code)
	}
}

// wayOut says what stands between a ready change and its apply.
func (x *explainer) wayOut() []reason {
	out := []reason{reasonOf(reasonReady)}
	if waits := x.change.WaitsFor; len(waits) > 0 {
		var givers nameList
		for _, id := range waits {
			givers = append(givers, x.userName(id))
		}
		out = append(out, reasonOf(reasonWaitsForSeats, givers))
	}
	if waits := x.change.WaitsForGroups; len(waits) > 0 {
		out = append(out, reasonOf(reasonWaitsForGroups, groupList(waits)))
	}
	return append(out, x.trippedGuards(x.plan)...)
}

// trippedGuards says which limits a plan goes beyond.
func (b *basis) trippedGuards(p *plan.Plan) []reason {
	var out []reason
	for _, g := range p.Guards {
		switch {
		case g.Stops():
			out = append(out, reasonAt(b.in.Policy.Source, reasonGuardTripped, guardName(g), count(g.Actual), count(*g.Limit)))
		case g.Tripped:
			out = append(out, reasonAt(b.in.Policy.Source, reasonGuardApproved, guardName(g), count(g.Actual), count(*g.Limit), g.ApprovedBy))
		}
	}
	return out
}

// userName names a user of the tenant.
func (b *basis) userName(id license.GUID) string {
	i, found := b.users.FindID(id)
	if !found {
		return id.String()
	}
	return cmp.Or(b.in.Observed.Users[i].UserPrincipalName, id.String())
}

// location explains the usage location.
func (x *explainer) location() plan.ExplainedLocation {
	out := plan.ExplainedLocation{Verdict: plan.VerdictUnmanaged, Now: x.user.UsageLocation, Reasons: []plan.Reason{}}
	if x.managed == nil || x.managed.usageLocation == "" {
		return out
	}
	out.Desired, out.Verdict = x.managed.usageLocation, plan.VerdictKeep
	out.Reasons = x.words.reasons([]reason{reasonAt(x.managed.source, reasonLocation, out.Desired)})
	actions := x.actions()
	if i := slices.IndexFunc(actions, func(a plan.Action) bool { return a.Op == plan.OpSetUsageLocation }); i >= 0 {
		out.Verdict, out.Cause = x.verdictOf(plan.OpUpdate), actions[i].Cause
		out.Reasons = append(out.Reasons, x.words.reasons(x.causeReasons(out.Cause))...)
	}
	return out
}

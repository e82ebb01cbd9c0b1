package export

import (
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/plan"
)

// revision is the change of one entry in the making.
type revision struct {
	*update
	entry   *edit.Entry
	desired *plan.DesiredUser
	ops     map[license.GUID]plan.Op // what the plan would do to the user
	held    holdings

	own     edit.ListChange // the entry's own licenses
	keeps   int             // of its own licenses, how many stay
	covered map[license.GUID]bool
	written []edit.Item // licenses that go on as they were written
	lacks   holdings    // what is held and covered by nothing that stays
}

// change works out the least that has to become different in an entry, so that
// the plan has nothing to do for its user.
func (u *update) change(e *edit.Entry, d *plan.DesiredUser, c plan.Change) (edit.Change, error) {
	state := u.byName[c.User.ID.String()]
	r := &revision{update: u, entry: e, desired: d, ops: map[license.GUID]plan.Op{}, covered: map[license.GUID]bool{}, lacks: holdings{}}
	var out edit.Change
	for _, a := range c.Actions {
		if a.Op != plan.OpSetUsageLocation {
			r.ops[a.SKUID] = a.Op
			continue
		}
		if out.UsageLocation = usageLocation(*state); out.UsageLocation == "" {
			return out, errors.New("the user has no usage location that a manifest can name")
		}
		out.UsageLocation = compose.Scalar(out.UsageLocation)
	}
	if len(r.ops) == 0 {
		return out, nil
	}
	direct := u.direct(*state)
	if obstacle := u.obstacle(*state, direct); obstacle != "" {
		return out, errors.New(obstacle)
	}
	if !e.HasLicenses && e.List().Defaults.HasLicenses {
		return out, errors.New("the defaults of its document have licenses")
	}
	r.held = holdingsOf(direct)
	return out, r.revise(&out)
}

func (r *revision) revise(out *edit.Change) error {
	if err := r.reviseOwn(); err != nil {
		return err
	}
	kept, err := r.reviseProfiles()
	if err != nil {
		return err
	}
	for sku, op := range r.ops {
		if op != plan.OpAdd && !r.covered[sku] {
			r.lacks[sku] = r.held[sku]
		}
	}
	more := r.book.cover(r.lacks, r.covered)
	r.own.Add = r.written
	for _, a := range r.inOrder() {
		if !r.covered[a.SKUID] {
			sku, _ := r.catalog.SKU(a.SKUID)
			r.own.Add = append(r.own.Add, itemOf(r.spelling.License(sku, a.DisabledPlans)))
		}
	}
	return r.write(out, kept, more)
}

// inOrder gives what is lacking in the order of the holdings.
func (r *revision) inOrder() []license.Assignment {
	var out []license.Assignment
	for _, a := range r.lacks {
		out = append(out, a)
	}
	slices.SortFunc(out, license.CompareAssignments)
	return out
}

func itemOf(l compose.License) edit.Item { return edit.Item{Flow: l.Flow(), Lines: l.Lines()} }

// reviseOwn takes out the entry's own licenses that are not held, and corrects
// those that are held with other plans.
func (r *revision) reviseOwn() error {
	r.own.Replace = map[int]edit.Item{}
	r.keeps = r.entry.Licenses()
	for _, l := range r.desired.Licenses {
		if l.Profile != "" || l.Window.PhaseOn(r.plan.AsOf) != plan.Active {
			continue
		}
		sku, err := r.catalog.ResolveSKU(l.SKU.Name)
		if err != nil {
			return err
		}
		at, found := r.entry.LicenseAt(l.SKU.Source.Line, l.SKU.Source.Column)
		op, differs := r.ops[sku.ID]
		switch {
		case !differs:
			r.covered[sku.ID] = true
		case !found:
			return edit.ErrUnusual
		case op == plan.OpAdd:
			r.own.Remove = append(r.own.Remove, at)
			r.keeps--
		case l.Window != (plan.Window{}):
			return errors.New("the license that differs has dates")
		default:
			r.own.Replace[at] = itemOf(r.spelling.License(sku, r.held[sku.ID].DisabledPlans))
			r.covered[sku.ID] = true
		}
	}
	return nil
}

// reviseProfiles tells which of the profiles that the entry has, by itself or
// by default, can stay, and takes over what the others gave and is right.
func (r *revision) reviseProfiles() (kept []bool, err error) {
	refs := r.profiles()
	kept = make([]bool, len(refs))
	for i, ref := range refs {
		kept[i] = !slices.ContainsFunc(r.book.byName[ref.Name].licenses, r.differs)
		if kept[i] {
			r.book.mark(ref.Name, r.covered)
		}
	}
	for i, ref := range refs {
		if kept[i] {
			continue
		}
		if ref.IsTimed {
			return nil, errors.New("a profile that differs has dates")
		}
		for _, l := range r.book.byName[ref.Name].licenses {
			r.takeOver(l)
		}
	}
	return kept, nil
}

func (r *revision) differs(l bookedLicense) bool {
	op, differs := r.ops[l.sku.ID]
	return differs && op != plan.OpRemove && l.Window.PhaseOn(r.plan.AsOf) == plan.Active
}

// takeOver keeps what a profile that goes has asked for and the user has.
func (r *revision) takeOver(l bookedLicense) {
	a, held := r.held[l.sku.ID]
	op, differs := r.ops[l.sku.ID]
	switch {
	case r.covered[l.sku.ID], differs && op == plan.OpAdd:
	case held:
		r.lacks[l.sku.ID] = a
	default: // it comes from a group, or is to come
		r.covered[l.sku.ID] = true
		r.written = append(r.written, asWritten(l.DesiredLicense))
	}
}

// profiles are the profiles that the entry has, its own or those of the
// defaults.
func (r *revision) profiles() []edit.Profile {
	wantsNone := r.entry.HasLicenses && r.entry.Licenses() == 0
	switch {
	case r.entry.HasProfiles:
		return r.entry.Profiles
	case wantsNone:
		return nil
	default:
		return r.entry.List().Defaults.Profiles
	}
}

// asWritten repeats a license of a profile.
func asWritten(l plan.DesiredLicense) edit.Item {
	lines := []string{"sku: " + compose.Scalar(l.SKU.Name)}
	var refs []string
	for _, p := range l.Plans.Plans {
		refs = append(refs, p.Name)
	}
	switch l.Plans.Mode {
	case plan.PlansDisabled:
		lines = append(lines, "disabledPlans: "+compose.List(refs))
	case plan.PlansEnabled:
		lines = append(lines, "enabledPlans: "+compose.List(refs))
	case plan.PlansUnmanaged:
	}
	if !l.Window.From.IsZero() {
		lines = append(lines, "from: "+l.Window.From.String())
	}
	if !l.Window.Until.IsZero() {
		lines = append(lines, "until: "+l.Window.Until.String())
	}
	return edit.Item{Flow: "{" + strings.Join(lines, ", ") + "}", Lines: lines}
}

// write notes what becomes of the two keys. An entry without profiles and
// licenses says so, and no default comes back in by the way.
func (r *revision) write(out *edit.Change, kept []bool, more []string) error {
	stay := 0
	for _, k := range kept {
		if k {
			stay++
		}
	}
	profiles, licenses := stay+len(more), r.keeps+len(r.own.Add)
	if stay < len(kept) || len(more) > 0 {
		change, err := r.profileChange(kept, more)
		if err != nil {
			return err
		}
		out.Profiles = change
	}
	if len(r.own.Remove)+len(r.own.Add)+len(r.own.Replace) > 0 {
		out.Licenses = &r.own
	}
	switch hasDefault := len(r.entry.List().Defaults.Profiles) > 0; {
	case profiles+licenses == 0:
		out.Licenses = &edit.ListChange{Remove: r.own.Remove}
		out.Profiles = nil
		if r.entry.HasProfiles {
			out.Profiles = &edit.ListChange{Drop: true}
		}
	case licenses == 0 && r.entry.HasLicenses:
		out.Licenses = &edit.ListChange{Drop: true}
	case profiles == 0 && !hasDefault && out.Profiles != nil && r.entry.HasProfiles:
		out.Profiles = &edit.ListChange{Drop: true}
	case profiles == 0 && hasDefault && !r.entry.HasProfiles && len(kept) == 0:
		// It said `licenses: []`, which kept the default profiles out.
		out.Profiles = &edit.ListChange{}
	}
	return nil
}

// profileChange changes the entry's own list of profiles, or writes one in
// place of the defaults.
func (r *revision) profileChange(kept []bool, more []string) (*edit.ListChange, error) {
	out := &edit.ListChange{}
	for i, ref := range r.profiles() {
		switch {
		case r.entry.HasProfiles && !kept[i]:
			out.Remove = append(out.Remove, i)
		case !r.entry.HasProfiles && kept[i] && ref.IsTimed:
			return nil, errors.New("a default profile has dates")
		case !r.entry.HasProfiles && kept[i]:
			out.Add = append(out.Add, profileItem(ref.Name))
		}
	}
	for _, name := range more {
		out.Add = append(out.Add, profileItem(name))
	}
	return out, nil
}

func profileItem(name string) edit.Item {
	word := compose.Scalar(name)
	return edit.Item{Flow: word, Lines: []string{word}}
}

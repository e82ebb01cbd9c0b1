package export

import (
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/plan"
)

// revision is the change of one entry in the making, of a user or of a group.
type revision struct {
	*update
	entry *edit.Entry
	asks  []plan.DesiredLicense    // what it asks for, with its profiles
	ops   map[license.GUID]plan.Op // what the plan would do to the user or the group
	held  licenseSet               // by the user, or given by the group

	own      edit.ListChange                      // the entry's own licenses
	keeps    int                                  // of its own licenses, how many stay
	covered  map[license.GUID]bool                // what items ask for, for good, that stay
	windows  map[license.GUID][]plan.Window       // the days of items that stay
	written  []edit.Item                          // licenses that go on as they were written
	replaced licenseSet                           // what one of its own licenses is made to say
	lacks    licenseSet                           // what is held and covered by nothing that stays
	asked    map[license.GUID]plan.DesiredLicense // of what lacks, what was right as it was asked for
}

func newRevision(u *update, e *edit.Entry, asks []plan.DesiredLicense) *revision {
	return &revision{
		update: u, entry: e, asks: asks, ops: map[license.GUID]plan.Op{},
		covered: map[license.GUID]bool{}, windows: map[license.GUID][]plan.Window{},
		replaced: licenseSet{}, lacks: licenseSet{}, asked: map[license.GUID]plan.DesiredLicense{},
	}
}

// change works out the least that has to become different in an entry, so that
// the plan has nothing to do for its user.
func (u *update) change(e *edit.Entry, d *plan.DesiredUser, c plan.Change) (edit.Change, error) {
	state := u.byName[c.User.ID.String()]
	r := newRevision(u, e, d.Licenses)
	var out edit.Change
	for _, a := range c.Actions {
		if a.Op != plan.OpSetUsageLocation {
			r.ops[a.SKUID] = a.Op
			continue
		}
		if out.UsageLocation = usageLocation(state); out.UsageLocation == "" {
			return out, errors.New("the user has no usage location that a manifest can name")
		}
		out.UsageLocation = compose.Scalar(out.UsageLocation)
	}
	if len(r.ops) == 0 {
		return out, nil
	}
	direct := u.direct(state)
	if obstacle := u.obstacle(state, direct); obstacle != "" {
		return out, errors.New(obstacle)
	}
	r.held = licenseSetOf(direct)
	return out, r.revise(&out)
}

func (r *revision) revise(out *edit.Change) error {
	if !r.entry.HasLicenses && r.entry.List().Defaults.HasLicenses {
		return errors.New("the defaults of its document have licenses")
	}
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
	if r.isContradicted() {
		return errDated
	}
	more := r.book.cover(r.covered, r.fits)
	r.own.Add = r.written
	for _, a := range r.inOrder() {
		if !r.covered[a.SKUID] {
			r.own.Add = append(r.own.Add, r.item(a))
		}
	}
	r.write(out, kept, more)
	return nil
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

// isContradicted reports that of something that is written anew a profile or an
// item to come speaks too, on other days and with other service plans.
func (r *revision) isContradicted() bool {
	return slices.ContainsFunc(r.asks, func(l plan.DesiredLicense) bool {
		sku, err := r.catalog.ResolveSKU(l.SKU.Name)
		a, lacks := r.lacks[sku.ID]
		_, right := r.asked[sku.ID]
		if replaced, ok := r.replaced[sku.ID]; ok {
			a, lacks = replaced, true
		}
		phase := l.Window.PhaseOn(r.plan.AsOf)
		if err != nil || !lacks || right || phase == plan.Active || phase == plan.Over && l.Profile == "" {
			return false
		}
		mode := plan.PlansUnmanaged // as compose writes it
		if len(r.spelling.License(sku, a.DisabledPlans).DisabledPlans) > 0 {
			mode = plan.PlansDisabled
		}
		return l.Plans.Mode != mode || !samePlans(bookedLicense{DesiredLicense: l, sku: sku}, a, r.catalog)
	})
}

// fits reports whether a profile is for what lacks, and says the same of
// service plans as was asked for.
func (r *revision) fits(p bookedProfile) bool {
	return r.lacks.has(p, r.catalog) && !slices.ContainsFunc(p.licenses, func(l bookedLicense) bool {
		asked, right := r.asked[l.sku.ID]
		return right && asked.Plans.Mode != l.Plans.Mode
	})
}

// item writes a license that lacks.
func (r *revision) item(a license.Assignment) edit.Item {
	sku, _ := r.catalog.SKU(a.SKUID)
	item := itemOf(r.spelling.License(sku, a.DisabledPlans))
	if asked, right := r.asked[a.SKUID]; right && (asked.Plans.Mode != plan.PlansUnmanaged || len(a.DisabledPlans) > 0) {
		item = asWritten(asked)
	}
	return item
}

func itemOf(l compose.License) edit.Item { return edit.Item{Flow: l.Flow(), Lines: l.Lines()} }

var errDated = errors.New("the license that differs has dates")

// reviseOwn takes out the entry's own licenses that are not held, and corrects
// those that are held with other plans.
func (r *revision) reviseOwn() error {
	r.own.Replace = map[int]edit.Item{}
	licenses := r.entry.Licenses()
	r.keeps = len(licenses)
	for i, l := range licenses {
		window := windowOf(l.Dates)
		phase := window.PhaseOn(r.plan.AsOf)
		sku, err := r.catalog.ResolveSKU(l.SKU)
		if err != nil {
			return err
		}
		op, differs := r.ops[sku.ID]
		isOver := phase == plan.Over
		switch {
		case isOver && (!differs || op == plan.OpAdd):
			// It asks for nothing, and nothing is to be asked for in its place.
		case isOver && (op == plan.OpUpdate || r.covered[sku.ID]):
			// Another item comes to say something else of the service plans, and one
			// entry may not say both.
			r.own.Remove = append(r.own.Remove, i)
			r.keeps--
		case !differs || phase == plan.Pending:
			r.stays(sku.ID, window)
		case op == plan.OpAdd:
			r.own.Remove = append(r.own.Remove, i)
			r.keeps--
		case (window != (plan.Window{}) || l.Renewed != "") && !isOver:
			return errDated
		default:
			r.replaced[sku.ID] = r.held[sku.ID]
			r.own.Replace[i] = itemOf(r.spelling.License(sku, r.held[sku.ID].DisabledPlans))
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
		licenses := r.licensesOf(ref)
		kept[i] = !slices.ContainsFunc(licenses, r.differs)
		for _, l := range licenses {
			if kept[i] {
				r.stays(l.sku.ID, l.Window)
			}
		}
	}
	for i, ref := range refs {
		if kept[i] {
			continue
		}
		for _, l := range r.licensesOf(ref) {
			if err := r.takeOver(l); err != nil {
				return nil, err
			}
		}
	}
	return kept, nil
}

// stays notes that an item for a product stays as it is.
func (r *revision) stays(sku license.GUID, w plan.Window) {
	r.covered[sku] = r.covered[sku] || w == (plan.Window{})
	r.windows[sku] = append(r.windows[sku], w)
}

// isCovered reports that on every day of a license an item which stays asks
// for it: one that ends earlier would let it go.
func (r *revision) isCovered(l bookedLicense) bool {
	return r.covered[l.sku.ID] || slices.ContainsFunc(r.windows[l.sku.ID], func(w plan.Window) bool { return w.Intersect(l.Window) == l.Window })
}

// licensesOf gives what a profile brings on the days for which it is mentioned.
// What it brings on no day is left out.
func (r *revision) licensesOf(ref edit.Profile) []bookedLicense {
	var out []bookedLicense
	for _, l := range r.book.byName[ref.Name].licenses {
		l.Window = l.Window.Intersect(windowOf(ref.Dates))
		l.Renewed = plan.LaterDate(l.Renewed, renewedOf(ref.Dates))
		if r.entry.List().Kind == manifest.KindGroupLicenses {
			l.Renewed = plan.Date{} // it is about signs of use, which groups do not have
		}
		if l.Window.From.IsZero() || l.Window.Until.IsZero() || l.Window.From.Before(l.Window.Until) {
			out = append(out, l)
		}
	}
	return out
}

func (r *revision) differs(l bookedLicense) bool {
	op, differs := r.ops[l.sku.ID]
	return differs && op != plan.OpRemove && l.Window.PhaseOn(r.plan.AsOf) == plan.Active
}

func (r *revision) isOver(l bookedLicense) bool { return l.Window.PhaseOn(r.plan.AsOf) == plan.Over }

// takeOver keeps what a profile that goes has asked for and the user has. What
// holds for a time goes on as it was written.
func (r *revision) takeOver(l bookedLicense) error {
	a, held := r.held[l.sku.ID]
	op, differs := r.ops[l.sku.ID]
	isTimed := l.Window != (plan.Window{}) || !l.Renewed.IsZero()
	switch {
	case r.isCovered(l), differs && op == plan.OpAdd, r.isOver(l) && !differs:
	case r.differs(l) && isTimed:
		return errDated
	case differs:
		r.lacks[l.sku.ID] = a
	case held && !isTimed:
		r.lacks[l.sku.ID], r.asked[l.sku.ID] = a, l.DesiredLicense
	default: // also what comes from a group, or is to come
		r.stays(l.sku.ID, l.Window)
		r.written = append(r.written, asWritten(l.DesiredLicense))
	}
	return nil
}

// profiles are the profiles that the entry has, its own or those of the
// defaults.
func (r *revision) profiles() []edit.Profile {
	wantsNone := r.entry.HasLicenses && len(r.entry.Licenses()) == 0
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
	return mappingItem(append(lines, datesOf(l.Window, l.Renewed)...))
}

// write notes what becomes of the two keys. An entry without profiles and
// licenses says so, and no default comes back in by the way.
func (r *revision) write(out *edit.Change, kept []bool, more []string) {
	stay := 0
	for _, k := range kept {
		if k {
			stay++
		}
	}
	profiles, licenses := stay+len(more), r.keeps+len(r.own.Add)
	if stay < len(kept) || len(more) > 0 {
		out.Profiles = r.profileChange(kept, more)
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
}

// profileChange changes the entry's own list of profiles, or writes one in
// place of the defaults.
func (r *revision) profileChange(kept []bool, more []string) *edit.ListChange {
	out := &edit.ListChange{}
	for i, ref := range r.profiles() {
		switch {
		case r.entry.HasProfiles && !kept[i]:
			out.Remove = append(out.Remove, i)
		case !r.entry.HasProfiles && kept[i]:
			out.Add = append(out.Add, profileItem(ref))
		}
	}
	for _, name := range more {
		out.Add = append(out.Add, profileItem(edit.Profile{Name: name}))
	}
	return out
}

func profileItem(ref edit.Profile) edit.Item {
	word := compose.Scalar(ref.Name)
	if dates := datesOf(windowOf(ref.Dates), renewedOf(ref.Dates)); len(dates) > 0 {
		return mappingItem(append([]string{"profile: " + word}, dates...))
	}
	return edit.Item{Flow: word, Lines: []string{word}}
}

// windowOf reads dates that manifest.Parse has found good.
func windowOf(d edit.Dates) plan.Window {
	var out plan.Window
	out.From, _ = plan.ParseDate(d.From)
	out.Until, _ = plan.ParseDate(d.Until)
	return out
}

// renewedOf is the same of the day on which an item was asked for anew.
func renewedOf(d edit.Dates) plan.Date {
	out, _ := plan.ParseDate(d.Renewed)
	return out
}

func datesOf(w plan.Window, renewed plan.Date) []string {
	var out []string
	if !w.From.IsZero() {
		out = append(out, "from: "+w.From.String())
	}
	if !w.Until.IsZero() {
		out = append(out, "until: "+w.Until.String())
	}
	if !renewed.IsZero() {
		out = append(out, "renewed: "+renewed.String())
	}
	return out
}

// mappingItem is an item with these keys.
func mappingItem(lines []string) edit.Item {
	return edit.Item{Flow: "{" + strings.Join(lines, ", ") + "}", Lines: lines}
}

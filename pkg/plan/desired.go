package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Source is a place in a manifest. The zero Source is "no place".
type Source struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1
	Column int    `json:"-"`    // from 1, in characters
}

// String gives file:line:col, or file:line where no column is known (a plan
// read back from JSON keeps none).
func (s Source) String() string {
	if s.Column == 0 {
		return fmt.Sprintf("%s:%d", s.File, s.Line)
	}
	return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Column)
}

// SourceFile identifies the bytes of one manifest that went into a plan.
type SourceFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// Me stands for the signed-in user where a user is named.
const Me = "me"

// Ref is a name as a person wrote it, with its place. What it stands for is
// found out when planning, against the tenant.
type Ref struct {
	Name   string
	Source Source
}

// Desired is what the manifests say that users should hold, with profiles and
// defaults already folded in. The order of its users and selections carries no
// meaning.
type Desired struct {
	Users      []DesiredUser
	Groups     []DesiredGroup // what groups should give; nil: the manifests do not speak of groups
	Selections []Selection

	// OnlyListed tells that what stands in no entry is no business of the plan,
	// whatever the policy says of it: the entries are those of a way back.
	OnlyListed bool

	Approvals []Approval
	Files     []SourceFile // sorted by path
	Manifests *Manifests   // where they were found; nil: not told
	NotUndone []NotUndone  // of the run that this takes back; nil: this is no undo, or a whole one
}

// NotUndone is a change of a run that an undo does not take back, or not as a whole.
type NotUndone struct {
	User  UserRef // whose change it is; zero: that of a group
	Group Group

	// Outcome is what became of the change, in the words of a receipt: it was not
	// made. Empty: nobody knows, so that what is missing is given back, and nothing
	// is taken away.
	Outcome string
}

// DesiredUser is one entry of a UserLicenses manifest.
type DesiredUser struct {
	User     Ref    // UPN, object id or Me
	Manifest string // the manifest's metadata.name, which seats.priority lists
	Window   Window

	// UsageLocation is the ISO 3166-1 alpha-2 code to hold, in upper case.
	// Empty: the entry does not manage it.
	UsageLocation string

	// ManagesLicenses tells an entry that names licenses or profiles, were it
	// none of them, from one that leaves both keys out. Absent is not empty:
	// the former with no Licenses takes every managed license away, the latter
	// touches none.
	ManagesLicenses bool
	Licenses        []DesiredLicense

	// Renewed is a day that counts as one on which the user used everything; zero:
	// none. That of a license, or of a profile that brings it, is its own.
	Renewed Date

	// Bundle tells entries that ask for the same licenses: those of one Bundle
	// have the same Licenses. Nil: no other entry is known to have them.
	Bundle *Bundle

	// Files are those that say what the entry asks for besides its own: of the
	// profiles that it names, also of those that bring nothing. Entries may
	// share the slice: do not change it.
	Files []string
}

// DesiredGroup is one entry of a GroupLicenses manifest: what a group should give
// its members.
type DesiredGroup struct {
	Group    Ref    // display name or object id
	Manifest string // the manifest's metadata.name
	Window   Window

	// ManagesLicenses tells an entry that names licenses or profiles, were it none
	// of them, from one that leaves both keys out. Absent is not empty: the former
	// with no Licenses takes every managed license from the group, the latter none.
	ManagesLicenses bool
	Licenses        []DesiredLicense

	// Files are those that say what the entry asks for besides its own. Entries may
	// share the slice: do not change it.
	Files []string
}

// ReadsGroups reports whether a plan needs what groups give: the manifests or the
// policy speak of it.
func (d Desired) ReadsGroups(policy Policy) bool {
	return d.Groups != nil || !d.OnlyListed && (policy.UnlistedGroups == UnlistedReport || policy.UnlistedGroups == UnlistedRemove)
}

// NamedGroups lists the groups that have to be found in the tenant beside those
// that give licenses: display names and object ids as they are written, sorted, each once;
// nil where groups are not read.
func (d Desired) NamedGroups(policy Policy) []string {
	if !d.ReadsGroups(policy) {
		return nil
	}
	var out []string
	for _, g := range d.Groups {
		out = append(out, g.Group.Name)
	}
	out = append(out, policy.NamedGroups()...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Bundle is what several entries ask for together, as one: two are the same where
// they have the same address.
type Bundle struct {
	Licenses []DesiredLicense // do not change them
}

// DesiredLicense is one SKU that an entry asks for, by itself or through a
// profile.
type DesiredLicense struct {
	SKU     Ref    // part number, GUID or product name
	Profile string // the profile that brings it; empty for the entry's own
	Default bool   // the defaults of the manifest bring it, and no profile
	Plans   PlanChoice
	Window  Window // of the license and of the profile reference together
	Renewed Date   // the later one of the license and of the profile reference; zero: none
}

// PlanMode says what a PlanChoice fixes.
type PlanMode int

// The three values of a plan choice: not said, a deny-list, an allow-list.
const (
	PlansUnmanaged PlanMode = iota // keep what is there; a new license has every plan on
	PlansDisabled                  // exactly these are off
	PlansEnabled                   // exactly these are on, and no plan that comes later
)

// PlanChoice says which service plans of a license are on.
type PlanChoice struct {
	Mode  PlanMode
	Plans []Ref // name, id or friendly name; empty in mode PlansUnmanaged
}

// Approval lets one plan pass the guards it names.
type Approval struct {
	Name   string // metadata.name
	PlanID string
	Guards []GuardName
	Source Source
}

// Date is a day of the calendar, from the year 0 to 9999. When it begins
// depends on the time zone of the policy. The zero Date is "no date", and comes
// before all others. A window of two stands beside every license of every user,
// so a date is small.
type Date struct {
	day int32 // from 1, which is the first of January of the year 0
}

// NewDate gives a day. Months and days that do not exist count on, as in
// time.Date.
func NewDate(year int, month time.Month, day int) Date {
	return Date{day: int32((time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()-firstDay)/secondsPerDay) + 1}
}

// firstDay is when the day 1 began, in seconds of Unix time.
const (
	firstDay      = -62167219200
	secondsPerDay = 24 * 60 * 60
)

// ParseDate reads a date of the form 2026-12-31.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date of the form 2026-12-31", s)
	}
	return DateOf(t), nil
}

// DateOf returns the day that t falls on in its own location.
func DateOf(t time.Time) Date {
	return NewDate(t.Date())
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == Date{} }

// Before reports whether d lies before e.
func (d Date) Before(e Date) bool { return d.day < e.day }

// Compare orders dates, the earlier first.
func (d Date) Compare(e Date) int { return cmp.Compare(d.day, e.day) }

// Equal reports whether two dates are the same.
func (d Date) Equal(e Date) bool { return d == e }

// AddDays gives the day that comes so many days later.
func (d Date) AddDays(n int) Date { return Date{day: d.day + int32(n)} }

// DaysUntil counts the days from d to e; below zero where e comes before.
func (d Date) DaysUntil(e Date) int { return int(e.day - d.day) }

// LaterDate gives the later of two dates.
func LaterDate(a, b Date) Date {
	if a.Before(b) {
		return b
	}
	return a
}

// Begin gives the time at which the day begins in a time zone.
func (d Date) Begin(zone *time.Location) time.Time {
	year, month, day := d.midnight().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

func (d Date) midnight() time.Time {
	return time.Unix(firstDay+int64(d.day-1)*secondsPerDay, 0).UTC()
}

// String gives the form 2026-12-31, or nothing for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(time.DateOnly)
}

// MarshalText writes the form that ParseDate reads.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	*d = parsed
	return err
}

// Window bounds an item in time: it holds on days From ≤ day < Until. A zero
// end is open.
type Window struct {
	From  Date
	Until Date
}

// Phase is where a day lies against a window.
type Phase int

// The phases of a window.
const (
	Pending Phase = iota // From is still to come: asks for nothing, takes nothing away
	Active
	Over // Until has come: no longer desired
)

// PhaseOn tells where the day lies.
func (w Window) PhaseOn(day Date) Phase {
	switch {
	case !w.Until.IsZero() && !day.Before(w.Until):
		return Over
	case !w.From.IsZero() && day.Before(w.From):
		return Pending
	default:
		return Active
	}
}

// Overlaps reports whether some day lies in both windows.
func (w Window) Overlaps(v Window) bool {
	return startsBefore(w.From, v.Until) && startsBefore(v.From, w.Until)
}

func startsBefore(from, until Date) bool {
	return from.IsZero() || until.IsZero() || from.Before(until)
}

// Intersect gives the days that lie in both windows. Where there are none the
// result is a window that no day lies in.
func (w Window) Intersect(v Window) Window {
	out := w
	if out.From.IsZero() || out.From.Before(v.From) {
		out.From = v.From
	}
	if out.Until.IsZero() || !v.Until.IsZero() && v.Until.Before(out.Until) {
		out.Until = v.Until
	}
	return out
}

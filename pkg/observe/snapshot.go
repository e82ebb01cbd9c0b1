package observe

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// SnapshotVersion is the version of the snapshot document. Readers refuse
// another one.
const SnapshotVersion = "1"

// The bounds of a snapshot that is read, each far beyond what a tenant has.
const (
	maxSnapshotGB          = 4
	maxSnapshotUsers       = 10_000_000
	maxSnapshotSKUs        = 10_000
	maxSnapshotSelections  = 10_000
	maxSnapshotGroups      = 100_000
	maxSnapshotPlans       = 1_000 // of one product
	maxSnapshotAssignments = 1_000 // of one user
	maxSnapshotAttributes  = 100   // properties of users
	maxSnapshotText        = 8_192 // bytes of one name, filter or sentence
)

// ErrNotSnapshot says that a document is something else.
var ErrNotSnapshot = errors.New("not a snapshot")

// Snapshot is the live state of a tenant at one time, in one document: to plan
// without a network, to restore, and to report defects with.
type Snapshot struct {
	TakenAt  time.Time
	Cloud    string
	Tool     plan.Tool
	Observed plan.Observed // Whole

	// Unchecked tells of a snapshot that was read and is of an older version: it
	// has no checksum, so nobody can tell whether it was edited.
	Unchecked bool
}

// Encode writes the snapshot as one indented JSON document. It is written as it
// is made.
func (s Snapshot) Encode(w io.Writer) error {
	document := s.wire()
	from, to := io.Pipe()
	go func() { _ = to.CloseWithError(s.write(to, document, jsontext.Multiline(false))) }()
	var err error
	if document.Checksum, err = checksum(from); err != nil {
		return err
	}
	if err := s.write(w, document, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

// write writes the document, with the users of the snapshot.
func (s Snapshot) write(w io.Writer, document wireSnapshot, layout jsonv2.Options) error {
	return jsonv2.MarshalWrite(w, document, layout, jsonv2.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true), jsonv2.Deterministic(true),
		jsonv2.WithMarshalers(jsonv2.MarshalToFunc(s.writeUsers)))
}

// writeUsers writes the users one by one, in place of those of the document.
func (s Snapshot) writeUsers(enc *jsontext.Encoder, _ []wireSnapshotUser) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, u := range s.Observed.Users {
		if err := jsonv2.MarshalEncode(enc, s.wireUser(u)); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// DecodeSnapshot reads what Encode wrote. A document of another kind is
// ErrNotSnapshot.
func DecodeSnapshot(r io.Reader) (Snapshot, error) {
	limited := &io.LimitedReader{R: r, N: maxSnapshotGB << 30}
	summed := sumWhileReading(limited)
	wire, err := decodeWire(summed)
	sum := summed.result()
	switch {
	case err != nil && limited.N == 0:
		return Snapshot{}, fmt.Errorf("the snapshot is larger than %d GB", maxSnapshotGB)
	case err != nil:
		return Snapshot{}, err
	case wire.Checksum != "" && wire.Checksum != sum:
		return Snapshot{}, errors.New("the snapshot was changed after it was made: its checksum does not fit")
	}
	out, err := wire.snapshot()
	out.Unchecked = wire.Checksum == ""
	return out, err
}

// decodeWire reads one document and nothing else. A name that stands in it twice
// is refused, since nobody could tell which of them holds.
func decodeWire(r io.Reader) (wireSnapshot, error) {
	var wire wireSnapshot
	dec := jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true))
	err := jsonv2.UnmarshalDecode(dec, &wire)
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && wire.Version != "":
		return wire, errors.New("the snapshot was changed after it was made: it has a name twice")
	case err != nil:
		return wire, fmt.Errorf("%w: %w", ErrNotSnapshot, inWords(err))
	case wire.Version == "":
		return wire, ErrNotSnapshot
	case wire.Version != SnapshotVersion:
		return wire, fmt.Errorf("the snapshot has version %q, this program reads %q", wire.Version, SnapshotVersion)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return wire, errors.New("the snapshot is followed by something else")
	}
	return wire, nil
}

// inWords says what is wrong with a document without naming types of Go.
func inWords(err error) error {
	if kind, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		return fmt.Errorf("%s holds something else than it should (byte %d)", cmp.Or(string(kind.JSONPointer), "it"), kind.ByteOffset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is empty or cut off")
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("it is not JSON (byte %d)", syntax.ByteOffset)
	}
	return err
}

// Desired is what the users of the snapshot held directly, and what its groups
// gave, as far as it tells, for an ordinary
// plan back to it. A usage location that a user did not have then stays as it
// is, since the service has no way to take one away, and so does a license of
// which the tenant did not say then whether it was direct. Users that have come
// since are not in it: plan with an Observed that is not Whole.
func (s Snapshot) Desired(file string, now plan.Observed) plan.Desired {
	states := make(map[license.GUID]license.UserState, len(now.Users))
	for _, u := range now.Users {
		states[u.ID] = u
	}
	var out plan.Desired
	source := plan.Source{File: file, Line: 1}
	for _, u := range s.Observed.Users {
		if u.Unreadable != "" {
			continue // what they held, nobody knows
		}
		entry := plan.DesiredUser{
			User:          plan.Ref{Name: u.ID.String(), Source: source},
			UsageLocation: strings.ToUpper(u.UsageLocation), ManagesLicenses: true,
		}
		for _, a := range u.Assignments {
			if a.Direct() {
				entry.Licenses = append(entry.Licenses, exactly(a, source))
			}
		}
		for _, sku := range u.Unexplained {
			if a, held := states[u.ID].DirectLicense(sku); held {
				entry.Licenses = append(entry.Licenses, exactly(a, source))
			}
		}
		out.Users = append(out.Users, entry)
	}
	for _, g := range s.Observed.LicensedGroups {
		if g.Licenses == nil {
			continue // what it gave, nobody knows
		}
		entry := plan.DesiredGroup{Group: plan.Ref{Name: g.ID.String(), Source: source}, ManagesLicenses: true}
		for _, l := range g.Licenses {
			entry.Licenses = append(entry.Licenses, exactly(license.Assignment{SKUID: l.SKUID, DisabledPlans: l.DisabledPlans}, source))
		}
		out.Groups = append(out.Groups, entry)
	}
	return out
}

// exactly asks for a license with the plans that it had.
func exactly(a license.Assignment, source plan.Source) plan.DesiredLicense {
	out := plan.DesiredLicense{
		SKU:   plan.Ref{Name: a.SKUID.String(), Source: source},
		Plans: plan.PlanChoice{Mode: plan.PlansDisabled},
	}
	for _, id := range a.DisabledPlans {
		out.Plans.Plans = append(out.Plans.Plans, plan.Ref{Name: id.String(), Source: source})
	}
	return out
}

// redactedDomain is where the users of a redacted snapshot seem to be.
const redactedDomain = "@redacted.example"

// IsRedacted reports whether the snapshot leaves out what its users are
// called.
func (s Snapshot) IsRedacted() bool {
	named := func(u license.UserState) bool { return u.UserPrincipalName != u.ID.String()+redactedDomain }
	return len(s.Observed.Users) > 0 && !slices.ContainsFunc(s.Observed.Users, named)
}

// Redacted replaces what tells people apart by their object ids: the snapshot
// still plans and restores, and can be shown to others. Who is selected is left
// out, since the queries name groups and people; groups keep their ids alone. When
// people signed in, leave or use what is nobody else's affair, and left out too.
func (s Snapshot) Redacted() Snapshot {
	users := slices.Clone(s.Observed.Users)
	for i := range users {
		users[i].UserPrincipalName = users[i].ID.String() + redactedDomain
		users[i].DisplayName = ""
	}
	s.Observed.Users = users
	s.Observed.Tenant.DisplayName = ""
	s.Observed.LicensedGroups = slices.Clone(s.Observed.LicensedGroups)
	for i := range s.Observed.LicensedGroups {
		s.Observed.LicensedGroups[i].DisplayName = ""
	}
	s.Observed.Signals = license.Signals{Assigned: s.Observed.Signals.Assigned}
	s.Observed.Groups = nil
	s.Observed.Answers = nil
	s.Observed.Departments = nil
	s.Observed.Attributes = nil
	return s
}

// Catalog gives the names of the products.
func (s Snapshot) Catalog() *license.Catalog { return license.NewCatalog(s.Observed.SKUs) }

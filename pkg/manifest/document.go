package manifest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// APIVersion is the only version of manifests that is read.
const APIVersion = "licensectl.dev/v1"

// The kinds of documents.
const (
	KindLicenseProfile = "LicenseProfile"
	KindUserLicenses   = "UserLicenses"
	KindGroupLicenses  = "GroupLicenses"
	KindPolicy         = "Policy"
	KindApproval       = "Approval"
)

// KindFleet is the kind of the file that names many tenants. It stands in a file
// of its own, which ParseFleet reads.
const KindFleet = "Fleet"

// kindEmulatedTenant is what the emulator reads. It is known here to tell
// people where it belongs.
const kindEmulatedTenant = "EmulatedTenant"

// Kinds lists the kinds of documents in the order of the documentation.
func Kinds() []string {
	return []string{KindLicenseProfile, KindUserLicenses, KindGroupLicenses, KindPolicy, KindApproval}
}

var (
	documentKeys = []string{"apiVersion", "kind", "metadata", "spec"}
	metadataKeys = []string{"name"}
)

// readDocument reads one document of any kind.
func (r *reader) readDocument(root strictyaml.Value) {
	r.documents++
	m, ok := root.Mapping(documentKeys)
	versionFits := checkVersion(m.Need("apiVersion"))
	kind, hasKind := m.Need("kind").Str()
	if !ok || !versionFits || !hasKind {
		r.incomplete = true
		return
	}
	switch kind {
	case KindLicenseProfile:
		r.readProfile(m)
	case KindUserLicenses:
		r.readUserLicenses(m)
	case KindGroupLicenses:
		r.readGroupLicenses(m)
	case KindPolicy:
		r.readPolicy(m)
	case KindApproval:
		r.readApproval(m)
	default:
		r.incomplete = true
		reportUnknownKind(m.Get("kind"), kind)
	}
}

// checkVersion reports whether a document can be read: its version is right,
// or merely missing.
func checkVersion(v strictyaml.Value) bool {
	version, ok := v.Str()
	if !ok || version == APIVersion {
		return true
	}
	v.Errorf(CodeBadVersion, "apiVersion %q is not known", version).Hint = "write apiVersion: " + APIVersion
	return false
}

func reportUnknownKind(v strictyaml.Value, kind string) {
	e := v.Errorf(CodeUnknownKind, "unknown kind %q", kind)
	switch suggestion := strictyaml.DidYouMean(kind, Kinds()); {
	case kind == kindEmulatedTenant:
		e.Hint = "this file is for --emulate; move it out of the manifests"
	case kind == KindFleet:
		e.Hint = "this file is for licensectl fleet --fleet; move it out of the manifests"
	case suggestion != "":
		e.Hint = suggestion
	default:
		e.Hint = "the kinds are " + strings.Join(Kinds(), ", ")
	}
}

// nameIndex remembers the names of all documents, by kind and without regard
// to case: two names that differ in case alone would be taken for one another.
type nameIndex map[nameKey]strictyaml.Pos

type nameKey struct{ kind, name string }

const maxNameLength = 63

var (
	validName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	badNameRuns = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// readName reads metadata.name. It returns an empty name where there is no
// good one.
func (r *reader) readName(m strictyaml.Mapping, kind string) plan.Ref {
	metadata, _ := m.Need("metadata").Mapping(metadataKeys)
	v := metadata.Need("name")
	name, ok := v.Str()
	if !ok || !checkName(v, name) {
		r.incomplete = true
		return plan.Ref{}
	}
	key := nameKey{kind: kind, name: strings.ToLower(name)}
	if first, taken := r.names[key]; taken {
		v.Errorf(CodeDuplicateName, "there are two %s documents with the name %q, the first at %s", kind, name, first).
			Related = []strictyaml.Pos{first}
	} else {
		r.names[key] = v.Pos()
	}
	return refAt(v, name)
}

func checkName(v strictyaml.Value, name string) bool {
	if validName.MatchString(name) && len(name) <= maxNameLength {
		return true
	}
	e := v.Errorf(CodeBadName, "%q is not a good name", name)
	e.Hint = fmt.Sprintf("write up to %d letters, digits, dashes, dots and underscores", maxNameLength)
	better := strings.Trim(badNameRuns.ReplaceAllString(name, "-"), "-")
	if better != "" && len(better) <= maxNameLength {
		e.Hint = fmt.Sprintf("write, for example, %q", better)
	}
	return false
}

// source turns a place into one that a plan keeps.
func source(p strictyaml.Pos) plan.Source {
	return plan.Source{File: p.File, Line: p.Line, Column: p.Column}
}

// refAt is a name together with the place of the value that gives it.
func refAt(v strictyaml.Value, name string) plan.Ref {
	return plan.Ref{Name: name, Source: source(v.Pos())}
}

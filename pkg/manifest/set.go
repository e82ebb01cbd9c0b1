package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// File is the bytes of one manifest. Paths tell files apart and stand in
// positions.
type File struct {
	Path string
	Data []byte

	// SHA256 is the hash of the bytes as they are on the disk, where Data is not
	// these but their text; empty: of Data.
	SHA256 string

	// Table tells a CSV file that a manifest names from a manifest. Its path is
	// that of the manifest's folder and the name together.
	Table   bool
	Problem string // why a table could not be read; empty: it was
}

// Source gives the path and the hash of the bytes as plans have them.
func (f File) Source() plan.SourceFile {
	if f.SHA256 != "" {
		return plan.SourceFile{Path: f.Path, SHA256: f.SHA256}
	}
	sum := sha256.Sum256(f.Data)
	return plan.SourceFile{Path: f.Path, SHA256: hex.EncodeToString(sum[:])}
}

// Sources gives the hashes of the bytes of files as plans have them, sorted by
// path. Tables that could not be read are left out.
func Sources(files []File) []plan.SourceFile {
	var out []plan.SourceFile
	for _, f := range files {
		if f.Problem == "" {
			out = append(out, f.Source())
		}
	}
	slices.SortFunc(out, func(a, b plan.SourceFile) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// Set is what a number of manifests say together.
type Set struct {
	Desired  plan.Desired
	Policy   plan.Policy // plan.DefaultPolicy where no manifest gives one
	Profiles []Profile   // sorted by name, used or not

	Documents int // of all kinds
	Manifests int // of kinds UserLicenses and GroupLicenses
}

// HasPolicy reports whether a manifest gives the policy.
func (s *Set) HasPolicy() bool { return s.Policy.Name != "" }

// Profile is a named bundle of licenses.
type Profile struct {
	Name     string
	Source   plan.Source
	Licenses []plan.DesiredLicense
}

// Parse reads the manifests of all files, and the tables that they name. The
// result does not depend on the order of the files. Users in it may share their
// Licenses: do not change them.
//
// The error is of type Errors, and there is no Set beside it.
func Parse(files []File) (*Set, error) {
	r := newReader()
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	parseAhead(r.takeTables(files), r.readFile)
	set := r.assemble()
	if len(r.errs) == 0 {
		r.checkWritten()
	}
	if len(r.errs) > 0 {
		r.errs.Sort()
		return nil, r.errs
	}
	return set, nil
}

// reader gathers the documents of all files before they are put together.
type reader struct {
	errs  strictyaml.Errors
	files []plan.SourceFile
	names nameIndex

	tables map[string]File // by path

	profiles  map[string]Profile
	manifests []*userLicenses
	groups    []*groupLicenses
	policy    *plan.Policy       // nil where no document gives one
	priority  []strictyaml.Value // the names under seats.priority
	approvals []plan.Approval
	documents int

	// incomplete tells that some document could not be read far enough to
	// know its kind and name, so that an unknown name proves nothing.
	incomplete bool
}

func newReader() *reader {
	return &reader{profiles: make(map[string]Profile), names: make(nameIndex), tables: make(map[string]File)}
}

// takeTables keeps the tables for the manifests that name them, and gives the
// manifests. Why one could not be read is said where it is named.
func (r *reader) takeTables(files []File) []File {
	manifests := make([]File, 0, len(files))
	for _, f := range files {
		if !f.Table {
			manifests = append(manifests, f)
			continue
		}
		r.tables[f.Path] = f
		if f.Problem == "" {
			r.files = append(r.files, f.Source())
		}
	}
	return manifests
}

func (r *reader) readFile(f *parsedFile) {
	r.files = append(r.files, plan.SourceFile{Path: f.path, SHA256: f.sha256})
	before, documents := len(r.errs), 0
	r.errs = append(r.errs, f.errs...)
	for part := range f.parts {
		failed := len(r.errs)
		roots := part.Roots(&r.errs)
		r.incomplete = r.incomplete || len(r.errs) > failed
		documents += len(roots)
		for _, root := range roots {
			r.readDocument(root)
		}
	}
	r.incomplete = r.incomplete || len(f.errs) > 0
	if documents == 0 && len(r.errs) == before {
		r.errs.Add(&Error{Pos: strictyaml.Pos{File: f.path}, Code: CodeNoDocument, Msg: "the file holds no document",
			Hint: "remove the file; where nobody is to hold a license, write users: []"})
	}
}

// Package strictyaml reads YAML that people write by hand and lets no mistake
// pass: unknown, misspelt and duplicate keys, values of the wrong type,
// nothing where something is wanted. It collects all problems of a run, each
// with its place, instead of stopping at the first.
//
// Parse turns bytes into documents. A Value is a cursor into a document; its
// methods take the value as what the caller wants it to be, and where it is
// something else they add an Error to the caller's list and return false:
//
//	for _, doc := range strictyaml.Parse("team.yaml", data, &errs) {
//		m, ok := doc.Mapping([]string{"name", "seats"})
//		if !ok {
//			continue
//		}
//		name, _ := m.Need("name").Str()
//		seats, _ := m.Get("seats").Count()
//		…
//	}
//	errs.Sort()
//	return errs.Err()
//
// An absent value is not an error to any of these methods: they return false
// and add nothing. Mapping.Need is what reports absence.
//
// What comes in is a stranger's text. Size, depth and the growth by aliases
// are bounded, and no input makes the package panic.
//
// The package knows no kind of document and nothing of licensing. It sits on
// the tree of package yamltree, since what gopkg.in/yaml.v3 decodes by itself it
// does not decode strictly enough.
package strictyaml

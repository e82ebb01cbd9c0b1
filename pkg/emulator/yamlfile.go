package emulator

import (
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
)

// The problems that are found in the emulator's files beyond those that every
// strict YAML file can have.
const (
	codeBadDocument strictyaml.Code = "bad-document"
	codeBadGUID     strictyaml.Code = "bad-guid"
	codeBadCountry  strictyaml.Code = "bad-country"
	codeBadDuration strictyaml.Code = "bad-duration"
	codeDuplicate   strictyaml.Code = "duplicate"
	codeUnknownSKU  strictyaml.Code = "unknown-sku"
	codeUnknownPlan strictyaml.Code = "unknown-plan"
	codeUnknownUser strictyaml.Code = "unknown-user"
)

// apiVersion is that of the files that the emulator reads.
const apiVersion = "licensectl.dev/v1"

// specOf reads a file that holds one document of a kind, and returns its spec.
func specOf(file string, data []byte, kind string, errs *strictyaml.Errors) (spec strictyaml.Value, ok bool) {
	docs := strictyaml.Parse(file, data, errs)
	if len(docs) == 0 {
		if len(*errs) == 0 {
			errs.Add(&strictyaml.Error{Pos: strictyaml.Pos{File: file}, Code: codeBadDocument, Msg: "the file holds no document"})
		}
		return spec, false
	}
	for _, extra := range docs[1:] {
		extra.Errorf(codeBadDocument, "a second document in the file").Hint = "write one document of kind " + kind + " to a file"
	}
	top, ok := docs[0].Mapping([]string{"apiVersion", "kind", "metadata", "spec"})
	if !ok {
		return spec, false
	}
	top.Need("apiVersion").OneOf(apiVersion)
	top.Need("kind").OneOf(kind)
	if metadata, ok := top.Need("metadata").Mapping([]string{"name"}); ok {
		metadata.Need("name").Str()
	}
	spec = top.Need("spec")
	return spec, spec.Present()
}

// guidOf takes a value as a GUID.
func guidOf(v strictyaml.Value) (license.GUID, bool) {
	text, ok := v.Str()
	if !ok {
		return license.GUID{}, false
	}
	id, err := license.ParseGUID(text)
	if err != nil {
		v.Errorf(codeBadGUID, "%v", err).Hint = "write 8-4-4-4-12 hexadecimal digits"
		return id, false
	}
	return id, true
}

// nameOf takes a value as a text that is not empty.
func nameOf(v strictyaml.Value) (string, bool) {
	text, ok := v.Str()
	if ok && text == "" {
		v.Errorf(strictyaml.CodeBadValue, "a name is empty")
		return "", false
	}
	return text, ok
}

// countryOf takes a value as a country code.
func countryOf(v strictyaml.Value) (string, bool) {
	text, ok := v.Str()
	if ok && !license.IsCountry(text) {
		v.Errorf(codeBadCountry, "%q is not an ISO 3166-1 country code", text).Hint = "write two upper-case letters, such as DE"
		return "", false
	}
	return text, ok
}

// textsOf takes a value as a list of texts.
func textsOf(v strictyaml.Value) []string {
	items, _ := v.Items()
	var out []string
	for item := range items {
		if text, ok := item.Str(); ok {
			out = append(out, text)
		}
	}
	return out
}

package doctest

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// YAML on pages that is a whole document is read as such, and so is the spec
// of one in the section about its kind.
func TestYAMLOnPagesIsValid(t *testing.T) {
	read := map[string]int{}
	for _, p := range readPages(t) {
		blocks, _ := p.parts()
		for _, b := range blocks {
			text, whole := wholeDocuments(b)
			if b.language != "yaml" || !whole {
				continue
			}
			for _, kind := range documentKind.FindAllStringSubmatch(text, -1) {
				read[kind[1]]++
			}
			if err := parseYAML(text); err != nil {
				t.Errorf("%s: %v", p.place(b, 0), err)
			}
		}
	}
	for _, kind := range []string{"LicenseProfile", "UserLicenses", "Approval", "EmulatedTenant", "Fleet"} {
		if read[kind] == 0 {
			t.Errorf("no page shows a %s", kind)
		}
	}
}

var documentKind = regexp.MustCompile(`(?m)^kind: (\w+)`)

// wholeDocuments completes what pages leave out: the head of a document, and
// all but the first digits of a hash.
func wholeDocuments(b block) (string, bool) {
	text := strings.ReplaceAll(b.text, "8c1e…", strings.Repeat("8c1e", 16))
	if strings.HasPrefix(text, "spec:") {
		return "apiVersion: licensectl.dev/v1\nkind: " + b.heading + "\nmetadata: {name: example}\n" + text, true
	}
	return text, strings.Contains(text, "apiVersion:")
}

// parseYAML reads documents as the program does, by their kind.
func parseYAML(text string) error {
	const name = "example.yaml"
	switch kind := documentKind.FindStringSubmatch(text); {
	case kind == nil:
		return errors.New("a document without a kind")
	case kind[1] == "EmulatedTenant":
		_, err := emulator.ParseTenant(name, []byte(text))
		return err
	case kind[1] == manifest.KindFleet:
		_, err := manifest.ParseFleet(manifest.File{Path: name, Data: []byte(text)})
		return err
	case kind[1] == "EmulatorOptions":
		_, err := emulator.ParseOptions(name, []byte(text))
		return err
	}
	_, err := manifest.Parse([]manifest.File{{Path: name, Data: []byte(text)}})
	list, ok := errors.AsType[manifest.Errors](err)
	if !ok {
		return err
	}
	var out manifest.Errors
	for _, e := range list {
		// The rest of the manifests, and their tables, are not on the page.
		if e.Code != manifest.CodeNoUsers && e.Code != manifest.CodeUnknownName && e.Code != manifest.CodeBadPath {
			out = append(out, e)
		}
	}
	return out.Err()
}

func TestInvalidYAMLShows(t *testing.T) {
	head := "apiVersion: licensectl.dev/v1\nmetadata: {name: a}\n"
	for text, wrong := range map[string]bool{
		head + "kind: LicenseProfile\nspec: {licenses: [{sku: SPE_E3}]}\n":              false,
		head + "kind: UserLicenses\nspec: {users: [], defaults: {profiles: [other]}}\n": false,
		head + "kind: LicenseProfile\nspec: {}\n":                                       true,
		head + "kind: UserLicenses\nspec: {user: []}\n":                                 true,
		head + "kind: EmulatedTenant\nspec: {}\n":                                       true,
		head + "kind: EmulatorOptions\nspec: {sed: 1}\n":                                true,
		head: true,
	} {
		if err := parseYAML(text); (err != nil) != wrong {
			t.Errorf("%s%v", text, err)
		}
	}
}

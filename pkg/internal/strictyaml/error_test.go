package strictyaml_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

func TestErrorsSort(t *testing.T) {
	at := func(file string, line, column int, msg string) *strictyaml.Error {
		return &strictyaml.Error{Pos: strictyaml.Pos{File: file, Line: line, Column: column}, Msg: msg}
	}
	var errs strictyaml.Errors
	for _, e := range []*strictyaml.Error{
		at("b", 1, 1, "x"), at("a", 10, 2, "x"), at("a", 9, 3, "x"), at("a", 9, 1, "y"),
		at("a", 9, 1, "x"), at("a", 9, 3, "x"), at("a", 0, 0, "whole file"), at("", 0, 0, "whole run"),
	} {
		errs.Add(e)
	}
	errs.Sort()
	want := "whole run\na: whole file\na:9:1: x\na:9:1: y\na:9:3: x\na:10:2: x\nb:1:1: x"
	if got := errs.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestErrorsErr(t *testing.T) {
	var errs strictyaml.Errors
	if err := errs.Err(); err != nil {
		t.Errorf("an empty list is the error %v", err)
	}
	errs.Add(&strictyaml.Error{Code: strictyaml.CodeSyntax})
	err := fmt.Errorf("reading: %w", errs.Err())
	var list strictyaml.Errors
	var one *strictyaml.Error
	if !errors.As(err, &list) || !errors.As(err, &one) || one.Code != strictyaml.CodeSyntax {
		t.Errorf("errors.As does not find the list and its error in %v", err)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"licenses", "profiles", "user", "usageLocation", "from"}
	tests := map[string]string{
		"licences":  "licenses",
		"Licenses":  "licenses",
		"LICENSES":  "licenses",
		"license":   "licenses",
		"profile":   "profiles",
		"usr":       "user",
		"form":      "from",
		"frm":       "from",
		"userLoc":   "user",
		"USAGE":     "",
		"nmae":      "",
		"x":         "",
		"":          "",
		"useageLoc": "",
		"usagelocation and a great deal more text than any key would ever have, in order to be out of bounds": "",
	}
	for word, want := range tests {
		got, ok := strictyaml.Suggest(word, known)
		if got != want || ok != (want != "") {
			t.Errorf("Suggest(%q) = %q, %v, want %q", word, got, ok, want)
		}
	}
	if got := strictyaml.DidYouMean("usr", known); got != `did you mean "user"?` {
		t.Errorf("DidYouMean: %q", got)
	}
	if got := strictyaml.DidYouMean("qqq", known); got != "" {
		t.Errorf("DidYouMean of nothing near: %q", got)
	}
}

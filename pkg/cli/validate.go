package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

type validateOptions struct {
	app *app

	paths   []string
	catalog string // a snapshot to look names up in; empty: names are not looked up
	strict  bool   // names that nobody publishes are errors
	output  outputFlags
}

func newValidateCommand(a *app) *cobra.Command {
	o := validateOptions{app: a}
	cmd := &cobra.Command{
		Use:   "validate [PATH...]",
		Short: "Check manifests, without a tenant",
		Long: `Validate parses the manifests and checks everything that can be checked without a
tenant. All errors are reported at once, each with file, line and column. The
report is the document on standard output, with errors or without.

With --catalog the names of products, service plans and users are looked up in a
snapshot as well, without a network: what a plan would not find is an error here.
In a snapshot that was made with --redact, users are not looked up by name.

Without it, names of products and service plans that Microsoft does not publish are
warned of, with what may have been meant: they may be products of the tenant's own.
With --strict they are errors.

A path is a file, a folder (*.yaml and *.yml below it are read) or - for standard
input; without one, the folder manifests is read.`,
		Example: `  licensectl validate
  licensectl validate manifests/users team.yaml
  # also look the names up, in what licensectl snapshot has written
  licensectl validate --catalog snapshot.json
  # as annotations of a pull request, in GitHub Actions
  licensectl validate -o github`,
		RunE: func(_ *cobra.Command, args []string) error {
			o.paths = pathsOrDefault(args)
			return runValidate(o)
		},
	}
	o.output.register(cmd, formatText, formatJSON, formatGitHub)
	cmd.Flags().BoolVar(&o.strict, "strict", false, "names that Microsoft does not publish are errors")
	cmd.Flags().StringVar(&o.catalog, "catalog", "", "also look names up in this snapshot `FILE`")
	return withExits(cmd, CodeOK, CodeInput, CodeAuth)
}

func runValidate(o validateOptions) error {
	set, err := o.app.session().LoadManifests(o.paths)
	list, isList := errors.AsType[manifest.Errors](err)
	if err != nil && !isList {
		return err
	}
	if len(list) == 0 && o.catalog != "" {
		if list, err = o.app.session().UnknownNames(set, o.catalog); err != nil {
			return err
		}
		if len(list) > 0 {
			set = nil
		}
	}
	var warnings manifest.Errors
	if len(list) == 0 && o.catalog == "" {
		warnings = reconcile.UnpublishedNames(set)
	}
	if o.strict && len(warnings) > 0 {
		set, list, warnings = nil, warnings, nil
	}
	result := validated{set, list, warnings}
	if err := o.app.document(func(w io.Writer) error { return result.write(w, o.output.format) }); err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	// The document names the errors.
	f := manifestFailure(list)
	f.problems = nil
	return f
}

// validated is what validate found out. Either there is a set or there are
// errors.
type validated struct {
	set      *manifest.Set
	errors   manifest.Errors
	warnings manifest.Errors
}

// write writes the report.
func (v validated) write(w io.Writer, format string) error {
	set, list := v.set, v.errors
	switch format {
	case formatJSON:
		out := newValidation(set, list)
		out.Warnings = validationErrors(v.warnings)
		return report.WriteJSON(w, out)
	case formatGitHub:
		return errors.Join(writeAnnotations(w, list), annotateAs(w, "warning", v.warnings))
	}
	for _, e := range list {
		if _, err := fmt.Fprintln(w, problemText(e)); err != nil {
			return err
		}
	}
	for _, e := range v.warnings {
		if _, err := fmt.Fprintln(w, "warning: "+problemText(e)); err != nil {
			return err
		}
	}
	if set == nil {
		return nil
	}
	declared := quantity.Of(len(set.Desired.Users), "declared user")
	if n := len(set.Desired.Selections); n > 0 {
		declared += ", " + quantity.Of(n, "selection")
	}
	verdict := "no errors"
	if n := len(v.warnings); n > 0 {
		verdict += ", " + quantity.Of(n, "warning")
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s: %s\n", quantity.Of(len(set.Desired.Files), "file"), quantity.Of(set.Documents, "document"), declared, verdict)
	return err
}

// problemText gives an error in a line, and its hint in one below.
func problemText(e *manifest.Error) string {
	text := report.SafeMessage(e.Error())
	if e.Hint != "" {
		text += "\n  hint: " + report.SafeMessage(e.Hint)
	}
	return text
}

// validation is the answer of `validate -o json`.
type validation struct {
	FormatVersion string            `json:"formatVersion"`
	Valid         bool              `json:"valid"`
	Files         int               `json:"files"`              // 0 where there are errors
	Documents     int               `json:"documents"`          // 0 where there are errors
	Entries       int               `json:"entries"`            // of users; 0 where there are errors
	Selections    int               `json:"selections"`         // 0 where there are errors
	Errors        []validationError `json:"errors"`             // sorted by place
	Warnings      []validationError `json:"warnings,omitempty"` // the same
}

type validationError struct {
	validationPlace
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Hint    string            `json:"hint,omitempty"`
	Related []validationPlace `json:"related,omitempty"`
}

type validationPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func newValidation(set *manifest.Set, list manifest.Errors) validation {
	out := validation{FormatVersion: report.FormatVersion, Valid: len(list) == 0, Errors: validationErrors(list)}
	if set != nil {
		out.Files, out.Documents = len(set.Desired.Files), set.Documents
		out.Entries, out.Selections = len(set.Desired.Users), len(set.Desired.Selections)
	}
	return out
}

// validationErrors never returns nil.
func validationErrors(list manifest.Errors) []validationError {
	out := []validationError{}
	for _, e := range list {
		v := validationError{validationPlace: validationPlace(e.Pos), Code: string(e.Code), Message: e.Msg, Hint: e.Hint}
		for _, pos := range e.Related {
			v.Related = append(v.Related, validationPlace(pos))
		}
		out = append(out, v)
	}
	return out
}

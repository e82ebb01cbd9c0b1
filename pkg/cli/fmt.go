package cli

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

type fmtOptions struct {
	app *app

	paths []string
	check bool
}

func newFmtCommand(a *app) *cobra.Command {
	o := fmtOptions{app: a}
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Give manifests their canonical layout",
		Long: `Fmt rewrites manifests in their canonical layout: keys in the order of the
documentation, two blanks for each level, brackets that are too wide for a line
broken up, at most one blank line in a row. Comments stay where they are, and so
does the order of users, licenses and documents. What a file says does not change.
Characters that hide, or turn the text around them, are spelled out.

The paths of the files that were rewritten are the document on standard output.
With --check nothing is written, and the exit code is 2 where a file differs. For -
the document is standard input in canonical layout. Where a file is not YAML, none
is rewritten.`,
		Example: `  licensectl fmt
  # in a pipeline
  licensectl fmt --check
  # in an editor
  licensectl fmt - < team.yaml`,
		RunE: func(_ *cobra.Command, args []string) error {
			o.paths = pathsOrDefault(args)
			return runFmt(o)
		},
	}
	cmd.Flags().BoolVar(&o.check, "check", false, "write nothing; exit with 2 where a file is not in canonical layout")
	return withExits(cmd, CodeOK, CodeChanges, CodeInput)
}

func runFmt(o fmtOptions) error {
	if slices.Contains(o.paths, manifest.Stdin) && !o.check {
		return o.app.fmtStdin(o.paths)
	}
	files, err := manifest.Load(disk.System{}, o.paths, o.app.env.Stdin)
	if err != nil {
		return err
	}
	changed, err := formatAll(files)
	if err != nil {
		return err
	}
	if !o.check {
		if err := disk.Rewrite(changed, nil); err != nil {
			return err
		}
	}
	if err := o.app.document(func(w io.Writer) error { return writePaths(w, "", changed) }); err != nil {
		return err
	}
	if o.check && len(changed) > 0 {
		return &failure{code: CodeChanges, what: quantity.Of(len(changed), "file") + " not in canonical layout", next: "run licensectl fmt"}
	}
	return nil
}

// fmtStdin prints standard input in canonical layout.
func (a *app) fmtStdin(paths []string) error {
	if len(paths) > 1 {
		return usagef("- stands beside other paths, and what is read from it goes to standard output").withHint("format files and standard input one after the other")
	}
	files, err := manifest.Load(disk.System{}, paths, a.env.Stdin)
	if err != nil {
		return err
	}
	formatted, err := edit.Format(files[0])
	if err != nil {
		return err
	}
	return a.document(func(w io.Writer) error {
		_, err := w.Write(formatted)
		return err
	})
}

// formatAll gives the files that are not in canonical layout, as they should
// be. The error names everything that is wrong with any of them.
func formatAll(files []manifest.File) ([]manifest.File, error) {
	var changed []manifest.File
	var errs manifest.Errors
	for _, f := range files {
		if f.Table {
			continue // not YAML
		}
		formatted, err := edit.Format(f)
		if list, ok := errors.AsType[manifest.Errors](err); ok {
			errs = append(errs, list...)
			continue
		}
		if err != nil {
			return nil, err
		}
		if string(formatted) != string(f.Data) {
			changed = append(changed, manifest.File{Path: f.Path, Data: formatted})
		}
	}
	return changed, errs.Err()
}

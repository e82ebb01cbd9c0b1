package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/report"
)

// runUpdate brings the manifests of a folder up to date.
func runUpdate(ctx context.Context, o exportOptions) error {
	if disk.IsRegular(o.folder) {
		return usagef("%s is a file, and a folder is needed", o.folder)
	}
	files, err := manifest.Load(disk.System{}, []string{o.folder}, o.app.env.Stdin)
	if err != nil {
		return err
	}
	set, err := manifest.Parse(files)
	if err != nil {
		return err
	}
	observed, err := o.app.observeWhole(ctx, o, set)
	if err != nil {
		return err
	}
	options := export.UpdateOptions{Folder: filepath.ToSlash(filepath.Clean(o.folder)), Now: o.app.env.Now(), Tool: o.app.tool()}
	if disk.IsThere(filepath.Join(o.folder, compose.SchemaFile)) {
		options.Schema = compose.SchemaFile
	}
	updated, err := export.Update(files, observed, options)
	if err != nil {
		return updateFailure(err)
	}
	for _, u := range updated.LeftOut {
		o.app.console.Warn(u.User + " is left out: " + u.Reason)
	}
	if o.check {
		return o.app.checkUpdate(updated)
	}
	if err := writeUpdated(files, o.app.cleaned(updated.Files)); err != nil {
		return err
	}
	o.app.console.Info(updateText(updated))
	return o.app.document(func(w io.Writer) error { return writePaths(w, "", updated.Files) })
}

// checkUpdate shows what an update would do.
func (a *app) checkUpdate(u export.Updated) error {
	err := a.document(func(w io.Writer) error {
		for _, line := range u.Diff {
			if _, err := io.WriteString(w, safeLine(line)+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(u.Files) == 0 {
		return err
	}
	return &failure{code: CodeChanges, what: updateText(u), next: "run it without --check"}
}

// safeLine makes a line of a file safe to print, and leaves its blanks alone.
func safeLine(line string) string {
	words := strings.Split(line, " ")
	for i, word := range words {
		words[i] = report.SafeMessage(word)
	}
	return strings.Join(words, " ")
}

func updateText(u export.Updated) string {
	if len(u.Files) == 0 {
		return "the manifests say what the tenant holds"
	}
	parts := append(entriesText("group", u.Groups), entriesText("user", u.Users)...)
	return strings.Join(parts, ", ") + " in " + quantity.Of(len(u.Files), "file")
}

func entriesText(noun string, e export.UpdatedEntries) []string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{e.Added, "added"}, {e.Changed, "changed"}, {e.Removed, "taken out"}} {
		if p.n > 0 {
			parts = append(parts, quantity.Of(p.n, noun)+" "+p.what)
		}
	}
	return parts
}

// writeUpdated writes the files that are different or new.
func writeUpdated(before, changed []manifest.File) error {
	known := map[string]bool{}
	for _, f := range before {
		known[f.Path] = true
	}
	var edited, created []manifest.File
	for _, f := range changed {
		if known[f.Path] {
			edited = append(edited, f)
		} else {
			created = append(created, f)
		}
	}
	return disk.Rewrite(edited, created)
}

// updateFailure says what cannot be brought up to date.
func updateFailure(err error) error {
	list, ok := errors.AsType[*export.UpdateError](err)
	if !ok {
		return err
	}
	f := &failure{code: CodeInput, what: quantity.Of(len(list.Problems), "thing") + " cannot be brought up to date; no file was touched", next: "mend them by hand and try again"}
	for _, p := range list.Problems {
		f.problems = append(f.problems, problem{text: p.String()})
	}
	return f
}

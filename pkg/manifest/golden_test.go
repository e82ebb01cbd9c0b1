package manifest_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The last file of each archive is what the manifests before it give.
const (
	goldenSet    = "set"
	goldenErrors = "errors"
)

func TestGolden(t *testing.T) {
	for _, test := range []struct{ folder, section string }{{"ok", goldenSet}, {"bad", goldenErrors}} {
		archives, err := filepath.Glob(filepath.Join("testdata", test.folder, "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("no archives in %s: %v", test.folder, err)
		}
		for _, name := range archives {
			t.Run(test.folder+"/"+filepath.Base(name), func(t *testing.T) { checkGolden(t, name, test.section) })
		}
	}
}

func checkGolden(t *testing.T, name, section string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, want := splitArchive(archive, section)
	set, err := manifest.Parse(files)
	got := ""
	switch {
	case err == nil && section == goldenSet:
		got = renderSet(set)
	case err != nil && section == goldenErrors:
		got = renderErrors(t, err)
	default:
		t.Fatalf("want %s, got the error: %v", section, err)
	}
	if *update {
		writeGolden(t, name, archive, txtar.File{Name: section, Data: []byte(got)})
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func splitArchive(archive *txtar.Archive, section string) (files []manifest.File, want string) {
	for _, f := range archive.Files {
		if f.Name == section {
			want = string(f.Data)
			continue
		}
		files = append(files, manifest.File{Path: f.Name, Data: f.Data, Table: strings.HasSuffix(strings.ToLower(f.Name), ".csv")})
	}
	return files, want
}

func writeGolden(t *testing.T, name string, archive *txtar.Archive, result txtar.File) {
	var files []txtar.File
	for _, f := range archive.Files {
		if f.Name != result.Name {
			files = append(files, f)
		}
	}
	archive.Files = append(files, result)
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// renderErrors shows errors as a person reads them, with their codes.
func renderErrors(t *testing.T, err error) string {
	t.Helper()
	var errs manifest.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "%s %s: %s\n", e.Pos, e.Code, e.Msg)
		if e.Hint != "" {
			fmt.Fprintf(&b, "    hint: %s\n", e.Hint)
		}
		for _, r := range e.Related {
			fmt.Fprintf(&b, "    see %s\n", r)
		}
	}
	return b.String()
}

func renderSet(set *manifest.Set) string {
	var b strings.Builder
	fmt.Fprintf(&b, "documents: %d, manifests: %d\n", set.Documents, set.Manifests)
	for _, p := range set.Profiles {
		fmt.Fprintf(&b, "profile %s at %s\n", p.Name, p.Source)
		renderLicenses(&b, p.Licenses)
	}
	for _, u := range set.Desired.Users {
		fmt.Fprintf(&b, "user %s at %s of %q%s\n", u.User.Name, u.User.Source, u.Manifest, renderWindow(u.Window))
		fmt.Fprintf(&b, "  location %q, manages licenses: %v\n", u.UsageLocation, u.ManagesLicenses)
		if !u.Renewed.IsZero() {
			fmt.Fprintf(&b, "  renewed %s\n", u.Renewed)
		}
		renderLicenses(&b, u.Licenses)
		if len(u.Files) > 0 {
			fmt.Fprintf(&b, "  depends on %v\n", u.Files)
		}
	}
	for _, g := range set.Desired.Groups {
		fmt.Fprintf(&b, "group %s at %s of %q%s\n", g.Group.Name, g.Group.Source, g.Manifest, renderWindow(g.Window))
		fmt.Fprintf(&b, "  manages licenses: %v, depends on %v\n", g.ManagesLicenses, g.Files)
		renderLicenses(&b, g.Licenses)
	}
	for _, s := range set.Desired.Selections {
		renderSelection(&b, s)
	}
	for _, a := range set.Desired.Approvals {
		fmt.Fprintf(&b, "approval %s at %s: %s %v\n", a.Name, a.Source, a.PlanID, a.Guards)
	}
	if set.HasPolicy() {
		renderPolicy(&b, set.Policy)
	}
	return b.String()
}

func renderSelection(b *strings.Builder, s plan.Selection) {
	e := s.Entry
	fmt.Fprintf(b, "selection %s at %s of %q%s\n", s.Name, e.User.Source, e.Manifest, renderWindow(e.Window))
	fmt.Fprintf(b, "  query %+q, allow empty: %v\n", s.Query, s.AllowEmpty)
	for _, u := range s.Users {
		fmt.Fprintf(b, "  user %s at %s\n", u.Name, u.Source)
	}
	fmt.Fprintf(b, "  location %q, manages licenses: %v\n", e.UsageLocation, e.ManagesLicenses)
	renderLicenses(b, e.Licenses)
}

func renderLicenses(b *strings.Builder, licenses []plan.DesiredLicense) {
	for _, l := range licenses {
		fmt.Fprintf(b, "  %s at %s", l.SKU.Name, l.SKU.Source)
		if l.Profile != "" {
			fmt.Fprintf(b, " by %s", l.Profile)
		}
		switch l.Plans.Mode {
		case plan.PlansDisabled:
			fmt.Fprintf(b, " without %v", refNames(l.Plans.Plans))
		case plan.PlansEnabled:
			fmt.Fprintf(b, " with only %v", refNames(l.Plans.Plans))
		}
		if !l.Renewed.IsZero() {
			fmt.Fprintf(b, " renewed %s", l.Renewed)
		}
		fmt.Fprintf(b, "%s\n", renderWindow(l.Window))
	}
}

func renderWindow(w plan.Window) string {
	if w == (plan.Window{}) {
		return ""
	}
	return fmt.Sprintf(" from %q until %q", w.From, w.Until)
}

func refNames(refs []plan.Ref) []string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.Name
	}
	return names
}

// daysText gives a number of days, or that there is none.
func daysText(days *int) string {
	if days == nil {
		return "no"
	}
	return strconv.Itoa(*days)
}

func renderPolicy(b *strings.Builder, p plan.Policy) {
	fmt.Fprintf(b, "policy %s at %s\n  tenant %s\n", p.Name, p.Source, p.TenantID)
	if p.ManagedSKUs == nil {
		fmt.Fprint(b, "  manages all")
	} else {
		fmt.Fprintf(b, "  manages %v", refNames(p.ManagedSKUs))
	}
	fmt.Fprintf(b, ", ignores %v\n", refNames(p.IgnoredSKUs))
	fmt.Fprintf(b, "  unlisted %s, inherited %s, protected %v, drift removals %s\n",
		p.UnlistedUsers, p.Inherited, refNames(p.Protected), p.DriftRemovals)
	fmt.Fprintf(b, "  guards %+v\n  time zone %s, warns %d days before an end\n  priority %v\n", p.Guards, p.Location, p.WarnBeforeUntil, p.Priority)
	for _, r := range p.Reserve {
		fmt.Fprintf(b, "  reserve %d of %s at %s\n", r.Seats, r.SKU.Name, r.SKU.Source)
	}
	if p.Prices != nil {
		for _, price := range p.Prices.Monthly {
			fmt.Fprintf(b, "  price %s %s of %s at %s\n", p.Prices.Currency, price.Amount, price.SKU.Name, price.SKU.Source)
		}
	}
	if p.ProtectedGroups != nil {
		fmt.Fprintf(b, "  groups: unlisted %s, protected %v, direct and inherited %s, errors %s\n",
			p.UnlistedGroups, refNames(p.ProtectedGroups), p.DirectAndInherited, p.GroupErrors)
	}
	for _, a := range p.AcceptedFindings {
		fmt.Fprintf(b, "  accepts findings %s of %q, %q, %s until %s: %s (%s) at %s\n", a.Code, a.User.Name, a.SKU.Name, a.Group, a.Until, a.Reason, a.Owner, a.Source)
	}
	for _, r := range p.Reclaim {
		fmt.Fprintf(b, "  reclaims %v by %s at %s: idle %d days by %q, left %s, never %s, disabled %v; newcomers %d, notice %d, except %v and %v\n", refNames(r.SKUs), r.Name, r.Source,
			r.Idle.Days, r.Idle.By, daysText(r.Left), daysText(r.Never), r.Disabled, r.Newcomers, r.Notice, refNames(r.ExceptUsers), refNames(r.ExceptGroups))
	}
	if p.MailboxCheck != plan.MailboxCheckOff {
		fmt.Fprintf(b, "  looks at mailboxes: %s\n", p.MailboxCheck)
	}
	for _, d := range p.AcceptedDrift {
		of, at := d.User.Name, d.User.Source
		if d.Group.Name != "" {
			of, at = "group "+d.Group.Name, d.Group.Source
		}
		fmt.Fprintf(b, "  drift of %s at %s: %s, %q by %q until %s\n", of, at, d.SKU.Name, d.Reason, d.Owner, d.Until)
	}
}

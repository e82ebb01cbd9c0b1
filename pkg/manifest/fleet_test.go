package manifest_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
)

func TestFleetGolden(t *testing.T) {
	for _, test := range []struct{ folder, section string }{{"ok", goldenSet}, {"bad", goldenErrors}} {
		archives, err := filepath.Glob(filepath.Join("testdata", "fleet", test.folder, "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("no archives in %s: %v", test.folder, err)
		}
		for _, name := range archives {
			t.Run(test.folder+"/"+filepath.Base(name), func(t *testing.T) { checkFleet(t, name, test.section) })
		}
	}
}

func checkFleet(t *testing.T, name, section string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, want := splitArchive(archive, section)
	f, err := manifest.ParseFleet(files[0])
	got := ""
	switch {
	case err == nil && section == goldenSet:
		got = renderFleet(f)
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

func renderFleet(f fleet.Fleet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "fleet %s at %s, %d writes in %s\n", f.Name, f.Source, f.Writes.Count, f.Writes.Per)
	fmt.Fprintf(&b, "guards: tenants %+v, removals %+v\n", f.Guards.MaxTenantsChanged, f.Guards.MaxRemovals)
	for _, t := range f.Tenants {
		fmt.Fprintf(&b, "%s at %s: tenant %s in %s as %q, shared %t\n", t.Name, t.Source, t.TenantID, t.Cloud, t.ClientID, t.Shared)
		fmt.Fprintf(&b, "    sign-in %+v\n    paths %q labels %v rate %g\n", t.SignIn, t.Paths, t.Labels, t.WriteRate)
	}
	return b.String()
}

// A secret that was written in the place of its variable's name is not shown.
func TestASecretInAFleetIsNotRepeated(t *testing.T) {
	const secret = "kX8~never-to-be-shown"
	text := `{apiVersion: licensectl.dev/v1, kind: Fleet, metadata: {name: a}, spec: {tenants: [
  {name: a, tenantId: 11111111-1111-4111-8111-111111111111, paths: [a], secretEnv: "` + secret + `", certificatePasswordEnv: "` + secret + `"}]}}`
	_, err := manifest.ParseFleet(manifest.File{Path: "fleet.yaml", Data: []byte(text)})
	var list manifest.Errors
	if !errors.As(err, &list) {
		t.Fatalf("it is taken: %v", err)
	}
	for _, e := range list {
		if strings.Contains(e.Error()+e.Hint, secret) {
			t.Errorf("it is shown: %s; %s", e, e.Hint)
		}
	}
}

// A Fleet among the manifests of a tenant is told where it belongs.
func TestAFleetIsNoManifest(t *testing.T) {
	text := "apiVersion: licensectl.dev/v1\nkind: Fleet\nmetadata: {name: a}\nspec: {}\n"
	_, err := manifest.Parse([]manifest.File{{Path: "fleet.yaml", Data: []byte(text)}})
	if got := renderErrors(t, err); !strings.Contains(got, "fleet.yaml:2:7 unknown-kind") || !strings.Contains(got, "licensectl fleet --fleet") {
		t.Errorf("it says\n%s", got)
	}
}

// Whatever stands in a file, it is a fleet or a list of mistakes with places.
func FuzzParseFleet(f *testing.F) {
	archives, err := filepath.Glob(filepath.Join("testdata", "fleet", "*", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := manifest.ParseFleet(manifest.File{Path: "fleet.yaml", Data: data})
		var list manifest.Errors
		if err != nil && (!errors.As(err, &list) || len(list) == 0) {
			t.Fatalf("the error is a %T: %v", err, err)
		}
		for _, tenant := range out.Tenants {
			if tenant.Name == "" || strings.ContainsAny(tenant.Name, `/\`) || tenant.TenantID == [16]byte{} || len(tenant.Paths) == 0 || tenant.Source.Line == 0 {
				t.Fatalf("an odd tenant: %+v", tenant)
			}
		}
	})
}

// Keys in the order of the documentation, for fmt.
func TestFleetKeyOrder(t *testing.T) {
	for _, key := range []string{"defaults", "guards", "applicationWrites", "tenants"} {
		if len(manifest.KeyOrder(manifest.KindFleet, "spec", key)) == 0 {
			t.Errorf("%s has no order", key)
		}
	}
	if got := manifest.KeyOrder(manifest.KindFleet, "spec", "tenants")[0]; got != "name" {
		t.Errorf("a tenant begins with %s", got)
	}
	if got := manifest.KeyOrder(manifest.KindFleet, "spec", "tenants", "labels"); got != nil {
		t.Errorf("labels have the order %q", got)
	}
	if got := manifest.KeyOrder(manifest.KindFleet, "spec", "guards", "maxRemovals"); len(got) != 2 {
		t.Errorf("a guard has the order %q", got)
	}
}

// A policy for another tenant than the fleet's is an error at its place; one
// without a tenant fits all.
func TestPolicyOfAnotherTenant(t *testing.T) {
	const mine, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for spec, want := range map[string]string{
		"{}": "", "{tenantId: " + mine + "}": "", "{tenantId: " + other + "}": "policy.yaml:1:1 foreign-policy: the policy is for tenant " + other + ", and the fleet has contoso as " + mine,
	} {
		text := "apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: a}\nspec: " + spec +
			"\n---\napiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: a}\nspec: {users: []}\n"
		set, err := manifest.Parse([]manifest.File{{Path: "policy.yaml", Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		id, err := license.ParseGUID(mine)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if list := set.CheckTenant(fleet.Tenant{Name: "contoso", TenantID: id}); len(list) > 0 {
			got, _, _ = strings.Cut(renderErrors(t, list), "\n")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}

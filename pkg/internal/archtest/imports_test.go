package archtest

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

// arrows is the import table: which packages of ours a package may import.
// Imports go one way: cmd, then cli, then the use cases, then the packages that
// do one thing, then those that they speak through, then the vocabulary.
func arrows() map[string][]string {
	const (
		license    = "pkg/license"
		doctor     = "pkg/doctor"
		plan       = "pkg/plan"
		planner    = "pkg/planner"
		graph      = "pkg/graph"
		receipt    = "pkg/receipt"
		strictyaml = "pkg/internal/strictyaml"
		yamltree   = "pkg/internal/yamltree"
		compose    = "pkg/manifest/compose"
		edit       = "pkg/manifest/edit"
		quantity   = "pkg/internal/quantity"
		safetext   = "pkg/internal/safetext"
		blot       = "pkg/internal/blot"
		network    = "pkg/internal/network"
		pace       = "pkg/internal/pace"
		caught     = "pkg/internal/caught"
		charset    = "pkg/internal/charset"
		csvtable   = "pkg/internal/csvtable"
		layout     = "pkg/report/internal/layout"
		markdown   = "pkg/report/internal/markdown"
		pseudonym  = "pkg/report/internal/pseudonym"
		disk       = "pkg/internal/disk"
		reconcile  = "pkg/reconcile"
		sample     = "manifests"
		contoso    = "examples/contoso"
		fleet      = "pkg/fleet"
	)
	return map[string][]string{
		"cmd/licensectl": {"pkg/cli"},
		"pkg/cli": {
			"pkg/apply", "pkg/auth", "pkg/emulator", "pkg/manifest", "pkg/observe", "pkg/report",
			compose, edit, "pkg/manifest/export", "pkg/manifest/sheet",
			reconcile, fleet, "pkg/fleet/runner", doctor, graph, plan, planner, receipt, license, quantity, blot, network, charset, disk, caught, "docs", sample, contoso,
		},
		reconcile: {
			"pkg/auth", "pkg/apply", "pkg/manifest", "pkg/observe", doctor, network,
			graph, plan, planner, receipt, license, quantity, blot, disk,
		},
		"pkg/apply":    {graph, plan, receipt, license, quantity, pace, caught},
		"pkg/observe":  {graph, plan, license, pace, caught},
		"pkg/report":   {doctor, plan, fleet, receipt, license, quantity, safetext, layout, markdown, pseudonym},
		"pkg/manifest": {plan, fleet, license, strictyaml, charset, csvtable},
		"pkg/emulator": {license, safetext, strictyaml},

		// The mechanisms of reports know nothing of what is reported.
		layout:    {quantity},
		markdown:  {quantity, safetext},
		pseudonym: {plan, license},

		// Writing manifests stands on reading them.
		edit:                  {"pkg/manifest", safetext, strictyaml},
		compose:               {"pkg/manifest", edit, license, safetext},
		"pkg/manifest/sheet":  {"pkg/manifest", compose, license, strictyaml, charset, csvtable, quantity},
		"pkg/manifest/export": {"pkg/manifest", compose, edit, plan, planner, license},

		disk:               {"pkg/manifest", charset, quantity},
		"pkg/auth":         {blot, network},
		receipt:            {plan, license, safetext}, // a receipt is about a plan
		fleet:              {plan, license},           // many tenants, each with a plan
		"pkg/fleet/runner": {fleet, pace},             // runs tenants, whatever is done with them
		planner:            {plan, license, quantity},
		plan:               {license, safetext},
		graph:              {license, blot, network, pace, caught},
		doctor:             {quantity},
		"docs":             {}, // the published schemas
		sample:             {}, // the manifests of the demo
		contoso:            {}, // its tenant
		license:            {},
		strictyaml:         {yamltree},
		yamltree:           {},
		quantity:           {},
		safetext:           {},
		blot:               {},
		network:            {},
		caught:             {},
		pace:               {},
		charset:            {},
		csvtable:           {},

		"pkg/license/internal/tablegen": {license},
		"pkg/internal/archtest":         {},
		"pkg/internal/doctest":          {},
	}
}

func TestImportsGoOneWay(t *testing.T) {
	check(t, importsGoOneWay)
	catches(t, importsGoOneWay, map[string]string{
		"pkg/plan/a.go": `package plan
import "github.com/licensectl/licensectl/pkg/license"
import "github.com/licensectl/licensectl/pkg/graph" // bad
import "github.com/licensectl/licensectl/manifests" // bad
`,
		"pkg/plan/a_test.go": `package plan
import "github.com/licensectl/licensectl/pkg/graph"
`,
		"pkg/utils/b.go": `package utils // bad
`,
	})
}

// importsGoOneWay holds the imports against the table. Tests may import what
// they need.
func importsGoOneWay(tree []*source) []string {
	var out []string
	table := arrows()
	for _, s := range tree {
		allowed, known := table[s.pkg]
		switch {
		case s.test:
			continue
		case !known:
			out = append(out, s.at(s.file.Name.Pos(), "package %s is not in the import table", s.pkg))
		}
		for i, imported := range s.imports {
			ours, isOurs := folderOf(imported)
			if isOurs && known && !slices.Contains(allowed, ours) {
				out = append(out, s.at(s.file.Imports[i].Pos(), "%s imports %s, which is not in the import table", s.pkg, ours))
			}
		}
	}
	return out
}

// folderOf gives the folder of a package of ours.
func folderOf(imported string) (string, bool) {
	return strings.CutPrefix(imported, module+"/")
}

// purePackages are bytes and data in, data out: no clock, network, file or
// environment.
func purePackages() []string {
	return []string{"pkg/license", "pkg/plan", "pkg/planner", "pkg/manifest", "pkg/manifest/compose", "pkg/manifest/edit", "pkg/manifest/export", "pkg/manifest/sheet",
		"pkg/report", "pkg/report/internal/layout", "pkg/report/internal/markdown", "pkg/report/internal/pseudonym",
		"pkg/doctor", "pkg/internal/strictyaml", "pkg/internal/yamltree", "pkg/internal/quantity", "pkg/internal/safetext",
		"pkg/internal/charset", "pkg/internal/csvtable"}
}

// impure are the packages through which the world comes in, with everything
// below them. Package io is interfaces, io/fs is descriptions of files, and
// package time is fine but for the functions that tell what time it is.
func impure() []string {
	return []string{
		"context", "crypto/rand", "database", "log", "math/rand", "net", "os", "os/exec", "plugin", "runtime", "syscall", "testing", "unsafe",
		"golang.org/x/net", "golang.org/x/sync", "golang.org/x/sys", "golang.org/x/term", "golang.org/x/time",
		"github.com/Azure", "github.com/gofrs/flock", "github.com/spf13",
	}
}

// clocks are the functions of package time that know what time it is.
func clocks() []string {
	return []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
}

func TestPurePackagesDoNoInputOrOutput(t *testing.T) {
	check(t, pureStaysPure)
	catches(t, pureStaysPure, map[string]string{
		"pkg/plan/a.go": `package plan
import "io"
import "net/url" // bad
import "os" // bad
import "time"
func a() {
	_ = time.Now() // bad
	_ = time.Hour
}
`,
		"pkg/graph/b.go": `package graph
import "os"
`,
	})
}

func pureStaysPure(tree []*source) []string {
	var out []string
	for _, s := range tree {
		if s.test || !slices.Contains(purePackages(), s.pkg) {
			continue
		}
		for i, imported := range s.imports {
			if slices.ContainsFunc(impure(), func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") }) {
				out = append(out, s.at(s.file.Imports[i].Pos(), "%s is pure and must not import %s", s.pkg, imported))
			}
		}
		s.uses(func(pkg, name string, p token.Pos) {
			if pkg == "time" && slices.Contains(clocks(), name) {
				out = append(out, s.at(p, "%s is pure and must not use time.%s: time is an argument", s.pkg, name))
			}
		})
	}
	return out
}

func TestOnlyApplyCanWrite(t *testing.T) {
	check(t, onlyApplyWrites)
	catches(t, onlyApplyWrites, map[string]string{
		"pkg/cli/plan.go": `package cli
import "github.com/licensectl/licensectl/pkg/graph"
func a() {
	_, _ = graph.NewReader(graph.Config{})
	_, _ = graph.NewWriter(graph.Config{}) // bad
}
`,
		"pkg/cli/drift.go": `package cli
import "github.com/licensectl/licensectl/pkg/reconcile"
func c() { _ = reconcile.NewApplier(nil) } // bad
`,
		"pkg/cli/carryout.go": `package cli
import "github.com/licensectl/licensectl/pkg/reconcile"
func d() { _ = reconcile.NewApplier(nil) }
`,
		"pkg/reconcile/carryout.go": `package reconcile
import "github.com/licensectl/licensectl/pkg/graph"
func b() { _, _ = graph.NewWriter(graph.Config{}) }
`,
	})
}

// onlyApplyWrites keeps the verbs that cannot write from being given a writer,
// or the use case that has one.
func onlyApplyWrites(tree []*source) []string {
	makers := map[string]string{
		module + "/pkg/graph.NewWriter":      "pkg/reconcile/carryout.go",
		module + "/pkg/reconcile.NewApplier": "pkg/cli/carryout.go",
	}
	var out []string
	for _, s := range tree {
		s.uses(func(pkg, name string, p token.Pos) {
			if maker, writes := makers[pkg+"."+name]; writes && !s.test && s.path != maker {
				out = append(out, s.at(p, "only %s may call %s", maker, name))
			}
		})
	}
	return out
}

func TestUseCasesAreHandedTheProcess(t *testing.T) {
	check(t, handedTheProcess)
	catches(t, handedTheProcess, map[string]string{
		"pkg/reconcile/a.go": `package reconcile
import "os" // bad
import "net/http" // bad
import "github.com/spf13/cobra" // bad
import "time"
func a() {
	_ = time.Now() // bad
	_ = time.Hour
}
`,
		"pkg/reconcile/a_test.go": `package reconcile_test
import "os"
`,
	})
}

// handedTheProcess lets one process hold the use cases of many tenants: what
// belongs to the process is handed in, for each tenant its own.
func handedTheProcess(tree []*source) []string {
	taken := []string{"os", "net", "golang.org/x/term", "github.com/spf13", "github.com/Azure"}
	var out []string
	for _, s := range tree {
		if s.test || s.pkg != "pkg/reconcile" {
			continue
		}
		for i, imported := range s.imports {
			if slices.ContainsFunc(taken, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") }) {
				out = append(out, s.at(s.file.Imports[i].Pos(), "%s must not import %s: it is handed what it takes of the process", s.pkg, imported))
			}
		}
		s.uses(func(pkg, name string, p token.Pos) {
			if pkg == "time" && slices.Contains(clocks(), name) {
				out = append(out, s.at(p, "%s must not use time.%s: a session has a clock", s.pkg, name))
			}
		})
	}
	return out
}

func TestTheCommandLineOpensNoFiles(t *testing.T) {
	rule := func(tree []*source) []string {
		var out []string
		for _, s := range tree {
			if s.pkg != "pkg/cli" || s.test {
				continue
			}
			for i, imported := range s.imports {
				if imported == "os" || strings.HasPrefix(imported, "os/") {
					out = append(out, s.at(s.file.Imports[i].Pos(), "the process belongs to Env, and files to package disk"))
				}
			}
		}
		return out
	}
	check(t, rule)
	catches(t, rule, map[string]string{
		"pkg/cli/a.go":           "package cli\nimport \"os\" // bad\n",
		"pkg/internal/disk/a.go": "package disk\nimport \"os\"\n",
	})
}

// networkers are the packages that may use the network: the client and the
// credentials of Microsoft Graph, the one that serves the emulator, and the one
// that puts them together. Package network names what went wrong there, for which
// it needs the types of errors. Whoever else could send something somewhere would be
// a surprise for those who read SECURITY.md.
func networkers() []string {
	return []string{"pkg/graph", "pkg/auth", "pkg/emulator", "pkg/cli", "pkg/internal/network"}
}

func TestFewPackagesUseTheNetwork(t *testing.T) {
	check(t, fewUseTheNetwork)
	catches(t, fewUseTheNetwork, map[string]string{
		"pkg/apply/a.go":      "package apply\nimport \"net/http\" // bad\nvar c http.Client\n",
		"pkg/apply/b.go":      "package apply\nimport \"net\" // bad\n",
		"pkg/apply/d.go":      "package apply\nimport \"net/http\"\nvar c = http.StatusOK\n",
		"pkg/apply/c.go":      "package apply\nimport \"net/url\"\n",
		"pkg/observe/a.go":    "package observe\nimport \"net/http\" // bad\nvar c = http.StatusOK\n",
		"pkg/receipt/a.go":    "package receipt\nimport \"github.com/Azure/azure-sdk-for-go/sdk/azcore\" // bad\n",
		"pkg/graph/a.go":      "package graph\nimport \"net/http\"\n",
		"examples/check/a.go": "package check\nimport \"net/http\"\n",
	})
}

// knowNoStatus are packages that have to ask a graph.Error what it means: the
// numbers of HTTP are none of their business.
func knowNoStatus() []string { return []string{"pkg/observe", "pkg/reconcile"} }

// fewUseTheNetwork looks at what could open a connection. The other modules of
// the repository are no part of the program.
func fewUseTheNetwork(tree []*source) []string {
	var out []string
	for _, s := range tree {
		part := strings.HasPrefix(s.pkg, "pkg/") || strings.HasPrefix(s.pkg, "cmd/")
		if s.test || !part || slices.Contains(networkers(), s.pkg) {
			continue
		}
		for i, imported := range s.imports {
			if opensConnections(imported) && (slices.Contains(knowNoStatus(), s.pkg) || !onlyNames(s, imported)) {
				out = append(out, s.at(s.file.Imports[i].Pos(), "%s uses the network: only %s may", s.pkg, strings.Join(networkers(), ", ")))
			}
		}
	}
	return out
}

// onlyNames reports whether of net/http nothing is used but its names of codes
// and methods.
func onlyNames(s *source, imported string) bool {
	only := imported == "net/http"
	s.uses(func(pkg, name string, _ token.Pos) {
		if pkg == "net/http" && !strings.HasPrefix(name, "Status") && !strings.HasPrefix(name, "Method") {
			only = false
		}
	})
	return only
}

func opensConnections(imported string) bool {
	harmless := []string{"net/url", "net/netip", "net/textproto", "net/mail"}
	return imported == "net" || strings.HasPrefix(imported, "net/") && !slices.Contains(harmless, imported) ||
		imported == "crypto/tls" || strings.HasPrefix(imported, "github.com/Azure/") || strings.HasPrefix(imported, "golang.org/x/net/")
}

package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/report"
)

// demoFolder is where the demo goes, unless a folder is named.
const demoFolder = "licensectl-demo"

func newDemoCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Make a folder to try licensectl in, without a tenant",
		Long: `Demo makes a folder, licensectl-demo unless another is given, with a company to play
with: the manifests of Contoso, 64 made-up users, and its tenant as a file. With
--emulate tenant.yaml every verb works on that tenant: no network, no password, and
nothing that can break. What you can try, in order, is the document on standard
output.

The folder stays until you delete it. A folder that is there already is not touched
(exit 5).`,
		Example: `  licensectl demo
  licensectl demo play`,
		Args: atMostOneArg("folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := demoFolder
			if len(args) > 0 {
				folder = args[0]
			}
			return a.layDemo(folder)
		},
	}
	return withoutEnvironment(withExits(cmd, CodeOK, CodeInput, CodeRefused))
}

// layDemo writes the sample, all of it or nothing, and says what to do with it.
func (a *app) layDemo(folder string) error {
	if disk.IsThere(folder) {
		return (&failure{code: CodeRefused, what: "nothing was written"}).because(
			usagef("%s is there already", folder), "give the name of a folder that is not there, or delete this one")
	}
	files, err := sampleFiles()
	if err != nil {
		return err
	}
	if err := disk.WriteNew(folder, files); err != nil {
		return err
	}
	return a.document(func(w io.Writer) error { return inviteToDemo(w, folder) })
}

// inviteToDemo lists what to try. The commands are the same in sh and in
// PowerShell.
func inviteToDemo(w io.Writer, folder string) error {
	steps := [][2]string{
		{"what would change, and what is taken away first", "plan"},
		{"why this user has, gets or loses each license", "explain oskar.lind@contoso.com"},
		{"a plan to keep, and a page to open in a browser", "plan --out plan.json -o html > plan.html"},
		{"shows the plan, asks, and changes the tenant in the file", "apply"},
		{"no changes", "plan"},
		{"exit code 0: the tenant is as the manifests say", "drift"},
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s has the manifests of Contoso, a made-up company,\nand its tenant in a file. Try, in this order:\n\n", report.Safe(folder))
	fmt.Fprintf(&b, "  cd %s\n", shellWord(report.Safe(filepath.ToSlash(folder))))
	for _, s := range steps {
		verb, rest, _ := strings.Cut(s[1], " ")
		fmt.Fprintf(&b, "  # %s\n  %s\n", s[0], strings.TrimSpace(fmt.Sprintf("%s %s --emulate tenant.yaml %s", toolName, verb, rest)))
	}
	b.WriteString("\nThen change a file in manifests, and plan again. To begin again, delete\ntenant.state.json.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// shellWord quotes a path that has blanks in it, for sh and PowerShell alike.
func shellWord(path string) string {
	if strings.ContainsAny(path, " ()&;'$") {
		return `"` + path + `"`
	}
	return path
}

// ownFolder is what to do about that.
const ownFolder = "these are the manifests of the demo: make a folder of your own, go into it, and run licensectl export there"

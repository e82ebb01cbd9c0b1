package cli

import (
	"fmt"
	"io"
	"runtime"

	"github.com/licensectl/licensectl/pkg/report"
	"github.com/spf13/cobra"
)

// versionDocument is the answer of `version -o json`.
type versionDocument struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersionCommand(a *app) *cobra.Command {
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Long:  "Version says which version of licensectl this is, and what it was built with.",
		Args:  noArgs,
		Example: `  licensectl version
  licensectl version -o json`,
		RunE: func(*cobra.Command, []string) error { return a.printVersion(out) },
	}
	out.register(cmd, formatText, formatJSON)
	return withoutEnvironment(withExits(cmd, CodeOK, CodeInput))
}

func (a *app) printVersion(out outputFlags) error {
	v := versionDocument{Name: toolName, Version: a.env.Version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	return a.document(func(w io.Writer) error {
		if out.json() {
			return report.WriteJSON(w, v)
		}
		_, err := fmt.Fprintf(w, "%s %s (%s, %s/%s)\n", v.Name, v.Version, v.Go, v.OS, v.Arch)
		return err
	})
}

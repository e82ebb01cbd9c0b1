// Command manpages writes the help of every verb as a page of the manual.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/licensectl/licensectl/pkg/cli"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: manpages VERSION FOLDER"))
	}
	root := cli.Describe()
	withExits(root)
	for _, verb := range root.Commands() {
		withExits(verb)
	}
	// SOURCE_DATE_EPOCH is the date of the page: when it was built is nobody's business.
	header := &doc.GenManHeader{Section: "1", Source: "licensectl " + os.Args[1], Manual: "licensectl"}
	root.DisableAutoGenTag = true
	if err := doc.GenManTree(root, header, os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "manpages:", err)
	os.Exit(1)
}

// withExits adds the exit codes to what a page says.
func withExits(cmd *cobra.Command) {
	cmd.Long += "\n\n# EXIT STATUS\n\n"
	for _, e := range cli.ExitsOf(cmd) {
		cmd.Long += fmt.Sprintf("**%d** %s: %s\n\n", e.Code, e.Name, e.When)
	}
}

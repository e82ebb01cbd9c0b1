package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/docs"
)

// schemaAbout says what each schema is for. Those of documents that programs
// read come last.
func schemaAbout() []struct{ name, about string } {
	return []struct{ name, about string }{
		{"manifest", "manifests of every kind, for editors"},
		{"tenant", "tenants for --emulate and the emulator, for editors"},
		{"plan", "what plan and drift print with -o json, and plan --out saves"},
		{"receipt", "each line of a receipt file"},
		{"explain", "what explain prints with -o json"},
		{"snapshot", "what snapshot writes"},
		{"holders", "who holds what, as snapshot --by user prints it with -o json"},
		{"fleet", "what fleet prints with -o json, and keeps as fleet.json"},
	}
}

func schemaNames() []string {
	var out []string
	for _, s := range schemaAbout() {
		out = append(out, s.name)
	}
	return out
}

func newSchemaCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print a JSON Schema, for editors and programs",
		Long: `Schema prints the JSON Schema of a kind of document: manifest, tenant, plan, receipt,
explain, snapshot, holders or fleet. Without a name it lists them. An editor with the schema of manifests
completes and explains keys, and marks mistakes while they are typed; what takes
more than one document to know, validate finds.`,
		Args:      cobra.ArbitraryArgs,
		ValidArgs: schemaNames(),
		Example: `  licensectl schema
  # for an editor
  licensectl schema manifest > manifest.schema.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return a.document(listSchemas)
			case 1:
				return a.printSchema(args[0])
			}
			return usagef("schema takes one name, not %d", len(args)).withHint("see licensectl schema --help")
		},
	}
	return withoutEnvironment(withExits(cmd, CodeOK, CodeInput))
}

func listSchemas(w io.Writer) error {
	for _, s := range schemaAbout() {
		if _, err := fmt.Fprintf(w, "%-10s%s\n", s.name, s.about); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printSchema(word string) error {
	var name string
	if err := (&choice{target: &name, words: schemaNames()}).Set(word); err != nil {
		return usagef("schema: %s", err)
	}
	text, err := docs.Schema(name)
	if err != nil {
		return err
	}
	return a.document(func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

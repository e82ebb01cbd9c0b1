package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/sheet"
)

type importOptions struct {
	app *app

	file      string
	folder    string
	layout    string
	catalog   string // a snapshot: the products of this tenant
	columns   sheet.Columns
	separator rune
}

func newImportCommand(a *app) *cobra.Command {
	o := importOptions{app: a, layout: string(compose.ByDepartment)}
	cmd := &cobra.Command{
		Use:   "import FILE [DIR]",
		Short: "Write manifests of a table of users and products",
		Long: `Import reads a table of users and the products that they are to hold and writes
manifests of it into a folder, manifests unless another is given, grouped as by
export. It touches no network.

The table is CSV, UTF-8 or UTF-16, separated by commas, semicolons, tabs or bars, with
a header and a row for each user, or for each user and product. The columns of the
Microsoft 365 admin center's list of active users are recognised (User principal
name, Licenses, Usage location, Department), and those of the usual scripts
(UserPrincipalName, AccountSkuId, SkuPartNumber, SkuId, Licenses, DisabledPlans,
LicenseAssignmentPath, UsageLocation), also columns that are called as a service plan
and say Disabled or Success. Others are named by flags. Columns of which nothing is read
are told once. A product is
named by part number, id or product name; several are separated by + ; | or a comma.
Licenses whose path says that they come from a group are named in comments.

Without --catalog products are those that Microsoft publishes; with it, those of the
tenant of a snapshot. Whatever is wrong with the table is reported with line and
column, all at once, and then nothing is written. FILE may be - for standard input.`,
		Example: `  licensectl import users.csv
  licensectl import users.csv licenses --catalog before.json
  licensectl import people.csv --user-column Mail --sku-column Product`,
		Args: importArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			o.file, o.folder = args[0], pathsOrDefault(args[1:])[0]
			return runImport(o)
		},
	}
	o.register(cmd)
	return withExits(cmd, CodeOK, CodeInput, CodeRefused)
}

func (o *importOptions) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	choiceVar(cmd, flagSpec{name: "layout", usage: "how to spread users over files"}, &o.layout, layoutWords()...)
	flags.StringVar(&o.catalog, "catalog", "", "look products up among those of this snapshot `FILE`")
	flags.StringVar(&o.columns.User, "user-column", "", "the `NAME` of the column of users")
	flags.StringVar(&o.columns.SKU, "sku-column", "", "the `NAME` of the column of products")
	flags.StringVar(&o.columns.Plans, "plans-column", "", "the `NAME` of the column of service plans that are off")
	flags.StringVar(&o.columns.Location, "location-column", "", "the `NAME` of the column of usage locations")
	flags.StringVar(&o.columns.Department, "department-column", "", "the `NAME` of the column of departments")
	flags.StringVar(&o.columns.Path, "path-column", "", "the `NAME` of the column that tells direct licenses from those of groups")
	flags.Var(separatorFlag{&o.separator}, "separator", "what separates the columns: one character, or tab (default: what the header has most of)")
}

// importArgs wants a file, and takes a folder.
func importArgs(cmd *cobra.Command, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return usagef("import takes a file and a folder, not %s", quantity.Of(len(args), "argument")).withHint("see %s --help", cmd.CommandPath())
	}
	return nil
}

// separatorFlag is a flag that takes what separates columns.
type separatorFlag struct{ target *rune }

func (s separatorFlag) String() string {
	if s.target == nil || *s.target == 0 {
		return ""
	}
	return string(*s.target)
}

// Type is what stands for the value in the help.
func (separatorFlag) Type() string { return "CHARACTER" }

// Set takes one character, or the word tab.
func (s separatorFlag) Set(text string) error {
	separator, err := sheet.ParseSeparator(text)
	*s.target = separator
	return err
}

func runImport(o importOptions) error {
	if err := o.app.checkEmpty(o.folder); err != nil {
		return err
	}
	catalog, policy := license.Published(), &compose.Policy{}
	if o.catalog != "" {
		s, err := o.app.readSnapshot(o.catalog)
		if err != nil {
			return err
		}
		catalog = s.Catalog()
		policy.TenantID, policy.TenantName = s.Observed.Tenant.ID.String(), s.Observed.Tenant.DisplayName
	}
	data, err := o.app.readTable(o.file)
	if err != nil {
		return err
	}
	table, err := sheet.Read(manifest.File{Path: o.file, Data: data}, sheet.Options{Columns: o.columns, Separator: o.separator, Catalog: catalog})
	if err != nil {
		return err
	}
	if len(table.Unread) > 0 {
		o.app.console.Info("nothing is read of " + unreadColumns(table.Unread))
	}
	files := compose.Files(compose.Input{Persons: table.Persons, Bystanders: table.Bystanders, Layout: compose.Layout(o.layout), Policy: policy, Schema: compose.SchemaFile})
	if _, err := manifest.Parse(files); err != nil {
		return err
	}
	files, err = withSchema(o.folder, files)
	if err != nil {
		return err
	}
	if err := writeNewFiles(o.folder, o.app.cleanedNew(files)); err != nil {
		return err
	}
	o.app.console.Info("imported: " + quantity.Of(len(table.Persons), "user") + "; `licensectl plan " + o.folder + "` shows how the tenant differs")
	return o.app.document(func(w io.Writer) error { return writePaths(w, o.folder, files) })
}

// unreadColumns names columns, as many as a line can bear.
func unreadColumns(names []string) string {
	const most = 12
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	text := "the column " + quoted[0]
	if len(names) > 1 {
		text = "the columns " + strings.Join(quoted, ", ")
	}
	if len(names) > most {
		text += " and " + quantity.Text(len(names)-most) + " more"
	}
	return text
}

// readTable reads a table from a file or from standard input. It stops one
// byte after the largest size that is read.
func (a *app) readTable(path string) ([]byte, error) {
	if path != manifest.Stdin {
		return readBytes(path, sheet.MaxBytes)
	}
	data, err := io.ReadAll(io.LimitReader(a.env.Stdin, sheet.MaxBytes+1))
	if err != nil {
		return nil, &fileError{doing: "reading", path: "standard input", err: err}
	}
	return data, nil
}

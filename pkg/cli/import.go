package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/disk"
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
	aliases   map[string]string // names of products in the table, with what they mean
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
named by part number, id or product name, which may be one that Microsoft sells or sold
it under; brackets and dashes in names do not count. A name of two products is refused.
Several are separated by + ; | or a comma.
Licenses whose path says that they come from a group are named in comments.

What the table calls otherwise, --alias tells; it wins over the names of sale.

Without --catalog products are those that Microsoft publishes; with it, those of the
tenant of a snapshot. Whatever is wrong with the table is reported with line and
column, all at once, and then nothing is written. FILE may be - for standard input.`,
		Example: `  licensectl import users.csv
  licensectl import users.csv licenses --catalog before.json
  licensectl import people.csv --user-column Mail --sku-column Product
  licensectl import people.csv --alias 'Copilot=Microsoft_365_Copilot'`,
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
	flags.Var(aliasesFlag{&o.aliases}, "alias", "a name of a product in the table, and the part number, id or product name that it stands for; repeatable")
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
		s, err := o.app.session().ReadSnapshot(o.catalog)
		if err != nil {
			return err
		}
		catalog = s.Catalog()
		policy.TenantID, policy.TenantName = s.Observed.Tenant.ID.String(), s.Observed.Tenant.DisplayName
	}
	if err := checkAliases(catalog, o.aliases); err != nil {
		return err
	}
	data, err := o.app.readTable(o.file)
	if err != nil {
		return err
	}
	table, err := sheet.Read(manifest.File{Path: o.file, Data: data}, sheet.Options{Columns: o.columns, Separator: o.separator, Catalog: catalog, Aliases: o.aliases})
	if err != nil {
		return err
	}
	if len(table.Unread) > 0 {
		o.app.console.Info("nothing is read of " + unreadColumns(table.Unread))
	}
	files := compose.Files(compose.Input{Persons: table.Persons, Omitted: table.Omitted, Layout: compose.Layout(o.layout), Policy: policy, Schema: compose.SchemaFile})
	if _, err := manifest.Parse(files); err != nil {
		return err
	}
	files, err = withSchema(o.folder, files)
	if err != nil {
		return err
	}
	if err := disk.WriteNew(o.folder, o.app.cleanedNew(files)); err != nil {
		return err
	}
	o.app.console.Info("imported: " + quantity.Of(len(table.Persons), "user") + "; `licensectl plan " + o.folder + "` shows how the tenant differs")
	return o.app.document(func(w io.Writer) error { return writePaths(w, o.folder, files) })
}

// checkAliases refuses an alias that stands for nothing, or for another product
// than the one that is called so: a table would give a license that nobody reads
// in it.
func checkAliases(catalog *license.Catalog, aliases map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(aliases)) {
		meant, err := catalog.ResolveSKU(aliases[name])
		if err != nil {
			return usagef("--alias %s=%s: %s", name, aliases[name], err).withHint("name the product by its part number")
		}
		if own, err := catalog.ResolveSKU(name); err == nil && own.ID != meant.ID {
			return usagef("--alias %s=%s: %s is a product by itself, %s", name, aliases[name], name, own.PartNumber).withHint("correct the table where it means another one")
		}
	}
	return nil
}

// aliasesFlag is a flag that takes names of products and what they stand for.
type aliasesFlag struct{ target *map[string]string }

func (a aliasesFlag) String() string { return "" }

// Type is what stands for the value in the help.
func (aliasesFlag) Type() string { return "NAME=PRODUCT" }

// Set takes one more name. Its last = parts it from the product.
func (a aliasesFlag) Set(text string) error {
	i := strings.LastIndex(text, "=")
	if i < 0 || strings.TrimSpace(text[:i]) == "" || strings.TrimSpace(text[i+1:]) == "" {
		return fmt.Errorf("%q is not of the form NAME=PRODUCT, such as Copilot=Microsoft_365_Copilot", text)
	}
	name, product := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
	if known, given := (*a.target)[name]; given && known != product {
		return fmt.Errorf("%q stands for %q and %q", name, known, product)
	}
	if *a.target == nil {
		*a.target = map[string]string{}
	}
	(*a.target)[name] = product
	return nil
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
		return disk.ReadBytes(path, sheet.MaxBytes)
	}
	data, err := io.ReadAll(io.LimitReader(a.env.Stdin, sheet.MaxBytes+1))
	if err != nil {
		return nil, &disk.Error{Doing: "reading", Path: "standard input", Err: err}
	}
	return data, nil
}

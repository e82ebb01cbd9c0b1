package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// What a snapshot is listed by.
const (
	byProduct = "product"
	byUser    = "user"
)

func registerBy(cmd *cobra.Command, target *string) {
	*target = byProduct
	choiceVar(cmd, flagSpec{name: "by", usage: "what to list of a snapshot: user tells who holds what, by which path, since when, at what price"}, target, byProduct, byUser)
}

// holdersFormats are the formats of who holds what.
func holdersFormats() formats[report.Holders] {
	return formats[report.Holders]{"a list of who holds what", []format[report.Holders]{
		{formatText, formatted(report.HoldersText)},
		{formatJSON, formatted(report.HoldersJSON)},
		{formatCSV, formatted(report.HoldersCSV)},
	}}
}

// writeHolders writes who holds what to the file of the flags, or prints it.
func (o *snapshotOptions) writeHolders(s observe.Snapshot, set *manifest.Set) error {
	h := o.app.holders(s, set)
	if o.redact {
		o.output.redact = redactUPN
	}
	to := printing{o.output, s.Catalog()}
	if o.out == "" {
		return printAs(o.app, holdersFormats(), h, to)
	}
	write, err := holdersFormats().writer(o.output.format)
	if err != nil {
		return err
	}
	options := o.app.reportOptions(to)
	options.Style = report.Plain
	if err := o.app.store(o.out, func(w io.Writer) error { return write(w, h, options) }); err != nil {
		return err
	}
	o.app.console.Info("who holds what, of " + quantity.Of(len(s.Observed.Users), "user") + ", is saved as " + o.out)
	return nil
}

// holders gives who holds what, with the prices of the policy of manifests; nil:
// no prices are known.
func (a *app) holders(s observe.Snapshot, set *manifest.Set) report.Holders {
	h := report.Holders{Tenant: s.Observed.Tenant, Cloud: s.Cloud, TakenAt: s.TakenAt, Observed: s.Observed}
	if set == nil || set.Policy.Prices == nil {
		return h
	}
	h.Currency, h.Prices = set.Policy.Prices.Currency, map[license.GUID]plan.Money{}
	products := s.Catalog()
	for _, price := range set.Policy.Prices.Monthly {
		sku, err := products.ResolveSKU(price.SKU.Name)
		if err != nil {
			a.console.Warn("a price is not used: " + err.Error())
			continue
		}
		h.Prices[sku.ID] = price.Amount
	}
	return h
}

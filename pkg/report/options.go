package report

import "github.com/licensectl/licensectl/pkg/license"

// Options say how a report is made. The zero Options are a short, plain report
// without product names.
type Options struct {
	Names Names // nil: part numbers stand in for product names
	Style Style
	Full  bool // every user with their place, and every service plan, however long it gets
}

// Names knows what products and service plans are called. *license.Catalog is
// one. Where it knows nothing it gives an empty string or the id itself.
type Names interface {
	SKUName(id license.GUID) string
	PlanName(id license.GUID) string
}

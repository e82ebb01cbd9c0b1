package license

// ReadTable reads a built-in table in its text form: products and service
// plans.
func ReadTable(products, plans string) ([]SKU, error) { return readProducts(products, plans, nil) }

// ReadRules reports whether a list of rules can be read.
func ReadRules(table string) error {
	_, err := readRules(table)
	return err
}

// ReadSold reports whether a table of names that products are sold under can be
// read.
func ReadSold(table string) error {
	_, err := readSold(table, publishedIndex())
	return err
}

// The built-in tables as they are embedded.
var (
	ProductsTSV = productsTSV
	PlansTSV    = plansTSV
	CommonTSV   = commonTSV
	RulesTSV    = rulesTSV
	SoldTSV     = soldTSV
)

package compose

import "slices"

// Defaults are what a document gives to entries that leave it out.
type Defaults struct {
	UsageLocation string
	Profiles      []string
}

// entryIndent is where the entries of a document stand.
const entryIndent = "    "

// lines writes an entry, in the short form where the defaults say all.
func (e entry) lines(d Defaults) []string {
	var keys []string
	if e.UsageLocation != d.UsageLocation {
		keys = append(keys, "usageLocation: "+Scalar(e.UsageLocation))
	}
	if !slices.Equal(e.profiles, d.Profiles) {
		keys = append(keys, "profiles: "+flow(e.profiles))
	}
	keys = append(keys, extraLines(e.extra)...)
	if len(keys) == 0 {
		return []string{entryIndent + "- " + Scalar(e.Name) + remark(e.Remark)}
	}
	out := []string{entryIndent + "- user: " + Scalar(e.Name) + remark(e.Remark)}
	for _, key := range keys {
		out = append(out, entryIndent+"  "+key)
	}
	return out
}

// extraLines writes the licenses of an entry: one that is named alone on one
// line, else a list.
func extraLines(extra []License) []string {
	if len(extra) == 0 {
		return nil
	}
	if l := extra[0]; len(extra) == 1 && len(l.DisabledPlans) == 0 {
		return []string{"licenses: [{sku: " + Scalar(l.SKU) + "}]" + remark(l.productRemark())}
	}
	out := []string{"licenses:"}
	for _, l := range extra {
		out = append(out, LicenseItem(l, "  ")...)
	}
	return out
}

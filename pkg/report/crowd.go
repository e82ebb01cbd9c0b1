package report

// crowd is the users that one entry of a report is about, in the order of the
// plan.
type crowd []member

// member is one of them. A finding that concerns no user has members without a
// name, one for each place.
type member struct {
	name  string // safe
	place string // safe; empty where no manifest is concerned
}

// places gives the first place and how many others there are.
func (c crowd) places() (first string, others int) {
	seen := make(map[string]bool)
	for _, m := range c {
		if m.place == "" {
			continue
		}
		seen[m.place] = true
		if first == "" {
			first = m.place
		}
	}
	return first, max(0, len(seen)-1)
}

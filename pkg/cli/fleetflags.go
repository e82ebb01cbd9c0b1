package cli

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// shardFlag is I/N.
type shardFlag struct{ target *fleet.Shard }

// String gives I/N.
func (s shardFlag) String() string {
	if s.target == nil {
		return ""
	}
	return s.target.String()
}

// Type names the value in the help.
func (shardFlag) Type() string { return "I/N" }

// Set reads I/N.
func (s shardFlag) Set(text string) (err error) {
	*s.target, err = fleet.ParseShard(text)
	return err
}

// labelsFlag is KEY=VALUE, given again for more.
type labelsFlag struct{ target *[]fleet.Label }

// String gives the labels.
func (l labelsFlag) String() string {
	if l.target == nil {
		return ""
	}
	var out []string
	for _, label := range *l.target {
		out = append(out, label.Key+"="+label.Value)
	}
	return strings.Join(out, ",")
}

// Type names the value in the help.
func (labelsFlag) Type() string { return "KEY=VALUE" }

// Set reads a label.
func (l labelsFlag) Set(text string) error {
	label, err := fleet.ParseLabel(text)
	*l.target = append(*l.target, label)
	return err
}

// fleetGuardsFlag is the name of a limit over all tenants, given again for more.
type fleetGuardsFlag struct{ target *[]fleet.GuardName }

// String gives the names.
func (g fleetGuardsFlag) String() string {
	if g.target == nil {
		return ""
	}
	return strings.Join(fleetGuardWords(*g.target), ",")
}

// Type names the value in the help.
func (fleetGuardsFlag) Type() string { return "GUARD" }

// Set reads a name.
func (g fleetGuardsFlag) Set(text string) error {
	if !slices.Contains(fleet.GuardNames(), fleet.GuardName(text)) {
		return usagef("%q is no limit of a fleet: there are %s", text, strings.Join(fleetGuardWords(fleet.GuardNames()), ", "))
	}
	*g.target = append(*g.target, fleet.GuardName(text))
	return nil
}

func fleetGuardWords(names []fleet.GuardName) []string {
	var out []string
	for _, name := range names {
		out = append(out, string(name))
	}
	return out
}

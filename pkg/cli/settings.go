package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/licensectl/licensectl/pkg/auth"
)

// variablePrefix begins the name of every variable of the environment that is
// ours. One that is not known is an error: it would be a setting that somebody
// relies on and that has no effect.
const variablePrefix = "LICENSECTL_"

// accessTokenVariable has no flag: secrets do not belong on a command line.
const accessTokenVariable = auth.EnvAccessToken

// setting is a flag that the environment can set as well.
type setting struct {
	flag   string
	usage  string
	value  string   // what stands for the value in the help
	words  []string // the values that are possible; empty: any
	target *string
}

// variable names the setting in the environment.
func (s setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.flag, "-", "_"))
}

// register adds the flag to a set of flags of a command.
func (s setting) register(cmd *cobra.Command, flags *pflag.FlagSet) {
	if len(s.words) > 0 {
		flags.Var(&choice{target: s.target, words: s.words, label: s.value}, s.flag, s.usage+": "+strings.Join(s.words, ", ")+" ("+s.variable()+")")
		completeWith(cmd, s.flag, s.words)
		return
	}
	// Between back quotes pflag finds the name of the value.
	usage := strings.Replace(s.usage, s.value, "`"+s.value+"`", 1)
	flags.StringVar(s.target, s.flag, *s.target, usage+" ("+s.variable()+")")
}

// logSettings are the settings of every verb.
func logSettings(o *logOptions) []setting {
	return []setting{
		{flag: "log-format", target: &o.format, value: "FORMAT", words: []string{formatText, formatJSON}, usage: "how messages are written to standard error"},
		{flag: "log-level", target: &o.level, value: "LEVEL", words: []string{"error", "warn", "info", "debug"}, usage: "the least important messages to write"},
	}
}

// settings lists every setting there is.
func settings() []setting {
	return slices.Concat(connectionSettings(&connectionFlags{}), logSettings(&logOptions{}))
}

// variables lists every variable that is known, sorted.
func variables() []string {
	out := []string{accessTokenVariable}
	for _, s := range settings() {
		out = append(out, s.variable())
	}
	slices.Sort(out)
	return out
}

// checkVariables refuses variables that look like ours and are not known.
func checkVariables(env Env) error {
	known := variables()
	for _, pair := range slices.Sorted(slices.Values(env.Environ)) {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) {
			continue
		}
		err := usagef("the environment has a variable %s, which does not exist", name)
		if near, ok := nearest(name[len(variablePrefix):], trimPrefixes(known)); ok {
			return err.withHint("did you mean %s%s?", variablePrefix, near)
		}
		return err.withHint("the variables are %s", strings.Join(known, ", "))
	}
	return nil
}

func trimPrefixes(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.TrimPrefix(name, variablePrefix)
	}
	return out
}

// bindVariables sets the flags of a command that were not given from the
// environment. An empty variable counts as not set.
func bindVariables(cmd *cobra.Command, env Env) error {
	for _, s := range settings() {
		flag := cmd.Flags().Lookup(s.flag)
		value := env.getenv(s.variable())
		if flag == nil || flag.Changed || value == "" {
			continue
		}
		if err := flag.Value.Set(value); err != nil {
			return usagef("%s: %s", s.variable(), err)
		}
	}
	return nil
}

package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/report"
)

type doctorOptions struct {
	app *app

	paths      []string // empty: the default folder, where there is one
	verbs      []string // that have to work; empty: those that read
	connection connectionFlags
	output     outputFlags
}

func newDoctorCommand(a *app) *cobra.Command {
	o := doctorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "doctor [PATH...]",
		Short: "Find out what is wrong with the setup",
		Long: `Doctor looks at the environment, signs in, holds the permissions of the token
against those that each verb needs, asks Microsoft Graph three short questions, and
looks at the manifests and the working folder. It says what is right, what is not,
and what to do about it. It cannot write to the tenant.

The verbs that read have to work, and of apply it is told whether it would. With
--for the named verbs have to work, and permissions beyond theirs are a warning.
The exit code is 0 also with warnings, so that a pipeline can go on: 4 where the
sign-in or a permission fails, 8 where Microsoft Graph or the token service is not
reached, 3 where the environment or a manifest is wrong.`,
		Example: `  licensectl doctor
  # as a gate before an apply
  licensectl doctor --for apply
  # the identity of pull requests, which must not be able to write
  licensectl doctor --for plan -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if err := o.connection.checkEmulate(cmd); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), o)
		},
	}
	o.output.register(cmd, diagnosisFormats().names()...)
	cmd.Flags().Var(&verbsFlag{&o.verbs}, "for", "a verb that has to work: "+strings.Join(tenantVerbs(), ", ")+"; repeatable")
	completeWith(cmd, "for", tenantVerbs())
	o.connection.register(cmd)
	return checkingEnvironment(withExits(cmd, CodeOK, CodeInput, CodeAuth, CodeLive, CodeInterrupted))
}

// verbsFlag is a flag that takes verbs, one by one or with commas.
type verbsFlag struct{ target *[]string }

func (v *verbsFlag) String() string {
	if v.target == nil {
		return ""
	}
	return strings.Join(*v.target, ",")
}

// Type is what stands for the value in the help.
func (*verbsFlag) Type() string { return "VERB" }

// Set takes one more verb.
func (v *verbsFlag) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		var verb string
		if err := (&choice{target: &verb, words: tenantVerbs()}).Set(word); err != nil {
			return err
		}
		if !slices.Contains(*v.target, verb) {
			*v.target = append(*v.target, verb)
		}
	}
	return nil
}

func runDoctor(ctx context.Context, o doctorOptions) error {
	facts := o.app.examine(ctx, o)
	if err := ctx.Err(); err != nil {
		return err
	}
	d := report.Diagnosis{Tool: o.app.tool(), Identity: facts.SignIn.Identity, Report: doctor.Diagnose(facts)}
	// No product is named in it.
	if err := printAs(o.app, diagnosisFormats(), d, printing{outputFlags: o.output}); err != nil {
		return err
	}
	return diagnosisFailure(d.Report)
}

// diagnosisFailure weighs the checks that failed as the table of exit codes
// says; nil where none did.
func diagnosisFailure(r doctor.Report) error {
	code := CodeOK
	var ids []string
	for _, c := range r.Failed() {
		code = worst(code, checkCode(c))
		ids = append(ids, c.ID)
	}
	if code == CodeOK {
		return nil
	}
	return &failure{code: code, what: quantity.Of(len(ids), "check") + " failed: " + strings.Join(ids, ", "), next: "the document says what to do"}
}

// checkCode is what a check that failed means by itself.
func checkCode(c doctor.Check) Code {
	switch {
	case c.ID == doctor.IDTokenService, c.Area == doctor.Service:
		return CodeLive
	case c.ID == doctor.IDCredential, c.Area == doctor.SignIn, c.Area == doctor.Permissions:
		return CodeAuth
	}
	return CodeInput
}

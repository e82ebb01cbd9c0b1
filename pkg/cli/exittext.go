package cli

// exitTexts says for a verb what a code means there, where that is less than the
// table of all verbs says.
func exitTexts() map[string]map[Code]string {
	const (
		done    = "done"
		usage   = "the command was not understood, or a file could not be used"
		stopped = "stopped; nothing was written"
	)
	return map[string]map[Code]string{
		"validate":   {CodeOK: "no errors", CodeInput: "a manifest has errors, or the command was not understood", CodeAuth: "the snapshot of --catalog is of another tenant than the policy's"},
		"plan":       {CodeOK: "the plan was made; with changes too, unless --detailed-exitcode is given", CodeChanges: "something has to change, and --detailed-exitcode is given", CodeRefused: "a guard has tripped; the plan is there in full", CodeInterrupted: stopped},
		"show":       {CodeOK: "shown, whatever the plan or the receipt says", CodeInput: usage},
		"apply":      {CodeOK: "all done, or nothing to do"},
		"drift":      {CodeOK: "nothing differs; with --baseline or --cause, nothing of that cause", CodeChanges: "the tenant differs", CodeInterrupted: stopped},
		"fleet":      {CodeOK: "all tenants ended with 0; show: shown, unless --detailed-exitcode is given", CodeInterrupted: "stopped in order; the receipts are complete"},
		"explain":    {CodeOK: "the question was answered, whatever the answer is", CodeInterrupted: stopped},
		"seats":      {CodeOK: done, CodeInput: usage, CodeInterrupted: stopped},
		"snapshot":   {CodeOK: done, CodeInterrupted: stopped},
		"doctor":     {CodeOK: "no check failed; a warning is no failure", CodeInput: "a setting, a file or a manifest is wrong", CodeInterrupted: stopped},
		"export":     {CodeOK: done, CodeChanges: "something would change, with --update --check", CodeRefused: "the folder has manifests in it, or cannot be brought up to date", CodeInterrupted: stopped},
		"import":     {CodeOK: done, CodeInput: "the table has errors, or the command was not understood", CodeRefused: "the folder has manifests in it"},
		"fmt":        {CodeOK: "done; with --check, nothing differs", CodeChanges: "a file differs, with --check", CodeInput: usage},
		"demo":       {CodeOK: done, CodeInput: usage, CodeRefused: "there is something of this name already"},
		"emulator":   {CodeOK: "ended by a signal", CodeInput: usage},
		"schema":     {CodeOK: done, CodeInput: "the command was not understood"},
		"version":    {CodeOK: done, CodeInput: "the command was not understood"},
		"completion": {CodeOK: done, CodeInput: "the command was not understood"},
		"help":       {CodeOK: done, CodeInput: "the command was not understood"},
	}
}

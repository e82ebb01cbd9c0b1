package cli

// otherToolsFlags are flags that people know from other tools, and what to do here.
// The key is the name, or the letter of a short one.
func otherToolsFlags() map[string]string {
	const (
		noQuestion = "give --auto-approve, or better --plan-id with the id that was reviewed; guards hold all the same"
		json       = "give -o json"
		onlyLook   = "plan shows what would change, and cannot change anything"
		fewer      = "give --log-level error, or warn"
		narrow     = "--user and --sku narrow a plan"
	)
	return map[string]string{
		"y": noQuestion, "yes": noQuestion, "approve": noQuestion, "assume-yes": noQuestion, "no-confirm": noQuestion, "non-interactive": noQuestion,
		"force": "nothing passes a guard by force: an Approval does, or apply --allow GUARD with a saved plan",
		"f":     "manifests are named without a flag, after the verb", "file": "manifests are named without a flag, after the verb", "filename": "manifests are named without a flag, after the verb",
		"dry-run": onlyLook, "dryrun": onlyLook, "noop": onlyLook, "what-if": onlyLook, "whatif": onlyLook, "WhatIf": onlyLook, "check": onlyLook,
		"json": json, "format": json, "j": json, "csv": "give -o csv", "html": "give -o html", "markdown": "give -o markdown",
		"target": narrow, "only": narrow, "u": narrow,
		"q": fewer, "quiet": fewer, "silent": fewer,
		"chdir": "give -C DIR", "no-color": "set the variable NO_COLOR=1", "no-colour": "set the variable NO_COLOR=1",
		"prune": "unlistedUsers: remove in the policy takes licenses from users that no manifest lists", "tenant": "give --tenant-id",
	}
}

// otherToolsVerbs are verbs that people know from other tools, and the ones that do
// it here.
func otherToolsVerbs() map[string]string {
	const signIn = "there is nothing to sign in to beforehand: --auth says how, az login will do, and doctor tells whether it works"
	return map[string]string{
		"diff": "plan shows what would change; -o diff shows it as a diff", "preview": "plan shows what would change", "what-if": "plan shows what would change",
		"sync": "plan shows what would change, and apply changes it", "push": "plan shows what would change, and apply changes it",
		"deploy": "plan shows what would change, and apply changes it", "up": "plan shows what would change, and apply changes it",
		"init": "export writes manifests of what the tenant has, import those of a table; demo makes a folder to play in", "pull": "export writes manifests of what the tenant has",
		"dump": "export writes manifests of what the tenant has", "refresh": "export --update brings manifests up to date",
		"login": signIn, "auth": signIn, "connect": signIn, "whoami": "doctor tells who is signed in, and to which tenant",
		"rollback": "plan --undo RECEIPT makes a plan to what was before", "undo": "plan --undo RECEIPT makes a plan to what was before",
		"restore": "plan --restore SNAPSHOT makes a plan to what a snapshot has", "backup": "snapshot keeps what the tenant has",
		"destroy": "no verb takes everything away: a manifest says what users are to hold", "delete": "no verb takes everything away: a manifest says what users are to hold",
		"status": "drift tells whether the tenant differs, and seats how many are free", "why": "explain tells why a user has, gets or loses a license",
		"lint": "validate finds mistakes, and fmt --check the layout", "check": "validate finds mistakes", "format": "fmt gives manifests their layout",
		"list": "seats lists the products, and explain what one user holds", "get": "seats lists the products, and explain what one user holds", "licenses": "seats lists the products",
	}
}

// Package cli is the command line of licensectl. It parses flags, makes requests
// of them for the use cases of package reconcile, asks questions, shows what
// happens and chooses the exit code.
//
// It must not work anything out about licenses: what has to change is package
// planner's to say, how it looks is package report's, and how it is carried out
// is package apply's.
//
// # How it talks to people
//
//   - Standard output is the one document that was asked for: a plan, a
//     receipt, a table of seats. Where a command fails before there is a
//     document, nothing stands there, in whatever format.
//   - Everything else goes to standard error: errors, warnings, progress, the
//     question before an apply.
//   - An error is one line that begins with "error:", in lower case and without
//     a full stop. What to do about it is a line of its own below, which begins
//     with "hint:".
//   - A command that does not end with 0 says so in its last line: the code, its
//     name, what happened, what to do next.
//   - The exit code follows from what happened, never from how it is shown.
//   - Text that comes from a tenant, a file or a flag is made safe before it is
//     printed, and secrets that are known are blotted out.
//
// # Layout
//
// Main (main.go) builds the commands (root.go) over an Env (env.go) and turns
// what they return into a code (failure.go, exit.go). Each verb has a file of
// its own, in which flags are parsed into an options struct and a run function
// takes it from there. What several verbs share is named by concept: the
// connection to a tenant (connect.go), the emulated tenant (emulation.go),
// what to plan (planning.go), what a plan means for the exit code (planexit.go).
// Files are package disk's. An apply takes three steps: what was asked for
// (apply.go), a plan that somebody approves (approved.go, confirm.go), having it
// carried out and judging the outcome (carryout.go).
package cli

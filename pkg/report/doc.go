// Package report shows plans, explanations, receipts and seats: as text for
// terminals and CI logs, as markdown for pull requests, as a diff, as CSV for
// spreadsheets, as pages for browsers and as JSON for programs. It also redacts
// plans, receipts and explanations.
//
// Each report is made in two steps. A view (plan.go, explain.go, receipt.go,
// inventory.go, and what they are made of: sections.go, guards.go, seats.go, …)
// decides once what is said and in which order: which users are drawn together,
// how things are called, what comes first. A format lays the view out and decides
// nothing else, so that every format tells the same facts in the same order. Its
// files are named noun_format.go: plan_text.go, changes_markdown.go,
// receipt_csv.go.
//
// How text is laid out, how markdown keeps within its budget and how names are
// taken out is below, in the packages layout, markdown and pseudonym. They know
// nothing of what is reported.
//
// Everything that comes from a tenant, a manifest or a saved file is a
// stranger's text. The views pass each piece of it through Safe or SafeMessage
// exactly once; the formats add no more than the escaping of their own syntax.
// The folder html holds what a page is made of: templates, style and script.
//
// The package writes to the io.Writer it is given and does no other input or
// output. It must not know about terminals, the environment or the time of
// day: whether to use colour is the caller's to say.
package report

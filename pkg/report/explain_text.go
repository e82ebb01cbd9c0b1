package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// ExplainText writes for people why one user holds, gets or loses each
// license: who the user is, what is true of them as a whole, then each license
// with its reasons, those that change first, and the findings. Everything is
// listed: Options.Full changes nothing.
//
// The error is the writer's.
func ExplainText(w io.Writer, e *plan.Explanation, o Options) error {
	if o.Redact {
		e = redactExplanation(e)
	}
	t := explainText{v: newExplainView(e, newNamer(o.Names, explainedProducts(e))), page: o.page(w)}
	t.header()
	t.part("USER", t.v.reasons)
	t.location()
	t.licenses()
	t.findings()
	t.page.Gap()
	t.page.Add(o.Style.Paint(layout.Strong, t.v.sum))
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

// explainText lays an explanation out as text.
type explainText struct {
	v    *explainView
	page *layout.Page
}

func (t *explainText) header() {
	t.page.Add("Tenant  "+t.v.tenant, "User    "+t.v.user, "Plan    as of "+t.v.asOf+", "+t.v.planID)
}

func (t *explainText) part(title string, reasons []explainedReason) {
	t.page.Title(title)
	t.tell("  ", reasons)
}

// location shows the usage location where there is something to say of it.
func (t *explainText) location() {
	if t.v.location.text == "" {
		return
	}
	t.page.Title("USAGE LOCATION")
	t.entry(t.v.location)
}

func (t *explainText) licenses() {
	t.page.Title("LICENSES")
	if len(t.v.licenses) == 0 {
		t.page.Add("  none, and no manifest asks for one")
	}
	for _, l := range t.v.licenses {
		t.entry(l)
	}
}

// entry shows one thing with its verdict, and why.
func (t *explainText) entry(e explainedThing) {
	t.page.Add("  " + t.page.Style.Paint(e.tone, e.mark+" "+e.text))
	t.tell("      ", e.reasons)
}

// tell writes a sentence a line, with the place that it rests on behind it.
// Long ones are not folded: the words are strangers', and none of them may
// begin a line.
func (t *explainText) tell(indent string, reasons []explainedReason) {
	for _, r := range reasons {
		line := indent + r.text
		if r.source != "" {
			line += t.page.Style.Paint(layout.Faint, "  ("+r.source+")")
		}
		t.page.Add(line)
	}
}

func (t *explainText) findings() {
	if len(t.v.findings) == 0 {
		return
	}
	t.page.Title("FINDINGS")
	for _, f := range t.v.findings {
		t.tell("  ", []explainedReason{f.explainedReason})
		if f.hint != "" {
			t.tell("      ", []explainedReason{{text: "hint: " + f.hint}})
		}
	}
}

// costOf gives " (14.00 a month)", or nothing.
func costOf(m *plan.Money) string {
	if m == nil {
		return ""
	}
	return " (" + plainAmount(*m) + " a month)"
}

// ExplainJSON writes an explanation as one JSON document, indented and safe to
// print.
//
// The error is the writer's.
func ExplainJSON(w io.Writer, e *plan.Explanation, o Options) error {
	if o.Redact {
		e = redactExplanation(e)
	}
	if err := WriteJSON(w, e); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

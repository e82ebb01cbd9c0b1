package report

import (
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// MaxTeamsMessage is the most that Teams takes as one message, in bytes
// (Microsoft's docs on incoming webhooks and workflows: 28 KB).
const MaxTeamsMessage = 28 * 1024

// PlanTeams writes a plan as a message for a workflow of Teams that posts what
// it is sent: an Adaptive Card 1.4 in its envelope. It is shorter than
// MaxTeamsMessage.
//
// The error is the writer's.
func PlanTeams(w io.Writer, p *plan.Plan, o Options) error {
	return writeTeams(w, planNotice(p, o))
}

// ReceiptTeams writes a receipt as PlanTeams does a plan.
//
// The error is the writer's.
func ReceiptTeams(w io.Writer, r *receipt.Receipt, o Options) error {
	return writeTeams(w, receiptNotice(r, o))
}

// teamsMessage is the envelope of a card.
type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string `json:"contentType"`
	Content     card   `json:"content"`
}

// card is an Adaptive Card.
type card struct {
	Schema  string        `json:"$schema"`
	Type    string        `json:"type"`
	Version string        `json:"version"`
	Body    []cardElement `json:"body"`
}

// cardElement is one element. A RichTextBlock is what can hold a stranger's
// text: a TextBlock takes it for markdown.
type cardElement struct {
	Type    string     `json:"type"`
	Spacing string     `json:"spacing,omitempty"`
	Inlines []cardRun  `json:"inlines,omitempty"`
	Facts   []cardFact `json:"facts,omitempty"`
}

type cardRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Size   string `json:"size,omitempty"`
	Subtle bool   `json:"isSubtle,omitzero"`
}

type cardFact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

func writeTeams(w io.Writer, n notice) error {
	return writeMessage(w, teamsMessage{"message", []teamsAttachment{{"application/vnd.microsoft.card.adaptive",
		card{"http://adaptivecards.io/schemas/adaptive-card.json", "AdaptiveCard", "1.4", elementsOf(n, teamsStyle{})}}}})
}

// teamsStyle makes elements of a card.
type teamsStyle struct{}

func (teamsStyle) title(text string) cardElement {
	return cardText(cardRun{Text: text, Weight: "Bolder", Size: "Medium"})
}

func (teamsStyle) about(sentences []string) []cardElement { return closeTexts(sentences) }

func (teamsStyle) facts(all []fact) cardElement {
	out := cardElement{Type: "FactSet"}
	for _, f := range all {
		out.Facts = append(out.Facts, cardFact{f.name, f.value})
	}
	return out
}

func (teamsStyle) list(l noticeList) []cardElement {
	return append([]cardElement{cardText(cardRun{Text: l.heading, Weight: "Bolder"})}, closeTexts(l.all())...)
}

func (teamsStyle) footer(text string) cardElement { return cardText(cardRun{Text: text, Subtle: true}) }

// closeTexts are paragraphs, each close to the one above.
func closeTexts(lines []string) []cardElement {
	out := make([]cardElement, len(lines))
	for i, line := range lines {
		out[i] = cardText(cardRun{Text: line})
		out[i].Spacing = "None"
	}
	return out
}

// cardText is a paragraph.
func cardText(run cardRun) cardElement {
	run.Type = "TextRun"
	return cardElement{Type: "RichTextBlock", Inlines: []cardRun{run}}
}

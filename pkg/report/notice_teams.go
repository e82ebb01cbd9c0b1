package report

import (
	"fmt"
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
	body := []cardElement{cardText(cardRun{Text: n.title, Weight: "Bolder", Size: "Medium"})}
	for _, sentence := range n.about {
		body = append(body, cardText(cardRun{Text: sentence}).close())
	}
	if len(n.facts) > 0 {
		facts := cardElement{Type: "FactSet"}
		for _, f := range n.facts {
			facts.Facts = append(facts.Facts, cardFact{f.name, f.value})
		}
		body = append(body, facts)
	}
	for _, l := range n.lists {
		body = append(body, cardText(cardRun{Text: l.heading, Weight: "Bolder"}))
		for _, line := range l.all() {
			body = append(body, cardText(cardRun{Text: line}).close())
		}
	}
	body = append(body, cardText(cardRun{Text: n.footer, Subtle: true}))
	message := teamsMessage{"message", []teamsAttachment{{"application/vnd.microsoft.card.adaptive",
		card{"http://adaptivecards.io/schemas/adaptive-card.json", "AdaptiveCard", "1.4", body}}}}
	if err := WriteJSON(w, message); err != nil {
		return fmt.Errorf("writing the card: %w", err)
	}
	return nil
}

// cardText is a paragraph.
func cardText(run cardRun) cardElement {
	run.Type = "TextRun"
	return cardElement{Type: "RichTextBlock", Inlines: []cardRun{run}}
}

// close puts an element close to the one above.
func (e cardElement) close() cardElement {
	e.Spacing = "None"
	return e
}

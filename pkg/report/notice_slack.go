package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The bounds of a message of Slack (Slack's reference of Block Kit).
const (
	MaxSlackBlocks  = 50   // of a message
	MaxSlackHeader  = 150  // characters of a header
	MaxSlackSection = 3000 // characters of the text of a section
	MaxSlackFields  = 10   // of a section
)

// PlanSlack writes a plan as a message of Slack in Block Kit, for an incoming
// webhook. Its parts are within the bounds that Slack sets.
//
// The error is the writer's.
func PlanSlack(w io.Writer, p *plan.Plan, o Options) error {
	return writeSlack(w, planNotice(p, o))
}

// ReceiptSlack writes a receipt as PlanSlack does a plan.
//
// The error is the writer's.
func ReceiptSlack(w io.Writer, r *receipt.Receipt, o Options) error {
	return writeSlack(w, receiptNotice(r, o))
}

// slackMessage is a message. Its text is what a notification shows.
type slackMessage struct {
	Text   string       `json:"text"`
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Fields   []slackText `json:"fields,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

// slackText is plain text: nothing in it is a link, a mention or markup.
type slackText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

func plainText(text string) slackText { return slackText{Type: "plain_text", Text: text} }

func writeSlack(w io.Writer, n notice) error {
	title := plainText(safetext.Line(n.title, MaxSlackHeader))
	// What a notification shows is markup: the title has no stranger's text.
	message := slackMessage{Text: title.Text, Blocks: []slackBlock{{Type: "header", Text: &title}, slackSection(n.about)}}
	if len(n.facts) > 0 {
		facts := slackBlock{Type: "section"}
		for _, f := range n.facts[:min(len(n.facts), MaxSlackFields)] {
			facts.Fields = append(facts.Fields, plainText(f.name+": "+f.value))
		}
		message.Blocks = append(message.Blocks, facts)
	}
	for _, l := range n.lists {
		lines := []string{l.heading}
		for _, line := range l.all() {
			lines = append(lines, "• "+line)
		}
		message.Blocks = append(message.Blocks, slackSection(lines))
	}
	message.Blocks = append(message.Blocks, slackBlock{Type: "context", Elements: []slackText{plainText(n.footer)}})
	if err := WriteJSON(w, message); err != nil {
		return fmt.Errorf("writing the message: %w", err)
	}
	return nil
}

// slackSection is a few lines of text.
func slackSection(lines []string) slackBlock {
	text := plainText(strings.Join(lines, "\n"))
	return slackBlock{Type: "section", Text: &text}
}

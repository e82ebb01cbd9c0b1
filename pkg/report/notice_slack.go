package report

import (
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
	n.title = safetext.Line(n.title, MaxSlackHeader)
	// What a notification shows is markup: the title has no stranger's text.
	return writeMessage(w, slackMessage{Text: n.title, Blocks: elementsOf(n, slackStyle{})})
}

// slackStyle makes blocks.
type slackStyle struct{}

func (slackStyle) title(text string) slackBlock {
	title := plainText(text)
	return slackBlock{Type: "header", Text: &title}
}

func (slackStyle) about(sentences []string) []slackBlock {
	return []slackBlock{slackSection(sentences)}
}

func (slackStyle) facts(all []fact) slackBlock {
	out := slackBlock{Type: "section"}
	for _, f := range all[:min(len(all), MaxSlackFields)] {
		out.Fields = append(out.Fields, plainText(f.name+": "+f.value))
	}
	return out
}

func (slackStyle) list(l noticeList) []slackBlock {
	lines := []string{l.heading}
	for _, line := range l.all() {
		lines = append(lines, "• "+line)
	}
	return []slackBlock{slackSection(lines)}
}

func (slackStyle) footer(text string) slackBlock {
	return slackBlock{Type: "context", Elements: []slackText{plainText(text)}}
}

// slackSection is a few lines of text.
func slackSection(lines []string) slackBlock {
	text := plainText(strings.Join(lines, "\n"))
	return slackBlock{Type: "section", Text: &text}
}

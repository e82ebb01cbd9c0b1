package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// crowded is a plan and a receipt of five thousand users with the longest names
// that can be shown, of whom each loses something, or was refused.
func crowded() (*plan.Plan, *receipt.Receipt) {
	name := strings.Repeat("𠀀", 400)
	d := newDraft(5000)
	d.Tenant.DisplayName = name
	p, r := renamed(guarded(), func(int) string { return name }), renamed(everyOutcome(), func(int) string { return name })
	first := r.Results[0]
	for i := range 5000 {
		c := d.change(user(i, name), remove(product{id(0xee, 1), name}))
		c.Status = plan.StatusReady
		res := first
		res.Outcome, res.Message = receipt.Refused, name
		res.User.ID = license.GUID{1, byte(i >> 8), byte(i)}
		r.Results = append(r.Results, res)
	}
	p.Changes, p.Tenant, p.Summary = d.Changes, d.Tenant, d.Summary
	return p, r
}

// However many users there are, and however they are called, a message is
// within what Teams takes.
func TestTeamsMessagesFit(t *testing.T) {
	p, r := crowded()
	for name, write := range map[string]func(io.Writer) error{
		"plan":    func(w io.Writer) error { return report.PlanTeams(w, p, report.Options{}) },
		"receipt": func(w io.Writer) error { return report.ReceiptTeams(w, r, report.Options{}) },
	} {
		text := written(t, write)
		if len(text) > report.MaxTeamsMessage {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		var message struct {
			Type        string `json:"type"`
			Attachments []struct {
				ContentType string `json:"contentType"`
				Content     struct {
					Type, Version string
					Body          []struct {
						Type    string
						Inlines []struct{ Text string }
					}
				} `json:"content"`
			} `json:"attachments"`
		}
		if err := json.Unmarshal([]byte(text), &message); err != nil {
			t.Fatal(err)
		}
		card := message.Attachments[0].Content
		if message.Type != "message" || card.Type != "AdaptiveCard" || card.Version != "1.4" || len(card.Body) < 13 {
			t.Errorf("%s: %+v", name, message)
		}
		for _, e := range card.Body {
			if e.Type != "RichTextBlock" && e.Type != "FactSet" {
				t.Errorf("%s: a %s takes text for markdown", name, e.Type)
			}
		}
		if !regexp.MustCompile(`and [45],[0-9]{3} more`).MatchString(text) {
			t.Errorf("%s does not say how many it leaves out:\n%s", name, text)
		}
	}
}

// The same for Slack, whose bounds are on every part.
func TestSlackMessagesFit(t *testing.T) {
	type text struct{ Type, Text string }
	p, r := crowded()
	for name, write := range map[string]func(io.Writer) error{
		"plan":    func(w io.Writer) error { return report.PlanSlack(w, p, report.Options{}) },
		"receipt": func(w io.Writer) error { return report.ReceiptSlack(w, r, report.Options{}) },
	} {
		var message struct {
			Text   string
			Blocks []struct {
				Type             string
				Text             *text
				Fields, Elements []text
			}
		}
		if err := json.Unmarshal([]byte(written(t, write)), &message); err != nil {
			t.Fatal(err)
		}
		if len(message.Blocks) > report.MaxSlackBlocks || strings.ContainsAny(message.Text, "<>&@") {
			t.Errorf("%s: %d blocks, text %q", name, len(message.Blocks), message.Text)
		}
		for _, b := range message.Blocks {
			all := append(b.Fields, b.Elements...)
			if b.Text != nil {
				all = append(all, *b.Text)
			}
			most := report.MaxSlackSection
			if b.Type == "header" {
				most = report.MaxSlackHeader
			}
			for _, each := range all {
				if n := len(utf16.Encode([]rune(each.Text))); each.Type != "plain_text" || n == 0 || n > most {
					t.Errorf("%s: a %s of %d characters in a %s", name, each.Type, n, b.Type)
				}
			}
			if len(b.Fields) > report.MaxSlackFields {
				t.Errorf("%s: %d fields", name, len(b.Fields))
			}
		}
	}
}

// What is taken away is said first, and what stops the plan.
func TestNoticeSaysWhatMatters(t *testing.T) {
	text := written(t, func(w io.Writer) error { return report.PlanSlack(w, guarded(), report.Options{Names: names}) })
	for _, want := range []string{"licensectl plan: ", "Not applyable", "maxRemovals", "Takes away", guarded().PlanID} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	text = written(t, func(w io.Writer) error { return report.ReceiptSlack(w, everyOutcome(), report.Options{Names: names}) })
	for _, want := range []string{"licensectl apply: ", "Not done", ": refused, ", everyOutcome().Run.RunID} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

// TestNumbersOfWhatIsTaken: every channel and the metrics count alike, and what is
// held takes nothing away.
func TestNumbersOfWhatIsTaken(t *testing.T) {
	leaverHeld := fiveUsers()
	leaverHeld.Changes[3].Status = plan.StatusHeld
	nothing := fiveUsers()
	nothing.Changes = nothing.Changes[1:2]
	tests := []struct {
		name                      string
		plan                      *plan.Plan
		amount                    string
		losing, bare, swapping    int
		licenses, licensesWithOff int
	}{
		{"losses, a swap and a service plan", fiveUsers(), "4 (3 licenses, 1 with a service plan off)", 2, 1, 1, 3, 1},
		{"a loss is held", leaverHeld, "2 (1 license, 1 with a service plan off)", 1, 0, 1, 1, 1},
		{"licenses alone", guarded(), "12 licenses", 12, 0, 0, 12, 0},
		{"nothing", nothing, "nothing", 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shown := func(write func(io.Writer, *plan.Plan, report.Options) error) string {
				return written(t, func(w io.Writer) error { return write(w, tt.plan, report.Options{}) })
			}
			metrics, teams, slack := shown(report.PlanPrometheus), shown(report.PlanTeams), shown(report.PlanSlack)
			for labels, count := range map[string]int{
				`taken_licenses{X,what="removed"}`: tt.licenses, `taken_licenses{X,what="service_plan_off"}`: tt.licensesWithOff,
				`losing_users{X,effect="loses"}`: tt.losing, `losing_users{X,effect="keeps_no_direct_license"}`: tt.bare, `losing_users{X,effect="swaps"}`: tt.swapping,
			} {
				line := fmt.Sprintf("licensectl_plan_%s %d\n", strings.Replace(labels, "X", `tenant_id="`+tt.plan.Tenant.ID.String()+`"`, 1), count)
				if !strings.Contains(metrics, line) {
					t.Errorf("no %s in\n%s", line, metrics)
				}
			}
			for channel, text := range map[string]string{"teams": teams, "slack": slack} {
				if want := "Takes away: " + tt.amount + "."; !strings.Contains(text, want) {
					t.Errorf("%s: no %q in\n%s", channel, want, text)
				}
			}
			for name, count := range map[string]int{"Lose a license or a service plan": tt.losing, "Keep no direct license": tt.bare} {
				fact := regexp.MustCompile(`"title": "` + name + `",\s+"value": "` + fmt.Sprint(count) + `"`)
				if fact.MatchString(teams) != (count > 0) || strings.Contains(slack, fmt.Sprintf(`"%s: %d"`, name, count)) != (count > 0) {
					t.Errorf("%s: %d is not what the channels say\n%s\n%s", name, count, teams, slack)
				}
			}
		})
	}
}

var (
	sample = regexp.MustCompile(`^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\["\\n])*",?)+\}) (-?[0-9]+)$`)
	family = regexp.MustCompile(`^# (HELP|TYPE) ([a-z_]+) (.+)$`)
)

// Every line is one that Prometheus reads, each family stands together with its
// type, and no series comes twice.
func TestPrometheusFormat(t *testing.T) {
	p := renamed(guarded(), func(n int) string { return hostileText[n%len(hostileText)] + `"\` })
	p.Guards = append(p.Guards, p.Guards...)
	inv := inventory()
	for name, write := range map[string]func(io.Writer) error{
		"plan":  func(w io.Writer) error { return report.PlanPrometheus(w, p, report.Options{}) },
		"seats": func(w io.Writer) error { return report.SeatsPrometheus(w, inv, report.Options{}) },
	} {
		now, seen := "", map[string]bool{}
		for line := range strings.SplitSeq(strings.TrimSuffix(written(t, write), "\n"), "\n") {
			if m := family.FindStringSubmatch(line); m != nil {
				if key := m[1] + m[2]; seen[key] {
					t.Errorf("%s: %s twice", name, key)
				} else {
					seen[key] = true
				}
				now = m[2]
				continue
			}
			m := sample.FindStringSubmatch(line)
			if m == nil || m[1] != now || seen[m[1]+m[2]] || !strings.Contains(m[2], "tenant_id=") {
				t.Errorf("%s: %q in the family %s", name, line, now)
				continue
			}
			seen[m[1]+m[2]] = true
		}
		if len(seen) < 8 {
			t.Errorf("%s: %d lines", name, len(seen))
		}
	}
}

// TestPrometheusCountsWhoLosesAll: whom a group leaves without any license is among them,
// who kept no direct license before.
func TestPrometheusCountsWhoLosesAll(t *testing.T) {
	p := ofGroups()
	for i := range p.Guards {
		if p.Guards[i].Name == plan.GuardMaxUsersLosingAll {
			p.Guards[i].Actual = 900
		}
	}
	text := written(t, func(w io.Writer) error { return report.PlanPrometheus(w, p, report.Options{}) })
	if want := `licensectl_plan_users_losing_all{tenant_id="` + p.Tenant.ID.String() + `"} 900` + "\n"; !strings.Contains(text, want) {
		t.Errorf("there is no %s in\n%s", want, text)
	}
}

func TestPrometheusCountsCauses(t *testing.T) {
	p := fiveUsers()
	text := written(t, func(w io.Writer) error { return report.PlanPrometheus(w, p, report.Options{}) })
	if strings.Contains(text, "cause") {
		t.Errorf("causes without a baseline:\n%s", text)
	}
	for i := range p.Changes {
		for j := range p.Changes[i].Actions {
			p.Changes[i].Actions[j].Cause = plan.CauseDrift
		}
	}
	text = written(t, func(w io.Writer) error { return report.PlanPrometheus(w, p, report.Options{}) })
	if want := fmt.Sprintf(`cause="drift"} %d`, p.CountCause(plan.CauseDrift)); !strings.Contains(text, want) {
		t.Errorf("there is no %s in\n%s", want, text)
	}
}

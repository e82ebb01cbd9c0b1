package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

// progress tells how far an apply is: on a terminal in one line that is
// rewritten, else in a line from time to time. It is safe for concurrent use.
type progress struct {
	console *console
	now     func() time.Time
	every   time.Duration // between two lines, or two drawings of the one line

	mu    sync.Mutex
	begun time.Time
	told  time.Time // when something was last said
	done  int
	back  bool // the first setback was told
}

// How often progress is told.
const (
	progressOnTerminal = 100 * time.Millisecond
	progressInLog      = 10 * time.Second
)

func (a *app) newProgress() *progress {
	p := &progress{console: a.console, now: a.env.Now, every: progressInLog}
	if a.console.screen.terminal {
		p.every = progressOnTerminal
	}
	p.begun = p.now()
	p.told = p.begun
	return p
}

// step takes a step of the run down, and says so if it is time.
func (p *progress) step(s apply.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Steps come from many goroutines, not always in their order.
	p.done = max(p.done, s.Done)
	p.firstSetback(s)
	now := p.now()
	if now.Sub(p.told) < p.every {
		return
	}
	p.told = now
	line := p.line(s, now)
	if p.console.screen.terminal && !p.console.json {
		p.console.screen.show(line)
		return
	}
	p.console.Info(line)
}

// firstSetback says at once why a run does not get on. The later ones are
// counted.
func (p *progress) firstSetback(s apply.Progress) {
	if p.back || s.Why == nil {
		return
	}
	p.back = true
	p.console.Info("a write was turned away or not answered, and is tried again: " + s.Why.Error())
}

// line gives, say, "120 of 400 users, 18.5/s, 15s left".
func (p *progress) line(s apply.Progress, now time.Time) string {
	line := quantity.Text(p.done) + " of "
	switch users := s.Total - s.Groups; {
	case s.Groups == 0:
		line += quantity.Of(users, "user")
	case users == 0:
		line += quantity.Of(s.Groups, "group")
	default:
		line += quantity.Of(users, "user") + " and " + quantity.Of(s.Groups, "group")
	}
	if elapsed := now.Sub(p.begun).Seconds(); elapsed > 0 && p.done > 0 {
		rate := float64(p.done) / elapsed
		left := time.Duration(float64(s.Total-p.done) / rate * float64(time.Second)).Round(time.Second)
		line += fmt.Sprintf(", %.1f/s, %s left", rate, left)
	}
	if s.Setbacks > 0 {
		line += ", " + quantity.Of(s.Setbacks, "write") + " turned away or not answered, and tried again"
	}
	if s.Failures > 0 {
		line += ", " + quantity.Text(s.Failures) + " refused or failed"
	}
	if s.Unseen > 0 {
		line += ", waiting until " + quantity.Of(s.Unseen, "change") + " can be seen in the tenant"
	}
	if s.Members > 0 {
		line += ", waiting for " + quantity.Of(s.Members, "member") + " of groups to have what is planned"
	}
	if s.Busy > 0 {
		line += ", waiting until the service is done with another change of " + quantity.Of(s.Busy, "group")
	}
	if pause := s.PausedUntil.Sub(now).Round(time.Second); pause > 0 {
		line += fmt.Sprintf(", the tenant asks to wait %s", pause)
	}
	return line
}

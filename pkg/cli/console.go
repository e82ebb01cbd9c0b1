package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/licensectl/licensectl/pkg/report"
)

// console is what is said on standard error beside the document: errors,
// warnings, notes and how the command ended, as text for people or as JSON
// lines.
type console struct {
	*slog.Logger
	screen *screen
	json   bool
}

// logOptions are the flags that say what is told, and how.
type logOptions struct {
	format  string // text or json
	level   string // error, warn, info or debug
	verbose bool   // debug
	folder  string // to work in; empty: where the command is given
}

// hintKey is the attribute for what to do about a message. As text it stands
// on a line of its own.
const hintKey = "hint"

func newConsole(s *screen, o logOptions) *console {
	level := slog.LevelInfo
	// The flag takes none but the names that slog knows.
	_ = level.UnmarshalText([]byte(o.level))
	if o.verbose {
		level = slog.LevelDebug
	}
	if o.format == formatJSON {
		handler := slog.NewJSONHandler(s, &slog.HandlerOptions{Level: level, ReplaceAttr: s.safeAttr})
		return &console{Logger: slog.New(handler), screen: s, json: true}
	}
	return &console{Logger: slog.New(&textHandler{screen: s, level: level}), screen: s}
}

// safe makes a text safe to print. Secrets go first: a text that is cut off
// could hold half of one.
func (s *screen) safe(text string) string { return report.SafeMessage(s.secrets.Text(text)) }

// safeAttr makes what comes as text or as an error safe in a log line.
func (s *screen) safeAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(s.safe(a.Value.String()))
	case slog.KindAny:
		if err, isError := a.Value.Any().(error); isError {
			a.Value = slog.StringValue(s.safe(err.Error()))
		}
	}
	return a
}

// problem says what is wrong, and what to do about it where that is known.
type problem struct {
	text string
	hint string
}

// failed prints a failure. Its last line is shown at every log level.
func (c *console) failed(f *failure) {
	for _, p := range f.problems {
		c.Error(p.text, hintAttrs(p.hint)...)
	}
	row := f.code.row()
	if c.json {
		c.Error(f.what, append([]any{"exit", int(row.Code), "name", row.Name}, hintAttrs(f.next)...)...)
		return
	}
	line := fmt.Sprintf("exit %d (%s): %s", row.Code, row.Name, c.screen.safe(f.what))
	if f.next != "" {
		line += "; " + c.screen.safe(f.next)
	}
	fmt.Fprintln(c.screen, line)
}

func hintAttrs(hint string) []any {
	if hint == "" {
		return nil
	}
	return []any{hintKey, hint}
}

// textHandler writes log records for people.
type textHandler struct {
	screen *screen
	level  slog.Level
	attrs  []slog.Attr
}

// Enabled reports whether a level is told.
func (h *textHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// WithAttrs gives a handler that adds the attributes to every record.
func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *h
	out.attrs = append(append([]slog.Attr{}, h.attrs...), attrs...)
	return &out
}

// WithGroup gives the same handler: as text, names are not qualified.
func (h *textHandler) WithGroup(string) slog.Handler { return h }

// Handle writes one record: a line, and one for the hint where there is one.
func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	line := levelPrefix(r.Level) + h.screen.safe(r.Message)
	hint := ""
	add := func(a slog.Attr) bool {
		if a.Key == hintKey {
			hint = "\n  hint: " + h.screen.safe(a.Value.String())
		} else {
			line += fmt.Sprintf(" %s=%s", a.Key, h.screen.safe(a.Value.String()))
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	_, err := h.screen.Write([]byte(line + hint + "\n"))
	return err
}

func levelPrefix(l slog.Level) string {
	if l == slog.LevelInfo {
		return ""
	}
	return strings.ToLower(strings.Replace(l.String(), "WARN", "WARNING", 1)) + ": "
}

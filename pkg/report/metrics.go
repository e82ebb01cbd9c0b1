package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// metrics writes families of gauges.
type metrics struct {
	out    *bufio.Writer
	tenant label
	name   string // of the family
}

// label is a name and its value, which may be a stranger's.
type label struct{ name, value string }

func newMetrics(w io.Writer, t plan.Tenant) *metrics {
	return &metrics{out: bufio.NewWriter(w), tenant: label{"tenant_id", t.ID.String()}}
}

// family begins a family. The help is ours, and one line.
func (m *metrics) family(name, help string) {
	m.name = name
	// Errors stay with the writer until it is flushed.
	_, _ = fmt.Fprintf(m.out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// add writes a sample of the family.
func (m *metrics) add(value int, labels ...label) {
	pairs := make([]string, 0, len(labels)+1)
	for _, l := range append([]label{m.tenant}, labels...) {
		pairs = append(pairs, l.name+`="`+labelEscaper.Replace(Safe(l.value))+`"`)
	}
	_, _ = fmt.Fprintf(m.out, "%s{%s} %d\n", m.name, strings.Join(pairs, ","), value)
}

// labelEscaper escapes what the format does; a safe text has no line break.
var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func (m *metrics) end() error {
	if err := m.out.Flush(); err != nil {
		return fmt.Errorf("writing the metrics: %w", err)
	}
	return nil
}

// productLabels name a product by what tells it from every other.
func productLabels(id license.GUID, partNumber string) []label {
	labels := []label{{"sku", partNumber}, {"sku_id", id.String()}}
	return labels[:2:2]
}

// oneIf is how a metric says yes.
func oneIf[T ~bool](holds T) int {
	if holds {
		return 1
	}
	return 0
}

package report_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/report"
)

func TestSafeJSON(t *testing.T) {
	in := "{\n  \"a\": \"x\u202ey\u007f\u009b##vso[b]\U000e0041\xff\"\n}\n"
	want := "{\n  \"a\": \"x\\u202ey\\u007f\\u009b#\\u0023vso[b]\\udb40\\udc41\\ufffd\"\n}\n"
	if diff := cmp.Diff(want, string(report.SafeJSON([]byte(in)))); diff != "" {
		t.Errorf("SafeJSON (-want +got):\n%s", diff)
	}
}

// The document reads back as what it was, and every line of it is safe.
func FuzzSafeJSON(f *testing.F) {
	for _, text := range hostileText {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		var doc bytes.Buffer
		enc := json.NewEncoder(&doc)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]string{key: value}); err != nil {
			t.Fatal(err)
		}
		safe := report.SafeJSON(doc.Bytes())
		checkLines(t, string(safe))
		for size := 1; size < 6; size++ {
			if pieces := inPieces(t, doc.Bytes(), size); pieces != string(safe) {
				t.Fatalf("in pieces of %d bytes: %q, as a whole: %q", size, pieces, safe)
			}
		}

		var want, got map[string]string
		if err := json.Unmarshal(doc.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(safe, &got); err != nil {
			t.Fatalf("SafeJSON broke %q: %v", doc.Bytes(), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("SafeJSON changed the values (-want +got):\n%s", diff)
		}
	})
}

// inPieces makes a document safe in pieces of a few bytes.
func inPieces(t *testing.T, document []byte, size int) string {
	t.Helper()
	var out bytes.Buffer
	w := report.NewSafeJSONWriter(&out)
	for piece := range slices.Chunk(document, size) {
		if n, err := w.Write(piece); n != len(piece) || err != nil {
			t.Fatalf("%d of %d bytes written: %v", n, len(piece), err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

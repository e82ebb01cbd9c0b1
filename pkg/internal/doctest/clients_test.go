package doctest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// clientRecord is what the clients of one make target called of the emulator,
// as their run wrote it down.
type clientRecord struct {
	Target  string
	Day     string
	Clients []struct {
		Name    string
		Version string
		Calls   []struct {
			Operation string
			Answers   []int
		}
	}
}

// readClientRecords reads the records, sorted by the name of their target.
func readClientRecords(t *testing.T) []clientRecord {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "pkg", "emulator", "testdata", "clients", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no records of clients: %v", err)
	}
	var out []clientRecord
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r clientRecord
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if r.Target+".json" != filepath.Base(file) {
			t.Errorf("%s is of the target %q", file, r.Target)
		}
		out = append(out, r)
	}
	return out
}

// clientTable is the table of clients: a row for each, with the operations that
// it called, and beside each the statuses of the answers that were errors.
func clientTable(records []clientRecord) string {
	var out strings.Builder
	out.WriteString("| client | run by | calls |\n|---|---|---|\n")
	for _, r := range records {
		for _, c := range r.Clients {
			var calls []string
			for _, call := range c.Calls {
				calls = append(calls, "`"+call.Operation+"`"+failures(call.Answers))
			}
			fmt.Fprintf(&out, "| `%s` %s | `make %s`, %s | %s |\n", c.Name, c.Version, r.Target, r.Day, strings.Join(calls, ", "))
		}
	}
	return out.String()
}

func failures(answers []int) string {
	var out []string
	for _, status := range answers {
		if status >= http.StatusBadRequest {
			out = append(out, strconv.Itoa(status))
		}
	}
	if out == nil {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// TestTableOfClientsIsTheirRecords holds the table of clients to the records
// that the runs of these clients wrote.
func TestTableOfClientsIsTheirRecords(t *testing.T) {
	checkGenerated(t, "docs/emulator.md", "clients", clientTable(readClientRecords(t)))
}

// TestClientsAreRunByTargets holds the records and the make targets to each
// other: each target that runs clients has a record, and each record a target.
func TestClientsAreRunByTargets(t *testing.T) {
	targets := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^(interop-[a-z0-9-]+):`).FindAllStringSubmatch(string(readFile(t, "Makefile")), -1) {
		targets[found[1]] = true
	}
	for _, r := range readClientRecords(t) {
		if !targets[r.Target] {
			t.Errorf("make has no target %q, which has a record", r.Target)
		}
		delete(targets, r.Target)
	}
	for target := range targets {
		t.Errorf("there is no record of what the clients of make %s call; the tests of it write it with -args -update", target)
	}
}

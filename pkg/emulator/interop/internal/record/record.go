// Package record writes down what clients asked the emulator for, and how it
// answered: one file for each make target, in pkg/emulator/testdata/clients.
// The table of clients in docs/emulator.md is made of these files.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Record is what the clients of one make target called.
type Record struct {
	Target  string   `json:"target"` // of make
	Day     string   `json:"day"`    // when it was written
	Clients []Client `json:"clients"`
}

// Client is a client in a version, with its calls sorted by name.
type Client struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Calls   []Call `json:"calls"`
}

// Call is an operation of the emulator, or a method and a path where there is
// none, and the statuses that answered it, sorted.
type Call struct {
	Operation string `json:"operation"`
	Answers   []int  `json:"answers"`
}

// Book takes requests down, and is safe for concurrent use.
type Book struct {
	target string

	mu      sync.Mutex
	clients map[[2]string]map[string][]int
}

// NewBook begins the record of a make target.
func NewBook(target string) *Book {
	return &Book{target: target, clients: map[[2]string]map[string][]int{}}
}

// Of gives what takes down the requests of a client: emulator.Options.Observe.
func (b *Book) Of(name, version string) func(emulator.Request) {
	return func(r emulator.Request) { b.add([2]string{name, version}, operation(r), r.Status) }
}

func (b *Book) add(client [2]string, operation string, status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := b.clients[client]
	if calls == nil {
		calls = map[string][]int{}
		b.clients[client] = calls
	}
	if !slices.Contains(calls[operation], status) {
		calls[operation] = append(calls[operation], status)
	}
}

// id is what differs from run to run in a path: GUIDs and names of users.
var id = regexp.MustCompile(`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[^/']+(@|%40)[^/']+`)

func operation(r emulator.Request) string {
	if r.Route != "" {
		return r.Route
	}
	path, _, _ := strings.Cut(r.Path, "?")
	return r.Method + " " + id.ReplaceAllString(path, "{id}")
}

func (b *Book) record() Record {
	out := Record{Target: b.target}
	for client, calls := range b.clients {
		c := Client{Name: client[0], Version: client[1]}
		for operation, answers := range calls {
			c.Calls = append(c.Calls, Call{operation, slices.Sorted(slices.Values(answers))})
		}
		slices.SortFunc(c.Calls, func(x, y Call) int { return strings.Compare(x.Operation, y.Operation) })
		out.Clients = append(out.Clients, c)
	}
	slices.SortFunc(out.Clients, func(x, y Client) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// Main runs the tests of a package, all of which take down what their clients
// call, and then holds the record against the one that is kept; with -update it
// is written. It gives the exit code. Where only some tests run there is no
// record.
func (b *Book) Main(m *testing.M) int {
	update := flag.Bool("update", false, "write what the clients called into pkg/emulator/testdata/clients")
	flag.Parse()
	if code := m.Run(); code != 0 || flag.Lookup("test.run").Value.String() != "" {
		return code
	}
	finish := b.compare
	if *update {
		finish = b.write
	}
	if err := finish(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// write keeps the record.
func (b *Book) write() error {
	file, err := place(b.target)
	if err != nil {
		return err
	}
	got := b.record()
	got.Day = time.Now().UTC().Format(time.DateOnly)
	text, err := marshal(got)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// compare holds the record against the one that is kept, whose day counts. Where
// none is kept yet it says so.
func (b *Book) compare() error {
	file, err := place(b.target)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "no record of %s is kept; -args -update writes it\n", b.target)
		return nil
	}
	if err != nil {
		return err
	}
	var old Record
	if err := json.Unmarshal(kept, &old); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	got := b.record()
	got.Day = old.Day
	text, err := marshal(got)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, kept) {
		return fmt.Errorf("%s does not say what was called; -args -update writes it:\n%s", file, text)
	}
	return nil
}

// place is the file of a record, beside the emulator: tests run in the folders
// of their packages, which are below it.
func place(target string) (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for filepath.Base(folder) != "emulator" {
		if folder == filepath.Dir(folder) {
			return "", errors.New("the folder of the emulator cannot be found above the test's")
		}
		folder = filepath.Dir(folder)
	}
	folder = filepath.Join(folder, "testdata", "clients")
	return filepath.Join(folder, target+".json"), os.MkdirAll(folder, 0o755)
}

func marshal(r Record) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(r)
	return out.Bytes(), err
}

package doctest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated parts of the pages anew")

// root is where the module is. Tests may change the working folder later.
var root = moduleRoot()

func moduleRoot() string {
	here, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		panic(err)
	}
	return here
}

// page is one Markdown file. It is read as far as our own pages go: headings
// with #, fenced code, tables and inline links.
type page struct {
	path string // from the root, with forward slashes
	text string
}

// readPages reads the pages at the top and in docs, each of the two sorted by
// path.
func readPages(t *testing.T) []page {
	t.Helper()
	var out []page
	for _, folder := range []string{"", "docs/"} {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.md"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%q has no pages: %v", folder, err)
		}
		for _, name := range names {
			out = append(out, readPage(t, folder+filepath.Base(name)))
		}
	}
	return out
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	return page{path, string(readFile(t, path))}
}

// readFile reads a file of the module.
func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// block is fenced code.
type block struct {
	language string
	heading  string // of the section that it is in
	line     int    // of its first line, from 1
	text     string
}

// place is where in a page a line of the block is, from 0.
func (p page) place(b block, line int) string { return p.path + ":" + strconv.Itoa(b.line+line) }

// parts tells code from prose: the fenced blocks, and the page with empty
// lines in their place.
func (p page) parts() (blocks []block, prose string) {
	var lines []string
	var open *block
	heading := ""
	for i, line := range strings.Split(p.text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{language: fence, heading: heading, line: i + 2}
		case isFence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += line + "\n"
		default:
			if h, is := parseHeading(line); is {
				heading = h
			}
			lines = append(lines, line)
			continue
		}
		lines = append(lines, "")
	}
	return blocks, strings.Join(lines, "\n")
}

func parseHeading(line string) (string, bool) {
	text := strings.TrimLeft(line, "#")
	return strings.TrimSpace(text), len(text) < len(line) && strings.HasPrefix(text, " ")
}

// anchors are the names by which links reach the headings of a page, as GitHub
// makes them: lower case, dashes for blanks, without punctuation, and with a
// number where a heading comes again.
func (p page) anchors() []string {
	var out []string
	_, prose := p.parts()
	for line := range strings.SplitSeq(prose, "\n") {
		heading, is := parseHeading(line)
		if !is {
			continue
		}
		anchor := strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
		if again := countOf(out, anchor); again > 0 {
			anchor += "-" + strconv.Itoa(again)
		}
		out = append(out, anchor)
	}
	return out
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

func countOf(list []string, word string) int {
	n := 0
	for _, w := range list {
		if w == word {
			n++
		}
	}
	return n
}

// tables gives the body of every table in the section under a heading: rows of
// cells.
func (p page) tables(t *testing.T, heading string) [][][]string {
	t.Helper()
	_, prose := p.parts()
	var out [][][]string
	inside, inTable, row := false, false, 0
	for line := range strings.SplitSeq(prose, "\n") {
		if h, is := parseHeading(line); is {
			inside = h == heading
		}
		isRow := inside && strings.HasPrefix(line, "|")
		switch {
		case isRow && !inTable:
			out = append(out, nil)
			row = 0
		case isRow && row > 1: // below the head and its line
			out[len(out)-1] = append(out[len(out)-1], cells(line))
		}
		inTable = isRow
		row++
	}
	if len(out) == 0 {
		t.Fatalf("%s has no table under the heading %q", p.path, heading)
	}
	return out
}

// table gives the only table under a heading.
func (p page) table(t *testing.T, heading string) [][]string {
	t.Helper()
	all := p.tables(t, heading)
	if len(all) != 1 {
		t.Fatalf("%s has %d tables under the heading %q", p.path, len(all), heading)
	}
	return all[0]
}

func cells(line string) []string {
	out := strings.Split(strings.Trim(line, "|"), "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// spans gives the inline code of a text.
func spans(text string) []string {
	var out []string
	for _, m := range span.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

var span = regexp.MustCompile("`([^`\n]+)`")

// keyed gives the names in the first column of a table, in their order. A cell
// may name several.
func keyed(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		out = append(out, spans(row[0])...)
	}
	return out
}

// sameNames complains about names that are on one side alone.
func sameNames(t *testing.T, where string, onPage, inProgram []string) {
	t.Helper()
	for _, name := range inProgram {
		if !slices.Contains(onPage, name) {
			t.Errorf("%s: %q is missing", where, name)
		}
	}
	for i, name := range onPage {
		if !slices.Contains(inProgram, name) {
			t.Errorf("%s: there is no %q", where, name)
		}
		if slices.Contains(onPage[:i], name) {
			t.Errorf("%s: %q comes twice", where, name)
		}
	}
}

// checkGenerated holds a generated part of a page against what it has to be,
// or with -update writes it.
func checkGenerated(t *testing.T, path, name, want string) {
	t.Helper()
	p := readPage(t, path)
	begin := "<!-- generated: " + name + " -->\n"
	before, rest, found := strings.Cut(p.text, begin)
	got, after, ended := strings.Cut(rest, "<!-- end -->\n")
	if !found || !ended {
		t.Fatalf("%s has no part that is marked %q", path, begin)
	}
	if *update {
		text := before + begin + want + "<!-- end -->\n" + after
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(path)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the part %q is out of date; go test ./pkg/internal/doctest -update writes it (-want +got):\n%s", path, name, diff)
	}
}

// A page that has everything that is read.
const everything = "# A page\n\ntext `code` and [a link](other.md#x)\n\n## What `it` is!\n\n| a | b |\n|---|---|\n| `x`, `y` | 1 |\n| `z` | 2 |\n\n" +
	"```sh\n# no heading\n| no table |\n```\n\n## Again\n\n## Again\n"

// A line that only looks like a fence would hide the rest of a page from every
// test of this package.
func TestFencesAreFences(t *testing.T) {
	language := regexp.MustCompile(`^[a-z]*$`)
	for _, p := range readPages(t) {
		open := false
		for i, line := range strings.Split(p.text, "\n") {
			fence, isFence := strings.CutPrefix(line, "```")
			if !isFence {
				continue
			}
			open = !open
			if !language.MatchString(fence) || !open && fence != "" {
				t.Errorf("%s:%d: this is read as a fence: %s", p.path, i+1, line)
			}
		}
		if open {
			t.Errorf("%s: the last fence is not closed", p.path)
		}
	}
}

func TestPagesAreRead(t *testing.T) {
	p := page{"a.md", everything}
	blocks, prose := p.parts()
	if len(blocks) != 1 || blocks[0] != (block{"sh", "What `it` is!", 13, "# no heading\n| no table |\n"}) {
		t.Errorf("the blocks are %+v", blocks)
	}
	if strings.Contains(prose, "no heading") || strings.Count(prose, "\n") != strings.Count(everything, "\n") {
		t.Errorf("the prose is %q", prose)
	}
	if diff := cmp.Diff([]string{"a-page", "what-it-is", "again", "again-1"}, p.anchors()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x", "y", "z"}, keyed(p.table(t, "What `it` is!"))); diff != "" {
		t.Error(diff)
	}
}

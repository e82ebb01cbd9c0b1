// Mutate makes one small mistake after the other in a package and sees whether
// the package's own tests notice, or those of another that is named behind a
// colon as well. It runs at the root of the repository:
//
//	mutate [-file 'decode*.go'] [-sample 20] [-seed 1] [-within 5m] [-tests -rapid.checks=20] SURVIVORS ./pkg/receipt ./pkg/plan:./pkg/planner …
//
// The mistakes of a sample are drawn at random, the same ones for the same seed
// and the same files. Tests that try less take less time, and what they notice
// the whole tests notice as well. A file at a time is for whoever writes them.
//
// It fails where a mistake goes unnoticed that SURVIVORS does not name, and
// where fewer than nine in ten are noticed. The files stay as they are: the
// compiler sees the mistakes through an overlay.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// enough is the share of mistakes that the tests of a package must notice.
const enough = 0.9

func main() {
	files := flag.String("file", "*.go", "keep to the files of a package whose names match")
	sample := flag.Int("sample", 0, "judge a package by so many mistakes; 0: by all")
	seed := flag.Uint64("seed", 1, "draw the sample by this number")
	within := flag.Duration("within", 24*time.Hour, "judge a package by what was tried in this time")
	flags := flag.String("tests", "", "hand these flags to the tests")
	flag.Parse()
	if flag.NArg() < 2 || *sample < 0 {
		fmt.Fprintln(os.Stderr, "usage: mutate [-file PATTERN] [-sample N] [-seed N] [-within DURATION] [-tests FLAGS] SURVIVORS PACKAGE…")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Args()[1:], extent{*files, *sample, *seed, *within, strings.Fields(*flags)}); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// extent is how much of a package is tried.
type extent struct {
	files  string        // whose names match, as filepath.Match has it
	sample int           // so many mistakes that the compiler takes; 0: all
	seed   uint64        // that the sample is drawn by
	within time.Duration // no mistake is begun after it
	flags  []string      // for the tests
}

// draw gives the mistakes in the order in which they are tried.
func (e extent) draw(mistakes []mistake) []mistake {
	if e.sample == 0 {
		return mistakes
	}
	drawn := make([]mistake, len(mistakes))
	for i, j := range rand.New(rand.NewPCG(e.seed, 0)).Perm(len(mistakes)) {
		drawn[i] = mistakes[j]
	}
	return drawn
}

// goesOn tells whether one more is tried after so many.
func (e extent) goesOn(begun time.Time, tried int) bool {
	return time.Since(begun) < e.within && (e.sample == 0 || tried < e.sample)
}

func run(survivors string, packages []string, e extent) error {
	named, err := readSurvivors(survivors)
	if err != nil {
		return err
	}
	var errs []error
	for _, pkg := range packages {
		errs = append(errs, mutate(pkg, named, e))
	}
	return errors.Join(errs...)
}

// tally is what came of the mistakes in one package.
type tally struct{ noticed, named, unnamed, stale int }

// mutate tries the mistakes of one package, as "./pkg/plan:./pkg/planner" names
// it with whose tests are run besides its own.
func mutate(tested string, named map[string]string, e extent) error {
	packages := strings.Split(tested, ":")
	pkg := packages[0]
	mistakes, err := mistakesIn(pkg, e.files)
	if err != nil {
		return err
	}
	t, err := newTrial(packages, e.flags)
	if err != nil {
		return err
	}
	defer t.close()
	fmt.Printf("%s: trying %d of %d mistakes (0: all) by seed %d, each for up to %s\n", pkg, e.sample, len(mistakes), e.seed, t.limit.Round(time.Second))
	var sum tally
	begun := time.Now()
	for _, m := range e.draw(mistakes) {
		if !e.goesOn(begun, sum.all()) {
			break
		}
		got, err := t.try(m)
		if err != nil {
			return err
		}
		sum.note(m, got, named)
	}
	return sum.judge(pkg)
}

// all is how many were tried; what the compiler did not take is no mistake.
func (s *tally) all() int { return s.noticed + s.named + s.unnamed }

func (s *tally) note(m mistake, got result, named map[string]string) {
	why, known := named[m.key()]
	switch {
	case got == noticed && known:
		s.noticed++
		s.stale++
		fmt.Printf("noticed now, take it off the list:\n%s\n", m.key())
	case got == noticed:
		s.noticed++
	case got == survived && known:
		s.named++
		fmt.Printf("%s:%d: survives: %s\n", m.file, m.line, why)
	case got == survived:
		s.unnamed++
		fmt.Printf("%s:%d: nobody notices:\n%s\n", m.file, m.line, m.key())
	}
}

// judge prints the score. What is named counts as not noticed: a long list is
// no score.
func (s *tally) judge(pkg string) error {
	all := s.all()
	share := float64(s.noticed) / float64(cmp.Or(all, 1))
	fmt.Printf("%s: %d of %d mistakes noticed (%.1f %%), %d others named, %d not, %d named in vain\n",
		pkg, s.noticed, all, 100*share, s.named, s.unnamed, s.stale)
	switch {
	case s.unnamed > 0:
		return fmt.Errorf("%s: %d mistakes go unnoticed: write a test, or name them with the reason", pkg, s.unnamed)
	case all > 0 && share < enough:
		return fmt.Errorf("%s: %.1f %% of the mistakes are noticed, %.0f %% are wanted", pkg, 100*share, 100*enough)
	}
	return nil
}

// readSurvivors reads the mistakes that nobody needs to notice, with the
// reasons. An entry is four lines and an empty one: file and function, the line
// as it is, the line with the mistake, the reason. A line with # is for people.
func readSurvivors(path string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	var entry []string
	for n, line := range append(strings.Split(string(text), "\n"), "") {
		switch {
		case strings.HasPrefix(line, "#"):
		case line != "":
			entry = append(entry, line)
		case len(entry) == 4:
			named[strings.Join(entry[:3], "\n")] = entry[3]
			entry = nil
		case len(entry) > 0:
			return nil, fmt.Errorf("%s:%d: an entry has %d lines, and not 4: where, the line, the line with the mistake, the reason", path, n, len(entry))
		}
	}
	return named, nil
}

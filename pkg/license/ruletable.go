package license

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ruleList is published/rules.tsv, whose head explains the terms.
type ruleList struct {
	rules   []rule
	company map[GUID]bool // plans that apply to the company
}

// rule is one set of plans: they exclude each other, or dependent needs any
// one of them.
type rule struct {
	dependent GUID // zero for a set whose plans exclude each other
	standing  standing
	plans     []GUID // sorted
}

type standing string

const (
	standingHolds      standing = "holds"
	standingSuperseded standing = "superseded"
	standingDoubtful   standing = "doubtful"
)

// embeddedRules is the built-in list, read when it is first asked for.
var embeddedRules = sync.OnceValue(func() ruleList {
	list, err := readRules(rulesTSV)
	if err != nil {
		panic("license: built-in rules: " + err.Error())
	}
	return list
})

func readRules(table string) (ruleList, error) {
	list := ruleList{company: make(map[GUID]bool)}
	var kind string
	for n, row := range rows(table) {
		var err error
		if member, ok := strings.CutPrefix(row, "\t"); ok {
			err = list.addMember(kind, member)
		} else {
			kind, err = list.open(row)
		}
		if err != nil {
			return ruleList{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	for _, r := range list.rules {
		slices.SortFunc(r.plans, CompareGUIDs)
	}
	return list, nil
}

// open begins the rule that the line announces and returns its kind.
func (l *ruleList) open(line string) (kind string, err error) {
	kind, evidence, rest, _ := cut3(line)
	state, dependent, title, ok := cut3(rest)
	if !ok || evidence == "" || title == "" {
		return "", errors.New("not five columns")
	}
	r := rule{standing: standing(state)}
	switch r.standing {
	case standingHolds, standingSuperseded, standingDoubtful:
	default:
		return "", fmt.Errorf("unknown standing %q", state)
	}
	switch kind {
	case "exclude":
		l.rules = append(l.rules, r)
	case "need":
		if r.dependent, err = ParseGUID(dependent); err != nil {
			return "", err
		}
		l.rules = append(l.rules, r)
	case "company":
	default:
		return "", fmt.Errorf("unknown kind of rule %q", kind)
	}
	return kind, nil
}

// addMember adds the plan of an indented line to the rule begun last.
func (l *ruleList) addMember(kind, line string) error {
	idText, name, ok := strings.Cut(line, "\t")
	if !ok || name == "" {
		return errors.New("not an id and a name")
	}
	id, err := ParseGUID(idText)
	if err != nil {
		return err
	}
	switch kind {
	case "company":
		l.company[id] = true
	case "":
		return errors.New("a plan before the first rule")
	default:
		last := &l.rules[len(l.rules)-1]
		last.plans = append(last.plans, id)
	}
	return nil
}

package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// anything fills values at random: every field, also one that is yet to come, so
// that none is forgotten where a plan is written by hand.
type anything struct{ *rapid.T }

func (t anything) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case license.GUID:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]license.GUID{{}, id("a"), id("b"), id("c")}).Draw(t.T, "id")))
		return
	case time.Time:
		at := time.Unix(rapid.Int64Range(0, 2e9).Draw(t.T, "time"), 0).UTC()
		v.Set(reflect.ValueOf(rapid.SampledFrom([]time.Time{{}, at}).Draw(t.T, "zero or not")))
		return
	case plan.Date:
		v.Set(reflect.ValueOf(plan.NewDate(2026, 1, rapid.IntRange(1, 31).Draw(t.T, "day"))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{
			"", "DE", "ada@contoso.com", "a: b", "::", "##", "#", ":", `"`, `\`, "<b>&", "Zoë", "\u2028", "\u202e", "\xff\xc3", "\x7f", "\t\x01", "e\u0301\u0301\u0301\u0301\u0301\u0301", "🙂",
		}).Draw(t.T, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t.T, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-3, 1e6).Draw(t.T, "number"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t.T, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			t.fill(v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t.T, "length"); n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			t.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			t.fill(v.Field(i))
		}
	default:
		t.Fatalf("nobody knows how to fill %s", v.Type())
	}
}

// anyPlan is made of any values, whether or not they fit together.
func anyPlan(t *rapid.T) *plan.Plan {
	var p plan.Plan
	anything{t}.fill(reflect.ValueOf(&p).Elem())
	return &p
}

// encoded is a plan as package json writes it: indented, and each change of a user and
// each finding in one line.
func encoded(t interface{ Fatal(...any) }, p *plan.Plan) string {
	var out bytes.Buffer
	safe := safetext.NewJSONWriter(&out)
	head := *p
	head.Changes, head.Findings = p.Changes[:min(len(p.Changes), 0)], p.Findings[:min(len(p.Findings), 0)]
	text := marshalled(t, head, jsontext.WithIndent("  "))
	text = strings.Replace(text, "\n  \"changes\": []", "\n  \"changes\": "+inLines(t, p.Changes), 1)
	text = strings.Replace(text, "\n  \"findings\": []", "\n  \"findings\": "+inLines(t, p.Findings), 1)
	if _, err := io.WriteString(safe, text+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := safe.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func inLines[T any](t interface{ Fatal(...any) }, all []T) string {
	if len(all) == 0 {
		return "[]"
	}
	var lines []string
	for _, one := range all {
		lines = append(lines, "    "+marshalled(t, one, jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true)))
	}
	return "[\n" + strings.Join(lines, ",\n") + "\n  ]"
}

func marshalled(t interface{ Fatal(...any) }, v any, layout ...jsonv2.Options) string {
	text, err := jsonv2.Marshal(v, append(layout, jsonv2.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))...)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEncodeIsPackageJSONs: what is written by hand is what package json writes, to
// the byte, however long it is.
func TestEncodeIsPackageJSONs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		if p.Changes != nil {
			p.Changes = slices.Repeat(p.Changes, rapid.SampledFrom([]int{1, 1, 1, 200}).Draw(t, "as often"))
		}
		var out bytes.Buffer
		if err := plan.Encode(&out, p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encoded(t, p), out.String()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The intents of a plan id as encoding/json writes them.
type changeIntent struct {
	User      license.GUID `json:"user"`
	Before    plan.State   `json:"before"`
	After     plan.State   `json:"after"`
	Reprocess bool         `json:"reprocess,omitempty"`
	Kept      []keptIntent `json:"kept,omitempty"`
}

type keptIntent struct {
	SKU    license.GUID   `json:"sku"`
	Groups []license.GUID `json:"groups"`
}

type groupIntent struct {
	Group   license.GUID    `json:"group"`
	Before  plan.GroupState `json:"before"`
	After   plan.GroupState `json:"after"`
	Members []memberIntent  `json:"members"`
}

type memberIntent struct {
	User license.GUID   `json:"user"`
	Gain []license.GUID `json:"gain,omitempty"`
	Lose []license.GUID `json:"lose,omitempty"`
	Part []license.GUID `json:"part,omitempty"`
}

// intentOfGroup is that of a group of which every member is in one effect.
func intentOfGroup(c plan.GroupChange) groupIntent {
	out := groupIntent{Group: c.Group.ID, Before: c.Before, After: c.After}
	for _, e := range c.Effects {
		for _, member := range e.Members {
			if len(e.Gain)+len(e.Lose) > 0 {
				out.Members = append(out.Members, memberIntent{member, e.Gain, e.Lose, e.Part})
			}
		}
	}
	slices.SortFunc(out.Members, func(a, b memberIntent) int { return license.CompareGUIDs(a.User, b.User) })
	return out
}

// identified is the id of a plan made by encoding/json. Its group changes are sorted.
func identified(t interface{ Fatal(...any) }, p *plan.Plan) string {
	hash := sha256.New()
	fmt.Fprintf(hash, `{"tenant":%q,"changes":[`, p.Tenant.ID)
	separator := ""
	for _, c := range p.Changes {
		if c.Status != plan.StatusReady {
			continue
		}
		intent := changeIntent{User: c.User.ID, Before: c.Before, After: c.After}
		for _, a := range c.Actions {
			intent.Reprocess = intent.Reprocess || a.Op == plan.OpReprocess
			if a.Op == plan.OpRemove && len(a.KeptBy) > 0 {
				intent.Kept = append(intent.Kept, keptIntent{a.SKUID, a.KeptBy})
			}
		}
		text, err := json.Marshal(intent)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s%s", separator, text)
		separator = ","
	}
	fmt.Fprint(hash, "]")
	end, separator := "", `,"groups":[`
	for _, c := range p.GroupChanges {
		if c.Status != plan.StatusReady {
			continue
		}
		text, err := json.Marshal(intentOfGroup(c))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s%s", separator, text)
		end, separator = "]", ","
	}
	fmt.Fprint(hash, end+"}\n")
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// TestIdentifyIsPackageJSONs: ids of plans stay what they were when encoding/json
// wrote what is hashed.
func TestIdentifyIsPackageJSONs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		statuses := rapid.SampledFrom([]plan.Status{plan.StatusReady, plan.StatusReady, plan.StatusHeld})
		for i := range p.GroupChanges {
			c := &p.GroupChanges[i]
			c.Group.ID = license.GUID{15: byte(i)} // sorted by it
			c.Status = statuses.Draw(t, "status")
			for j, e := range c.Effects {
				for k := range e.Members {
					e.Members[k] = license.GUID{15: byte(2*k + j)} // in one effect
				}
			}
		}
		for i := range p.Changes {
			c := &p.Changes[i]
			c.User.ID = license.GUID{15: byte(i)} // sorted by it
			c.Status = statuses.Draw(t, "status")
			for j := range c.Actions {
				c.Actions[j].Op = rapid.SampledFrom([]plan.Op{plan.OpRemove, plan.OpAdd, plan.OpReprocess}).Draw(t, "op")
			}
		}
		if got, want := plan.Identify(p), identified(t, p); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// FuzzAnnotations looks for a text that ends a workflow command, or begins
// another one.
func FuzzAnnotations(f *testing.F) {
	f.Add("users.yaml", "unknown key", "did you mean \"users\"?")
	f.Add("a,b::c.yaml", "100% \r\n::set-output name=x::y", "%0A")
	f.Add("\n::error::", "::endgroup::", "##[error]")
	f.Add("\u2028", "\u2029\v\f\x85", "")
	f.Fuzz(func(t *testing.T, file, msg, hint string) {
		e := &manifest.Error{Code: "syntax", Msg: msg, Hint: hint}
		e.Pos.File, e.Pos.Line, e.Pos.Column = file, 3, 7
		var out bytes.Buffer
		if err := writeAnnotations(&out, manifest.Errors{e}); err != nil {
			t.Fatal(err)
		}
		line, rest, ended := strings.Cut(out.String(), "\n")
		if !ended || rest != "" || strings.ContainsAny(line, "\r\v\f\u0085\u2028\u2029") {
			t.Fatalf("not one line: %q", out.String())
		}
		command, text, found := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
		if !found || strings.Contains(text, "\n") {
			t.Fatalf("not a command: %q", line)
		}
		properties := strings.Split(command, ",")
		want := []string{"line=3", "col=7", "title=syntax"}
		if file != "" {
			want = append([]string{"file="}, want...)
		}
		if len(properties) != len(want) {
			t.Fatalf("the properties are %q", properties)
		}
		for i, prefix := range want {
			if !strings.HasPrefix(properties[i], prefix) {
				t.Fatalf("the properties are %q", properties)
			}
		}
	})
}

// FuzzLimits looks for a limit that loosens, or that is not read back.
func FuzzLimits(f *testing.F) {
	f.Add("maxRemovals=5", "maxRemovals=3")
	f.Add("maxRemovals=", "=3")
	f.Add("maxUsersChanged=-1", "maxUsersChanged=99999999999999999999")
	f.Fuzz(func(t *testing.T, first, second string) {
		var limits map[plan.GuardName]int
		flag := limitsFlag{&limits}
		for _, text := range []string{first, second} {
			before := map[plan.GuardName]int{}
			for name, n := range limits {
				before[name] = n
			}
			err := flag.Set(text)
			for name, n := range limits {
				if old, given := before[name]; n < 0 || given && n > old || err != nil && n != old {
					t.Fatalf("%q sets %s to %d", text, name, n)
				}
			}
		}
		var again map[plan.GuardName]int
		for text := range strings.SplitSeq(flag.String(), ",") {
			if text != "" && (limitsFlag{&again}).Set(text) != nil {
				t.Fatalf("%q is not read back", text)
			}
		}
		if len(again) != len(limits) {
			t.Fatalf("%v is read back as %v", limits, again)
		}
	})
}

// FuzzAnswer looks for a yes that is none.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"apply\n", "apply\r\n", "apply", "no\napply\n", "\x00apply\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		first, _, ended := strings.Cut(typed, "\n")
		yes := ended && strings.TrimRight(first, "\r") == confirmWord && len(first) < 1000
		if got := newAnswers(strings.NewReader(typed)).line() == confirmWord; got != yes && len(first) < 1000 {
			t.Fatalf("%q is taken for a yes: %t", typed, got)
		}
	})
}

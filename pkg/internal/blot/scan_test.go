package blot

import (
	"slices"
	"testing"
)

// inOneGo looks through a whole text character by character, and passes none by.
func (s *scanner) inOneGo(text []byte) []span {
	r := reader{text: text, final: true}
	for r.at < len(text) {
		if s.json && !s.inside {
			if !s.toString(&r) {
				break
			}
			continue
		}
		from := r.at
		switch c := r.next(); {
		case s.json && c.char == '"' && c.width == 1:
			s.inside = false
			s.boundary()
		case c.code != skipped:
			s.take(c.code, span{from, r.at})
		}
	}
	s.boundary()
	return s.found
}

// FuzzSkim: what is passed by holds no secret.
func FuzzSkim(f *testing.F) {
	secrets := &Secrets{}
	const word, token = "correct horse battery", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ"
	secrets.Add(word)
	secrets.Add(token)
	for _, text := range []string{
		"", "plain", token, "x" + token[:20] + "y" + token[9:30], `{"a":"` + token[:12] + `","b":"corr` + "\u200b" + `ect  horse 'battery"}`,
		`{"a":"\\` + token + `\\","b":"\u0065yJ0eXAi` + token[8:] + `"}`, "correct%20horse%20battery", `"eyJ0"eXAi"`, "eyJ0 eXAi OiJK V1Qi", "\xff\"eyJ0eXAiOiJK",
	} {
		f.Add([]byte(text), true)
		f.Add([]byte(text), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, json bool) {
		known := secrets.grams.Load()
		quick, whole := scanner{grams: known, final: true, json: json}, scanner{grams: known, final: true, json: json}
		if settled := quick.scan(text); settled != len(text) {
			t.Fatalf("%d of %d bytes are settled", settled, len(text))
		}
		if want := whole.inOneGo(text); !slices.Equal(quick.found, want) {
			t.Fatalf("in %q are found %v, want %v", text, quick.found, want)
		}
	})
}

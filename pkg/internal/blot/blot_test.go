package blot_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/internal/blot"
)

const (
	password = `pa"ss<w>ord/with=signs&more`
	token    = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJhcHBpZCI6ImExIn0.c2lnbmF0dXJl-T_9xQ"
	cyrillic = "пароль-очень-длинный"
)

func knowing(secrets ...string) *blot.Secrets {
	s := &blot.Secrets{}
	for _, secret := range secrets {
		s.Add(secret)
	}
	return s
}

// spaced puts something behind every so many characters of a text.
func spaced(text, between string, every int) string {
	var out strings.Builder
	for i, r := range []rune(text) {
		if i > 0 && i%every == 0 {
			out.WriteString(between)
		}
		out.WriteRune(r)
	}
	return out.String()
}

func escapedWhole(text string) string {
	var out strings.Builder
	for _, r := range text {
		fmt.Fprintf(&out, `\u%04x`, r)
	}
	return out.String()
}

func quoted(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return strings.Trim(string(text), `"`)
}

// spellings are ways in which a secret comes out.
func spellings(secret string) map[string]string {
	return map[string]string{
		"as it is": secret, "in JSON": quoted(secret), "in JSON within JSON": quoted(quoted(secret)), "all escaped": escapedWhole(secret),
		"in a URL": url.QueryEscape(secret), "in a path": url.PathEscape(secret), "in HTML": html.EscapeString(secret),
		"as Go quotes": strconv.QuoteToASCII(secret), "upper case": strings.ToUpper(secret), "lower case": strings.ToLower(secret),
		"blanks": spaced(secret, " ", 5), "lines": spaced(secret, "\n", 3), "lines in JSON": quoted(spaced(secret, "\r\n", 4)),
		"invisible": spaced(secret, "\u200b", 1), "invisible, shown": spaced(secret, `\u200b`, 2), "control": spaced(secret, "\x1b", 2), "control, shown": spaced(secret, `\x1b`, 4),
		"quotes": spaced(secret, `"`, 6), "CSV": strings.ReplaceAll(secret, `"`, `""`), "markdown": strings.NewReplacer("_", `\_`, "<", `\<`, "|", `\|`).Replace(secret),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"basic": base64.StdEncoding.EncodeToString([]byte("client:" + secret)), "basic 2": base64.StdEncoding.EncodeToString([]byte("clients:" + secret)),
	}
}

func TestSecretsAreFoundHoweverTheyAreSpelt(t *testing.T) {
	for _, secret := range []string{password, token, cyrillic, "a b+c%41d\\nefgh"} {
		s := knowing(secret)
		for name, spelt := range spellings(secret) {
			if strings.Contains(secret, "%41") && slices.Contains([]string{"blanks", "lines", "quotes"}, name) {
				continue // they would stand within what looks like an escape
			}
			got := s.Text("before: " + spelt + ", after")
			rest := strings.NewReplacer(blot.Mark, "", "before: ", "", ", after", "", `\u200b`, "", `\x1b`, "").Replace(got)
			// What depends on what stands around is left of base64.
			if !strings.HasPrefix(got, "before: ") || !strings.HasSuffix(got, ", after") || !strings.Contains(got, blot.Mark) || len(strings.Trim(rest, "=\"\\ \n")) > 14 {
				t.Errorf("%q %s: %q becomes %q", secret, name, spelt, got)
			}
		}
	}
}

func TestPartsOfATokenAreFound(t *testing.T) {
	s := knowing(token)
	for from := 0; from+8 <= len(token); from += 3 {
		for _, length := range []int{8, 9, 20, 64} {
			part := token[from:min(from+length, len(token))]
			if len(part) < 8 {
				continue
			}
			if got := s.Text("(" + part + ")"); got != "("+blot.Mark+")" {
				t.Errorf("%q becomes %q", part, got)
			}
		}
	}
}

// Words of a password stand in names as well, and a name must stay a name.
func TestWordsOfAPasswordAreLeft(t *testing.T) {
	s := knowing("licensectl-contoso.onmicrosoft.com-production", "12345678", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "short",
		"eyJ0eXAiOiJKV1Qi"+strings.Repeat("-", 20)+strings.Repeat("A", 40)+"xY9")
	for _, text := range []string{
		"ada@contoso.onmicrosoft.com holds SPE_E5", `{"tool":"licensectl","free":123456789012}`, "aaaaaaaa-bbbb-4ccc-8ddd-000000000000", "|---------|---------|", "AAAAAAAAAAAA", "short", "production",
	} {
		if got := s.Text(text); text != "short" && got != text && !strings.Contains(text, "12345678") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := s.Text("the licensectl-contoso.onmicrosoft.com-production"); got != "the "+blot.Mark {
		t.Errorf("the whole becomes %q", got)
	}
}

// In JSON a number stays one, and names of keys and values stay apart.
func TestJSONStaysJSON(t *testing.T) {
	s := knowing("12345678", `displayName":"Contoso`, `":"seats":`, token, password)
	for _, document := range []string{
		`{"seats": 12345678, "name": "12345678"}`,
		`{"displayName":"Contoso","x":":\"seats\":"}`,
		`{"a":"\\` + token + `\\","b":"\\\\u0065yJ0eXAiOiJKV1Qi","c":"` + escapedWhole(token) + `\""}`,
		`{"a":"x\\","b":` + string(must(json.Marshal(password))) + `,"c":"\/` + token + `"}`,
	} {
		for name, got := range map[string]string{"as text": s.JSON(document), "as a stream": streamed(t, s, document, 7)} {
			if !json.Valid([]byte(got)) || strings.Contains(got, "eyJ0eXAi") || strings.Contains(got, `"name": "12345678"`) {
				t.Errorf("%s: %s becomes %s", name, document, got)
			}
			if strings.Contains(document, "seats\": 12345678") && !strings.Contains(got, "12345678, ") {
				t.Errorf("%s: a number is lost in %s", name, got)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// streamed writes a text in pieces of a length.
func streamed(t interface{ Fatal(...any) }, s *blot.Secrets, text string, length int) string {
	var out bytes.Buffer
	w := s.To(&out)
	for len(text) > 0 {
		n := min(length, len(text))
		if _, err := io.WriteString(w, text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// However a document is cut into pieces, the same comes out of it.
func TestPiecesDoNotMatter(t *testing.T) {
	s := knowing(token, password, cyrillic)
	parts := []string{"plain text ", `"`, `\`, " ", "\n", "é", "%41", "&amp;", `\u0065`, ",", "[", strings.Repeat("filler ", 3000), token[:30]}
	for _, secret := range []string{token, password, cyrillic} {
		for _, spelt := range spellings(secret) {
			parts = append(parts, spelt)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for _, part := range rapid.SliceOfN(rapid.SampledFrom(parts), 1, 60).Draw(t, "parts") {
			text.WriteString(part)
		}
		want := s.Text(text.String())
		got := streamed(t, s, "#"+text.String(), rapid.IntRange(1, 200_000).Draw(t, "length"))
		if got != "#"+want {
			t.Fatalf("pieces give\n%.2000q\nand the whole\n%.2000q", got, want)
		}
	})
}

// A JSON document stays one, with every string that holds no secret.
func TestAnyJSONStaysJSON(t *testing.T) {
	s := knowing(token, password, cyrillic, `","name":"`)
	pieces := []string{"name", `","name":"`, `\`, `"`, "{", "é", "\u2028", "%", "&#x65;", `\u0065`, " ", token, token[5:40], password, cyrillic, strings.Repeat("x", 40_000)}
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8), func(p []string) string { return strings.Join(p, "") })
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]any{"first": text.Draw(t, "first"), "list": rapid.SliceOf(text).Draw(t, "list"), "n": rapid.Int().Draw(t, "n")}
		document := string(must(json.Marshal(values)))
		got := streamed(t, s, document, rapid.IntRange(1, 100_000).Draw(t, "length"))
		var back map[string]any
		if err := json.Unmarshal([]byte(got), &back); err != nil || len(back) != len(values) {
			t.Fatalf("%v: %.3000s", err, got)
		}
		if got != s.JSON(document) {
			t.Fatal("pieces give something else than the whole")
		}
		if strings.Contains(got, token[5:40]) {
			t.Fatalf("the token is there: %.3000s", got)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, spelt := range spellings(token) {
		f.Add(spelt, 3)
	}
	f.Add(`\u`, 1)
	f.Add("%4", 1)
	f.Add("&#x", 1)
	f.Add("\xff\\", 1)
	s := knowing(token, password)
	f.Fuzz(func(t *testing.T, text string, length int) {
		if got := s.Text(text); strings.Contains(got, token) || strings.Contains(got, password) {
			t.Errorf("%q becomes %q", text, got)
		}
		if length > 0 && streamed(t, s, "#"+text, length) != "#"+s.Text(text) {
			t.Errorf("pieces of %d bytes give something else for %q", length, text)
		}
	})
}

// Secrets come to be known while others are looked for.
func TestSecretsMayComeLater(t *testing.T) {
	s := &blot.Secrets{}
	if got := s.Text(token); got != token {
		t.Errorf("nothing is known, and %q becomes %q", token, got)
	}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			s.Add(fmt.Sprintf("secret-Number-%d", n))
			_ = s.Text("a text that holds secret-Number-3 perhaps")
		})
	}
	wg.Wait()
	if got := s.Text("x secret-Number-3 y secret-Number-7"); got != "x "+blot.Mark+" y "+blot.Mark {
		t.Errorf("got %q", got)
	}
}

func BenchmarkWriter(b *testing.B) {
	s := knowing(strings.Repeat(token, 12), password)
	document := []byte(strings.Repeat(`{"userPrincipalName": "ada.lovelace@contoso.example", "id": "0f8c9d1e-2222-4333-8444-555555555555", "seats": 25},`+"\n", 10_000))
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		w := s.To(io.Discard)
		for from := 0; from < len(document); from += 4096 {
			if _, err := w.Write(document[from:min(from+4096, len(document))]); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

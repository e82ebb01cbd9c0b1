package cli_test

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/licensectl/licensectl/pkg/cli"
)

// encodings are how programs of Windows write a text.
func encodings() map[string]func(string) string {
	wide := func(order binary.AppendByteOrder) func(string) string {
		return func(text string) string {
			var out []byte
			for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
				out = order.AppendUint16(out, unit)
			}
			return string(out)
		}
	}
	return map[string]func(string) string{
		"a byte order mark": func(text string) string { return "\ufeff" + text },
		"UTF-16":            wide(binary.LittleEndian),
		"UTF-16, the other": wide(binary.BigEndian),
	}
}

// rewrite gives a file another encoding, with the line ends of Windows.
func (s *station) rewrite(name string, encode func(string) string) {
	s.t.Helper()
	s.write(name, encode(strings.ReplaceAll(s.read(name), "\n", "\r\n")))
}

const tableManifest = `
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: table}
spec:
  defaults: {licenses: [{sku: SPE_E3}]}
  select: {csv: eve.csv, column: UPN}
`

// Whatever PowerShell has made of a file, it is read for what it says, and its
// hash is that of its bytes.
func TestFilesOfPowerShell(t *testing.T) {
	for name, encode := range encodings() {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.write("manifests/table.yaml", tableManifest)
			s.write("manifests/eve.csv", "sep=;\nName;UPN\nEve;eve@contoso.com\n")
			for _, file := range []string{"manifests/users.yaml", "manifests/policy.yaml", "manifests/table.yaml", "manifests/eve.csv"} {
				s.rewrite(file, encode)
			}
			s.wants(cli.CodeOK, "validate")
			s.wants(cli.CodeOK, "snapshot", "manifests", "--out", "before.json")
			s.rewrite("before.json", encode)
			s.wants(cli.CodeOK, "show", "before.json")
			s.wants(cli.CodeOK, "plan", "--live", "before.json")
			s.wants(cli.CodeOK, "plan", "--out", "plan.json")
			s.rewrite("plan.json", encode)
			s.wants(cli.CodeOK, "show", "plan.json")
			if err := os.Rename("plan.json", "approved"); err != nil {
				t.Fatal(err)
			}
			out := s.wants(cli.CodeOK, "apply", "approved", "--receipt", "run.jsonl")
			if strings.Contains(out.stderr, "warning") {
				t.Errorf("says\n%s", out.stderr)
			}
			s.rewrite("run.jsonl", encode)
			s.wants(cli.CodeOK, "show", "run.jsonl")
			s.wants(cli.CodeOK, "drift", "--baseline", "run.jsonl")
			for _, back := range [][]string{{"--undo", "run.jsonl"}, {"--restore", "before.json"}} {
				s.wants(cli.CodeOK, append([]string{"plan", "--out", "back.json"}, back...)...)
				s.wants(cli.CodeOK, "apply", "back.json")
				s.wants(cli.CodeOK, "apply", "--auto-approve")
			}
			s.wants(cli.CodeOK, "plan", "--emulate", s.encodedTenant(encode))
			s.write("users.csv", encode("UserPrincipalName;SkuPartNumber\r\nada@contoso.com;SPE_E3\r\n"))
			s.wants(cli.CodeOK, "import", "users.csv", "imported")
		})
	}
}

func (s *station) encodedTenant(encode func(string) string) string {
	s.rewrite("tenant.yaml", encode)
	return "tenant.yaml"
}

// What cannot be read says in words why.
func TestFilesInAnotherEncoding(t *testing.T) {
	s := newStation(t)
	unmarked := encodings()["UTF-16"]("{}")[2:]
	for _, verb := range [][]string{{"apply", "x.json"}, {"show", "x.json"}, {"plan", "--undo", "x.json"}, {"plan", "x.yaml"}, {"import", "x.csv", "new"}} {
		for want, text := range map[string]string{
			"seems to be UTF-16 without a byte order mark": unmarked,
			"ends in the middle of a character":            encodings()["UTF-16"]("{}")[:5],
		} {
			for _, name := range []string{"x.json", "x.yaml", "x.csv"} {
				s.write(name, text)
			}
			if out := s.wants(cli.CodeInput, verb...); !strings.Contains(out.stderr, want) {
				t.Errorf("%v says\n%s", verb, out.stderr)
			}
		}
	}
}

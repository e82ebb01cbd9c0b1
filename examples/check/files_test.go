package check_test

import (
	"os"
	"path/filepath"
	"testing"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyFolder copies the files of a folder, with their modes.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	write(t, to, string(read(t, from)))
}

// dyingProgram is a licensectl that dies over plan and drift half-way through
// the document, as the runtime of Go lets programs die: with exit code 2.
func dyingProgram(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "licensectl")
	write(t, file, `#!/bin/sh
case $1 in
plan | drift) ;;
*) exec '`+licensectlPath()+`' "$@" ;;
esac
printf '{"formatVersion": "1", '
while [ $# -gt 0 ]; do
    [ "$1" != --out ] || printf '{"formatVersion": "1", ' >"$2"
    shift
done
echo 'fatal error: runtime: out of memory' >&2
exit 2
`)
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

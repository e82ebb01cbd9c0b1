package check_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// released is the only thing that pipelines may install: a version, in full.
var released = regexp.MustCompile(`^github\.com/licensectl/licensectl/cmd/licensectl@v[0-9]+\.[0-9]+\.[0-9]+$`)

// goInstall stands in for `go install` of a release: it puts the licensectl
// that is tested in its place.
func goInstall(args []string) error {
	if len(args) != 2 || args[0] != "install" || !released.MatchString(args[1]) {
		return fmt.Errorf("this is not the installation of a release: go %q", args)
	}
	if slices.Contains([]string{"off", "0"}, os.Getenv("GOSUMDB")) || os.Getenv("GONOSUMDB")+os.Getenv("GOFLAGS") != "-trimpath" {
		return errors.New("the checksum database has to be asked")
	}
	dir := os.Getenv("GOBIN")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.Symlink(os.Getenv("TESTED_LICENSECTL"), filepath.Join(dir, "licensectl"))
}

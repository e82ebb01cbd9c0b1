// Command release builds what a release of licensectl consists of: for every
// platform an archive with the program and the licences of what is in it, and
// their checksums. From the same commit and version it makes the same bytes,
// wherever and whenever it runs:
//
//	go run ./pkg/internal/release -version v0.1.0 -epoch 1790000000 -out dist
//
// It must not know what the program does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	version string
	modTime time.Time // of the files in the archives
	out     string
	targets []target
	notices string // where the licences alone are written to; empty: nowhere
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.notices != "" {
		text, err := notices(ctx, s.targets[0])
		if err != nil {
			return err
		}
		return os.WriteFile(s.notices, text, 0o644)
	}
	return s.release(ctx)
}

func parse(args []string) (*settings, error) {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	s := &settings{targets: platforms()}
	flags.StringVar(&s.version, "version", "", "the `version` that the program says it has")
	epoch := flags.Int64("epoch", 0, "the time of the commit, in `seconds` since 1970")
	flags.StringVar(&s.out, "out", "dist", "the `folder` to make")
	flags.StringVar(&s.notices, "notices", "", "write the licences alone, to this `file`")
	targets := flags.String("targets", "", "these `platforms` alone, such as linux/amd64,windows/arm64")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *targets != "" {
		s.targets = nil
		for name := range strings.SplitSeq(*targets, ",") {
			t, err := findTarget(name)
			if err != nil {
				return nil, err
			}
			s.targets = append(s.targets, t)
		}
	}
	if s.notices == "" && (!strings.HasPrefix(s.version, "v") || *epoch <= 0) {
		return nil, errors.New("-version vX.Y.Z and -epoch are needed: what is built must not depend on when")
	}
	s.modTime = time.Unix(*epoch, 0).UTC()
	return s, nil
}

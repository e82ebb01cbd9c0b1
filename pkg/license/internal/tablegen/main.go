// Command tablegen rebuilds the built-in table of products from the CSV that
// Microsoft offers on its page "Product names and service plan identifiers
// for licensing":
//
//	go run ./pkg/license/internal/tablegen -csv FILE -out pkg/license/published
//
// It writes products.tsv and plans.tsv; common.tsv and rules.tsv beside them
// are written by hand. What the CSV says in two ways is settled by majority
// and reported on standard error.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tablegen:", err)
		os.Exit(1)
	}
}

func run(args []string, notes io.Writer) error {
	flags := flag.NewFlagSet("tablegen", flag.ContinueOnError)
	flags.SetOutput(notes)
	csvFile := flags.String("csv", "", "the published CSV `file`")
	folder := flags.String("out", "", "the `folder` to write products.tsv and plans.tsv to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	in, err := os.Open(*csvFile)
	if err != nil {
		return fmt.Errorf("reading the published table: %w", err)
	}
	defer in.Close()
	t, err := readCSV(in)
	if err != nil {
		return fmt.Errorf("reading %s: %w", *csvFile, err)
	}
	for _, note := range t.notes {
		fmt.Fprintln(notes, "tablegen: note:", note)
	}
	if err := os.WriteFile(filepath.Join(*folder, "plans.tsv"), t.plansTSV(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*folder, "products.tsv"), t.productsTSV(), 0o644)
}

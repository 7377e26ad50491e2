// Command leaks looks for secrets in files of output and fails when one is there.
//
//	leaks [-secrets file] file...
//
// The file of -secrets holds what the tests noted with leakcheck.Use. Exit
// code 1 means that a secret was found, 2 that something could not be read.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/pawl-ops/pawl/internal/leakcheck"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("leaks", flag.ContinueOnError)
	flags.SetOutput(errs)
	noted := flags.String("secrets", "", "file with the secrets that the tests used")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(errs, "leaks: no file to look into")
		return 2
	}
	var secrets []string
	if *noted != "" {
		var err error
		if secrets, err = leakcheck.Used(*noted); err != nil {
			fmt.Fprintf(errs, "leaks: %v\n", err)
			return 2
		}
	}
	scanner := leakcheck.NewScanner(secrets...)
	found := 0
	for _, name := range flags.Args() {
		n, err := scan(scanner, name, out)
		if err != nil {
			fmt.Fprintf(errs, "leaks: %v\n", err)
			return 2
		}
		found += n
	}
	if found > 0 {
		fmt.Fprintf(out, "leaks: %d secrets in the output\n", found)
		return 1
	}
	fmt.Fprintf(out, "leaks: no secret in %d files; looked for %d by value, and for everything that has the shape of one\n", flags.NArg(), len(secrets))
	return 0
}

// scan prints the leaks of one file and returns how many there are.
func scan(scanner *leakcheck.Scanner, name string, out io.Writer) (int, error) {
	in, err := os.Open(name)
	if err != nil {
		return 0, fmt.Errorf("opening output: %w", err)
	}
	defer in.Close() //nolint:errcheck // only read
	leaks, err := scanner.Scan(in)
	for _, leak := range leaks {
		fmt.Fprintf(out, "%s: %s\n", name, leak)
	}
	return len(leaks), err
}

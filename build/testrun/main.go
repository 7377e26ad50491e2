// Command testrun runs `go test` and tells its story briefly and honestly.
//
//	testrun [-keep file] [-left-out file] [-all] -- [go test arguments and packages]
//
// A passing package is one line; a failing test is shown with everything it
// printed. All output, of passing tests too, goes to the file of -keep, because
// go test throws the output of passing tests away and a secret may be in it. A
// skipped test is never counted as passed: it goes to the file of -left-out
// with its reason, and with -all it is a failure.
//
// The tour: main.go starts go test, story.go follows its events
// (https://pkg.go.dev/cmd/test2json).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// gracePeriod is how long go test gets to end by itself after an interrupt.
const gracePeriod = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run returns the exit code: 0 when everything that ran has passed, 1 when a
// test failed or did not compile, 2 when go test could not be followed.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("testrun", flag.ContinueOnError)
	flags.SetOutput(errs)
	keep := flags.String("keep", "", "file that all output is appended to")
	leftOut := flags.String("left-out", "", "file that skipped tests are appended to")
	all := flags.Bool("all", false, "a skipped test is a failure")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	kept, err := appendTo(*keep)
	if err != nil {
		fmt.Fprintf(errs, "testrun: %v\n", err)
		return 2
	}
	story := newStory(out, kept)
	testErr := goTest(ctx, flags.Args(), story, io.MultiWriter(kept, errs))
	skipped, err := story.end(*leftOut)
	if err := errors.Join(err, kept.Close()); err != nil {
		fmt.Fprintf(errs, "testrun: %v\n", err)
		return 2
	}
	var exit *exec.ExitError
	switch {
	case errors.As(testErr, &exit) || story.failed > 0:
		return 1
	case testErr != nil:
		fmt.Fprintf(errs, "testrun: %v\n", testErr)
		return 2
	case *all && skipped > 0:
		fmt.Fprintf(errs, "testrun: %d tests were skipped, and nothing may be left out of this run\n", skipped)
		return 1
	case story.passed == 0 && skipped == 0:
		fmt.Fprintln(errs, "testrun: no test ran")
		return 1
	}
	return 0
}

// goTest runs go test and feeds its events to the story. The error is an
// *exec.ExitError when go test itself said no.
func goTest(ctx context.Context, args []string, story *story, errs io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...) //nolint:gosec // running the named tests is the command
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = gracePeriod
	cmd.Stderr = errs
	events, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	followed := story.follow(events)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("running go test: %w", err)
	}
	return followed
}

// appendTo opens the file that keeps everything; without a name it keeps nothing.
func appendTo(name string) (io.WriteCloser, error) {
	if name == "" {
		return nothing{}, nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keeping the output: %w", err)
	}
	return file, nil
}

// nothing is a file that forgets.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) Close() error                { return nil }

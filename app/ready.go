package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Where each command answers when --listen says nothing else.
const (
	listenUp     = "127.0.0.1:8480"
	listenWorker = "127.0.0.1:8481"
	listenBridge = "127.0.0.1:8482"
)

// readyWithin is how long one look at /readyz may take. The process itself asks its engine for 2 s at most.
const readyWithin = 4 * time.Second

func newReady() *cobra.Command {
	var listen string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "ready",
		Short: "Say whether the Pawl on this machine can do its work",
		Long: `Ask the processes of Pawl on this machine whether they can do their work, and print what each
says. The exit code is 0 when all that run can, and 1 when one cannot or none runs. It is for
health checks where there is no shell, and for scripts that wait until Pawl is up.

Without --listen it asks where pawl up, pawl worker and pawl slackbridge answer by default.`,
		Example: "  pawl ready\n  pawl ready --listen 127.0.0.1:8481\n  pawl ready --wait 1m && echo up",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addrs := []string{listenUp, listenWorker, listenBridge}
			if listen != "" {
				if _, _, err := net.SplitHostPort(listen); err != nil {
					return &usageError{fmt.Errorf("--listen is host:port, as it was given to the process: %w", err)}
				}
				addrs = []string{listen}
			}
			return untilAllReady(cmd.Context(), cmd.OutOrStdout(), addrs, wait)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "where the process to ask answers: its own --listen")
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long what is not ready yet is waited for")
	return cmd
}

// untilAllReady asks until all that run are ready, but not longer than wait, and says what was said last.
func untilAllReady(ctx context.Context, out io.Writer, addrs []string, wait time.Duration) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for patience := time.Now().Add(wait); ; {
		said, err := allReady(ctx, addrs)
		if err == nil || time.Now().After(patience) || ctx.Err() != nil {
			fmt.Fprint(out, said)
			return err
		}
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
}

// allReady asks each address once. Where several may run, those that do not are passed over, but not all of them.
func allReady(ctx context.Context, addrs []string) (said string, err error) {
	var b strings.Builder
	var errs []error
	running := 0
	for _, addr := range addrs {
		text, err := askReady(ctx, addr)
		if len(addrs) > 1 && errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		running++
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", addr, err))
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", addr, text)
	}
	if running == 0 {
		return "", fmt.Errorf("no Pawl answers on %s: start it, or give its --listen", strings.Join(addrs, ", "))
	}
	return b.String(), errors.Join(errs...)
}

// askReady is what /readyz says; an error when it says no.
func askReady(ctx context.Context, addr string) (string, error) {
	text, ready, err := readyzOf(ctx, "http://"+addr)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "", fmt.Errorf("nothing answers: %w", syscall.ECONNREFUSED)
	case err != nil:
		return "", err
	case !ready:
		return "", fmt.Errorf("not ready: %s", text)
	}
	return text, nil
}

// readyzOf asks a process at its URL whether it can do its work, and gives what it says, on one line. It goes straight there,
// whatever proxy is set.
func readyzOf(ctx context.Context, url string) (text string, ready bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return "", false, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<12))
	if err != nil {
		return "", false, err
	}
	return strings.ReplaceAll(strings.TrimSpace(string(body)), "\n", "; "), res.StatusCode == http.StatusOK, nil
}

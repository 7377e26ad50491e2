package leakcheck

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
)

const (
	secretsEnv = "PAWL_SECRETS" // names the file that collects the secrets the tests used
	printedEnv = "PAWL_PRINTED" // names the file that collects what programs printed in tests
)

// Use says that a test works with a secret, and returns it. The full test run
// then looks for that value in everything that was printed; outside of it,
// without PAWL_SECRETS in the environment, Use does nothing else.
func Use(t testing.TB, secret string) string {
	t.Helper()
	if err := note(secretsEnv, base64.StdEncoding.EncodeToString([]byte(secret))+"\n"); err != nil {
		t.Fatalf("noting a secret: %v", err)
	}
	return secret
}

// Printed hands over what a program of ours printed in a test, which shows it
// only when it fails: the full test run looks for secrets there as well.
func Printed(t testing.TB, text string) {
	t.Helper()
	if err := note(printedEnv, text); err != nil {
		t.Errorf("keeping what was printed: %v", err)
	}
}

// note appends to the file that a variable of the environment names, if there
// is one. It is one write, so that test binaries side by side do not tear each
// other's lines.
func note(env, text string) error {
	file := os.Getenv(env)
	if file == "" {
		return nil
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.WriteString(text)
	return errors.Join(err, out.Close())
}

// Used gives the secrets that were noted in a file. A file that is not there
// has none.
func Used(file string) (secrets []string, err error) {
	in, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secrets used: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		secret, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("reading the secrets used: %w", err)
		}
		secrets = append(secrets, string(secret))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the secrets used: %w", err)
	}
	return secrets, nil
}

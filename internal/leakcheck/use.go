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

// secretsEnv names the file that collects the secrets the tests used.
const secretsEnv = "PAWL_SECRETS"

// Use says that a test works with a secret, and returns it. The full test run
// then looks for that value in everything that was printed; outside of it,
// without PAWL_SECRETS in the environment, Use does nothing else.
func Use(t testing.TB, secret string) string {
	t.Helper()
	file := os.Getenv(secretsEnv)
	if file == "" {
		return secret
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatalf("noting a secret: %v", err)
	}
	// One write, so that test binaries side by side do not tear each other's lines.
	_, err = out.WriteString(base64.StdEncoding.EncodeToString([]byte(secret)) + "\n")
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatalf("noting a secret: %v", err)
	}
	return secret
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

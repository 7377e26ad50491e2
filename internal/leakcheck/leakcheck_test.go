package leakcheck

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// join keeps the planted secrets out of this file's own text, so that a test
// that fails here does not print what the full run then finds.
func join(parts ...string) string { return strings.Join(parts, "") }

func TestEveryShapeIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, kind string }{
		"bot token":     {join("sending xo", "xb-12345-abcde to slack"), "a Slack token"},
		"person token":  {join(`{"token":"xo`, `xp-alice"}`), "a Slack token"},
		"app token":     {join("XAPP is xa", "pp-1-A0-99-deadbeef"), "a Slack token"},
		"OpenSSH key":   {join("-----BEGIN OPENSSH PRIV", "ATE KEY-----"), "a private key"},
		"plain key":     {join("-----BEGIN PRIV", "ATE KEY-----"), "a private key"},
		"postgres":      {join("dsn=postgres://toy:hun", "ter2@db/toy?sslmode=off"), "a connection string with a password"},
		"no user":       {join("redis://:hun", "ter2@cache"), "a connection string with a password"},
		"key and value": {join("host=db passw", "ord=hunter2 user=toy"), "a password"},
		"header":        {join("Authorization: Bea", "rer abcdef0123456789"), "a bearer token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leaks, err := NewScanner().Scan(strings.NewReader("harmless\n" + c.line + "\nharmless"))
			require.NoError(t, err)
			require.Len(t, leaks, 1)
			require.Equal(t, 2, leaks[0].Line)
			require.Equal(t, c.kind, leaks[0].Kind)
		})
	}
}

func TestWhatStandsForASecretIsNone(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"ok  	github.com/pawl-ops/pawl/internal/words	0.2s",
		"put the token that begins with xoxb- into .env", "SLACK_BOT_TOKEN=xoxb-...", "token <secret>",
		"postgres://toy:xxxxx@db/toy", "postgres://toy:***@db/toy", "postgres://toy:<secret>@db/toy", "postgres://toy:$PASSWORD@db/toy",
		"http://127.0.0.1:8065/@alice", "password=<secret>", "ssh://toy@127.0.0.1:2222", "time 12:30:01 user@host",
		"-----BEGIN CERTIFICATE-----", "Bearer <secret>", "a pretty boxx-like thing",
	} {
		leaks, err := NewScanner().Scan(strings.NewReader(line))
		require.NoError(t, err)
		require.Empty(t, leaks, line)
	}
}

func TestNamedSecretsAreFoundAsTheyTravel(t *testing.T) {
	t.Parallel()
	s := NewScanner("correct horse/battery", "first line is long\nsecond line is too", "tiny")
	for line, kind := range map[string]string{
		"it is correct horse/battery!":           "a secret of a test",
		"?p=correct+horse%2Fbattery":             "a secret of a test, escaped",
		"Basic Y29ycmVjdCBob3JzZS9iYXR0ZXJ5 end": "a secret of a test, in base64",
		"... second line is too":                 "a secret of a test",
	} {
		leaks, err := s.Scan(strings.NewReader(line))
		require.NoError(t, err)
		require.Len(t, leaks, 1, line)
		require.Equal(t, kind, leaks[0].Kind)
	}
	leaks, err := s.Scan(strings.NewReader("a tiny thing, correct and horse"))
	require.NoError(t, err)
	require.Empty(t, leaks)
}

func TestAReportDoesNotLeakAgain(t *testing.T) {
	t.Parallel()
	secret := join("xo", "xb-1234567890-abcdefghij")
	leaks, err := NewScanner().Scan(strings.NewReader(secret))
	require.NoError(t, err)
	require.Len(t, leaks, 1)
	again, err := NewScanner(secret).Scan(strings.NewReader(leaks[0].String()))
	require.NoError(t, err)
	require.Empty(t, again, "the report of a leak is a leak")
}

func TestLinesOfAnyLengthAreRead(t *testing.T) {
	t.Parallel()
	leaks, err := NewScanner("needle-in-it").Scan(strings.NewReader(strings.Repeat("hay ", 1<<16) + "needle-in-it"))
	require.NoError(t, err)
	require.Len(t, leaks, 1)
}

func TestAnErrorOfReadingIsNotSilence(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	_, err := NewScanner().Scan(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func TestUseNotesTheSecretForTheFullRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets")
	t.Setenv(secretsEnv, file)
	require.Equal(t, "one of ours", Use(t, "one of ours"))
	require.Equal(t, "two\nlines", Use(t, "two\nlines"))
	got, err := Used(file)
	require.NoError(t, err)
	require.Equal(t, []string{"one of ours", "two\nlines"}, got)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestUseOutsideTheFullRunOnlyReturns(t *testing.T) {
	t.Setenv(secretsEnv, "")
	require.Equal(t, "kept", Use(t, "kept"))
}

func TestUsedWithoutAFileIsNothing(t *testing.T) {
	t.Parallel()
	got, err := Used(filepath.Join(t.TempDir(), "none"))
	require.NoError(t, err)
	require.Empty(t, got)
}

func FuzzScan(f *testing.F) {
	f.Add("postgres://a:b@c", "needle-in-it")
	f.Add("\xff\n\n", "")
	f.Fuzz(func(t *testing.T, text, secret string) {
		leaks, err := NewScanner(secret).Scan(strings.NewReader(text))
		require.NoError(t, err)
		lines := 1 + strings.Count(text, "\n")
		for _, leak := range leaks {
			require.Positive(t, leak.Line)
			require.LessOrEqual(t, leak.Line, lines)
		}
		if len(secret) >= shortest && !strings.ContainsAny(secret, "\r\n") && strings.TrimSpace(secret) == secret && strings.Contains(text, secret) {
			require.NotEmpty(t, leaks)
		}
	})
}

package setup_test

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/dotenv"
	"github.com/pawl-ops/pawl/internal/manifest"
	"github.com/pawl-ops/pawl/internal/setup"
)

func ask(t *testing.T, typed string, given map[string]string) (setup.Answers, string, error) {
	t.Helper()
	a := setup.Answers{Zone: "UTC"}
	var out strings.Builder
	err := setup.Asker{In: strings.NewReader(typed), Out: &out}.Ask(t.Context(), setup.Questions(setup.Guesses{Email: "me@acme.test"}), given, &a)
	return a, out.String(), err
}

func TestReturnTakesWhatIsProposed(t *testing.T) {
	t.Parallel()
	a, said, err := ask(t, "\n\n\n\n", nil)
	require.NoError(t, err)
	require.Equal(t, setup.Answers{App: manifest.App{Name: "Pawl", Command: "/pawl"}, People: []string{"me@acme.test"}, Ops: "#ops", Zone: "UTC"}, a)
	require.Equal(t, 4, strings.Count(said, "?\n"), "the toy is later, so nothing more is asked about it")
}

func TestWhatIsTypedIsHeldToBeRightAndAskedAgain(t *testing.T) {
	t.Parallel()
	a, said, err := ask(t, strings.Join([]string{
		"bad/name", "?", "Pawl", "nobody", "@eng, everyone", "@eng", "no channel", "ops", "db", "-o@h x", "h:99999 x", "LATER",
	}, "\n"), nil)
	require.NoError(t, err)
	require.Equal(t, 7, strings.Count(said, "Not like this"), said)
	require.Contains(t, said, "At most 35 characters")
	require.Equal(t, setup.Answers{App: manifest.App{Name: "Pawl", Command: "/pawl"}, People: []string{"@eng"}, Ops: "#ops", Zone: "UTC"}, a)
}

func TestAllSixAnswers(t *testing.T) {
	t.Parallel()
	a, said, err := ask(t, strings.Join([]string{
		"@Ops Bot", "@Eng, jana@acme.test  jana@acme.test", "Ops-Room", "nothing", "pawl@db.acme.test data/shop.db", "!", "pawl@toys.acme.test:2222", "email", "people.email, people.name",
	}, "\n"), nil)
	require.NoError(t, err)
	require.Equal(t, setup.Answers{
		App: manifest.App{Name: "Ops Bot", Command: "/ops-bot"}, People: []string{"@eng", "jana@acme.test"}, Ops: "#ops-room",
		From: "pawl@db.acme.test", File: "data/shop.db", To: "pawl@toys.acme.test:2222", Hide: []string{"people.email", "people.name"}, Zone: "UTC",
	}, a)
	require.Equal(t, 3, strings.Count(said, "Not like this"), said)
}

func TestWhatIsGivenIsNotAsked(t *testing.T) {
	t.Parallel()
	a, said, err := ask(t, "\n", map[string]string{"name": "X", "people": "everyone", "toy-from": "later"})
	require.NoError(t, err)
	require.True(t, a.Everyone())
	require.Equal(t, "#ops", a.Ops)
	require.Equal(t, 1, strings.Count(said, "?\n"))

	_, _, err = ask(t, "\n", map[string]string{"name": "a/b", "ops": "two words", "toy-hide": "a.b"})
	require.ErrorContains(t, err, "--name: ")
	require.ErrorContains(t, err, "--ops: ")
	require.ErrorContains(t, err, "--toy-hide has no meaning")
}

func TestLeavingIsNoAnswer(t *testing.T) {
	t.Parallel()
	_, _, err := ask(t, "Pawl\n", nil)
	require.ErrorIs(t, err, setup.ErrLeft)

	in, typist := io.Pipe() // somebody who types nothing and presses Ctrl-C
	defer func() { _ = typist.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := setup.Answers{}
	require.ErrorIs(t, setup.Asker{In: in, Out: io.Discard}.Ask(ctx, setup.Questions(setup.Guesses{}), nil, &a), setup.ErrLeft)
}

func TestWithoutAPerson(t *testing.T) {
	t.Parallel()
	fill := func(g setup.Guesses, given map[string]string, propose bool) (setup.Answers, error) {
		a := setup.Answers{Zone: "UTC"}
		return a, setup.Fill(setup.Questions(g), given, propose, &a)
	}
	_, err := fill(setup.Guesses{}, nil, false)
	require.EqualError(t, err, "there is nobody to ask, because this is no terminal: give --name, --people, --ops, --toy-from, or --yes for what is proposed")
	_, err = fill(setup.Guesses{}, nil, true)
	require.EqualError(t, err, "nothing can be proposed for --people: give it")
	_, err = fill(setup.Guesses{Email: "a@b.c"}, nil, true)
	require.NoError(t, err)
	_, err = fill(setup.Guesses{Email: "a@b.c"}, map[string]string{"toy-from": "h shop.db"}, false)
	require.ErrorContains(t, err, "give --name, --people, --ops, --toy-to, --toy-hide,")
}

// Every file of every answer is what its reader takes.
func TestTheFilesAreRead(t *testing.T) {
	t.Parallel()
	for _, a := range []setup.Answers{
		{App: manifest.App{Name: "Pawl", Command: "/pawl"}, Ops: "#ops", Zone: "UTC", Schema: []byte("{}")},
		{App: manifest.App{Name: "Pawl", Command: "/pawl", RequestURL: "https://p.test"}, People: []string{"@on", "@123", "@everyone", "@team", "@123.", "a@b.c", "x#y{@b.c"}, Ops: "C0123456", Zone: "Europe/Prague"},
		{App: manifest.App{Name: "Pawl", Command: "/pawl"}, People: []string{"a@b.c"}, Ops: "#größe", From: "u@[2001:db8::1]:22", File: `a "b" {c}.db`, To: "10.0.0.1", Hide: []string{"a.b"}, Zone: "UTC"},
		{App: manifest.App{Name: "Pawl", Command: "/pawl"}, People: []string{"a@b.c"}, Ops: "#ops", From: "db.a.test", File: "on", To: "db.b.test:22", Zone: "UTC"},
	} {
		files, err := a.Files(filepath.Join(t.TempDir(), "pawl.yaml"))
		require.NoError(t, err)
		var read map[string]any
		require.NoError(t, yaml.UnmarshalWithOptions(files[0].Text, &read, yaml.Strict()), string(files[0].Text))
		require.Equal(t, a.Ops, read["channels"].(map[string]any)["ops"])
		people, _ := read["people"].(map[string]any)
		for short := range people {
			require.Contains(t, read["may"], short)
			require.Regexp(t, `^[a-z][a-z0-9_-]*$`, short)
		}
		if a.Toy() {
			hosts, from := read["hosts"].(map[string]any), read["toy"].(map[string]any)["from"].(map[string]any)
			require.Equal(t, a.From, hosts[from["host"].(string)])
			require.Equal(t, a.File, from["database"])
			require.Len(t, hosts, 2)
		}
		require.Equal(t, fs.FileMode(0o600), files[1].Mode)
		require.NoError(t, os.WriteFile(files[1].Path, files[1].Text, files[1].Mode))
		env, err := dotenv.Read(files[1].Path)
		require.NoError(t, err)
		require.Len(t, env.Values, 2)
		require.Equal(t, a.App.YAML(), files[2].Text)
		if a.Schema == nil {
			require.Len(t, files, 3)
			require.Empty(t, setup.SchemaOf(files[0].Text))
			continue
		}
		require.Equal(t, a.Schema, files[3].Text)
		require.Equal(t, files[3].Path, filepath.Join(filepath.Dir(files[0].Path), setup.SchemaOf(files[0].Text)))
		require.True(t, strings.HasPrefix(string(files[0].Text), "# yaml-language-server: $schema="), "where every editor looks")
	}
}

func TestNothingThatIsThereIsTouched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := func() []setup.File {
		return []setup.File{{filepath.Join(dir, "a"), []byte("a"), 0o600}, {filepath.Join(dir, "b"), []byte("b"), 0o644}, {filepath.Join(dir, "c"), []byte("c"), 0o600}}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), []byte("mine"), 0o600))
	require.NoError(t, os.Symlink("/nowhere", filepath.Join(dir, "c")))
	fates, err := setup.Write(files())
	require.NoError(t, err)
	require.Equal(t, []setup.Fate{setup.Written, setup.Kept, setup.Kept}, fates)
	text, err := os.ReadFile(filepath.Join(dir, "b"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	fates, err = setup.Write(files())
	require.NoError(t, err)
	require.Equal(t, []setup.Fate{setup.Same, setup.Kept, setup.Kept}, fates)
	info, err := os.Stat(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, ".pawl-init-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWhatCannotBeWrittenLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	_, err := setup.Write([]setup.File{{filepath.Join(dir, "a"), []byte("a"), 0o600}, {filepath.Join(dir, "file", "b"), []byte("b"), 0o600}})
	require.Error(t, err)
	require.NotErrorIs(t, err, fs.ErrExist)
	require.NoFileExists(t, filepath.Join(dir, "a"))
}

func TestGitTakesNoToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	added, err := setup.Ignored(dir)
	require.NoError(t, err)
	require.Empty(t, added, "there is no git here")

	in := filepath.Join(dir, "deploy", "pawl")
	require.NoError(t, os.MkdirAll(in, 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".git"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("/.env/\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(in, ".gitignore"), []byte("x"), 0o600))
	added, err = setup.Ignored(in)
	require.NoError(t, err)
	require.Equal(t, []string{".pawl/"}, added)
	text, err := os.ReadFile(filepath.Join(in, ".gitignore"))
	require.NoError(t, err)
	require.Equal(t, "x\n.pawl/\n", string(text))
	added, err = setup.Ignored(in)
	require.NoError(t, err)
	require.Empty(t, added)
}

func TestWhatToDoNext(t *testing.T) {
	t.Parallel()
	a := setup.Answers{App: manifest.App{Name: "Pawl", Command: "/pawl"}, Ops: "#ops"}
	sockets := a.Next("pawl.yaml")
	require.Contains(t, sockets, a.App.Link())
	require.Contains(t, sockets, "connections:write")
	require.Contains(t, sockets, "/invite @Pawl")
	require.Contains(t, sockets, "pawl check --live\n")
	require.NotContains(t, sockets, "SIGNING")
	a.App.RequestURL, a.From = "https://p.test", "h"
	signed := a.Next("/etc/my pawl/pawl.yaml")
	require.Contains(t, signed, "SLACK_SIGNING_SECRET= in /etc/my pawl/.env")
	require.Contains(t, signed, "pawl up --config '/etc/my pawl/pawl.yaml' --slack-http")
	require.NotContains(t, signed, "SLACK_APP_TOKEN")
	require.Contains(t, signed, "hide:")
}

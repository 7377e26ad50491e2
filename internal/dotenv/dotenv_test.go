package dotenv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/dotenv"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestWhatALineMeans(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"A=b":                          "b",
		"A=":                           "",
		"A=   ":                        "",
		"A= b ":                        "b",
		"export A=b":                   "b",
		"\ufeffA=b":                    "b",
		"A=b # c":                      "b",
		"A=b#c":                        "b#c",
		"A= # c":                       "",
		"A=#c":                         "",
		"A=xoxb-1-2=3":                 "xoxb-1-2=3",
		"A=$HOME/`x`":                  "$HOME/`x`",
		`A=""`:                         "",
		`A="b # c"`:                    "b # c",
		`A="b" # c`:                    "b",
		`A="a\n\"\\\$"`:                "a\n\"\\$",
		`A='a\n"'`:                     `a\n"`,
		"A=b\r":                        "b",
		"A=postgres://u:p@h/d?x=y&z=1": "postgres://u:p@h/d?x=y&z=1",
	} {
		f, err := dotenv.Read(write(t, "# comment\n\n"+line+"\n"))
		require.NoError(t, err, line)
		require.Equal(t, []dotenv.Value{{Name: "A", Text: want, Line: 3}}, f.Values, line)
		require.False(t, f.Open)
	}
}

func TestEveryMistakeWithItsLineAndNoValue(t *testing.T) {
	t.Parallel()
	f, err := dotenv.Read(write(t, strings.Join([]string{
		"GOOD=1", "sesame", "A =sesame", "1A=sesame", "A-B=sesame", `C="sesame`, "D='sesame", `E="a" sesame`, `F="\xsesame"`,
		"G=open sesame", "H=o'sesame", "GOOD=sesame", "I=sesame\xff", `J="sesame\`,
	}, "\n")))
	var wrong *dotenv.Mistakes
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong.Lines, 13)
	for i, m := range wrong.Lines {
		require.Equal(t, i+2, m.Line)
	}
	require.NotContains(t, err.Error(), "sesame")
	require.Contains(t, err.Error(), "13 mistakes in .env:\n.env:2: ")
	require.Contains(t, err.Error(), ".env:12: GOOD stands in line 1 already")
	require.Len(t, f.Values, 1)
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := dotenv.Read(filepath.Join(t.TempDir(), ".env"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = dotenv.Read(t.TempDir())
	require.ErrorContains(t, err, "folder")
	_, err = dotenv.Read(write(t, strings.Repeat("#", 1<<20+1)))
	require.ErrorContains(t, err, "larger")
}

func TestOthersMayReadIt(t *testing.T) {
	t.Parallel()
	path := write(t, "A=b")
	for mode, mend := range map[os.FileMode]string{0o600: "", 0o640: "600", 0o604: "600"} {
		require.NoError(t, os.Chmod(path, mode))
		f, err := dotenv.Read(path)
		require.NoError(t, err)
		require.Equal(t, mend != "", f.Open, mode)
		if f.Open {
			require.Equal(t, mend, f.Mend)
		}
	}
	if os.Chown(path, os.Geteuid()+1, -1) != nil {
		return // only root may give a file away
	}
	for mode, open := range map[os.FileMode]bool{0o640: false, 0o644: true} { // what the group may is how a service reads it
		require.NoError(t, os.Chmod(path, mode))
		f, err := dotenv.Read(path)
		require.NoError(t, err)
		require.Equal(t, open, f.Open, mode)
		require.Equal(t, "o=", f.Mend)
	}
}

func TestWhatIsSetAlreadyWins(t *testing.T) {
	t.Parallel()
	f, err := dotenv.Read(write(t, "A=1\nB=2\nC=\nD=4"))
	require.NoError(t, err)
	env := map[string]string{"A": "mine", "B": ""}
	names, err := f.Apply(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, func(name, text string) error { env[name] = text; return nil })
	require.NoError(t, err)
	require.Equal(t, []string{"D"}, names)
	require.Equal(t, map[string]string{"A": "mine", "B": "", "D": "4"}, env)
}

func FuzzRead(f *testing.F) {
	f.Add("A=b # c")
	f.Add(`A="x\n`)
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), ".env")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		got, err := dotenv.Read(path)
		if err != nil {
			return
		}
		for _, v := range got.Values { // what was read can be written so that it is read again
			quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(v.Text) + `"`
			require.NoError(t, os.WriteFile(path, []byte(v.Name+"="+quoted), 0o600))
			again, err := dotenv.Read(path)
			require.NoError(t, err)
			require.Equal(t, v.Text, again.Values[0].Text)
		}
	})
}

package sshrun

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

//go:embed remote/*.sh
var remote embed.FS

// command is the only command line we ever send. What is to be done travels over standard input.
const command = "exec sh -s"

// noPoints is where tests hold a program still.
const noPoints = "point() { :; }\n"

// program is a shell program for a host: its text, and the mark its answer carries.
type program struct {
	text  string
	nonce string
}

// newProgram puts a program together. Everything that is data is a quoted assignment; everything that acts is inside a
// function, and the last line calls it, so that a program that arrives cut off does nothing.
func newProgram(verb, points string, vars map[string]string) program {
	nonce := newNonce()
	return program{nonce: nonce, text: assemble(verb, points, nonce, vars, "") + "main </dev/null\n"}
}

// assemble gives a program without the line that sets it off.
func assemble(verb, points, nonce string, vars map[string]string, functions string) string {
	var b strings.Builder
	b.WriteString(points)
	b.WriteString(assignments("", vars))
	fmt.Fprintf(&b, "NONCE=%s\n", nonce)
	b.WriteString(part("common"))
	b.WriteString(functions)
	b.WriteString(part(verb))
	return b.String()
}

// startProgram is the program that starts a script: it carries the script, its arguments and the shell that runs it.
func startProgram(points string, vars map[string]string, s job.Script) (program, error) {
	if err := checkScript(s); err != nil {
		return program{}, err
	}
	nonce := newNonce()
	run := assemble("run", points, nonce, vars, "") + "main\n"
	deliver := "deliver() {\n" +
		heredoc("script."+nonce, s.Body) + heredoc("env."+nonce, assignments("export ", s.Args)) + heredoc("run."+nonce, run) +
		"}\n"
	return program{nonce: nonce, text: assemble("start", points, nonce, vars, deliver) + "main </dev/null\n"}, nil
}

func part(name string) string {
	text, err := remote.ReadFile("remote/" + name + ".sh")
	if err != nil {
		panic(err) // the file is embedded: only a typing mistake here comes this far
	}
	return string(text)
}

var argName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkScript refuses what a shell cannot carry faithfully.
func checkScript(s job.Script) error {
	if strings.ContainsRune(s.Body, 0) {
		return fmt.Errorf("starting script %q: its text contains a zero byte", s.Name)
	}
	for name, value := range s.Args {
		switch {
		case !argName.MatchString(name):
			return fmt.Errorf("starting script %q: %q is no name for an argument", s.Name, name)
		case name == "PAWL_KEY":
			return fmt.Errorf("starting script %q: the argument name PAWL_KEY is taken", s.Name)
		case strings.ContainsRune(value, 0):
			return fmt.Errorf("starting script %q: argument %q contains a zero byte", s.Name, name)
		}
	}
	return nil
}

// quote makes a word of the shell that means exactly s, whatever it contains.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func assignments(prefix string, vars map[string]string) string {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s%s=%s\n", prefix, name, quote(vars[name]))
	}
	return b.String()
}

// heredoc is a command that writes text to a file and fails when it cannot. The text is in no process's arguments.
func heredoc(file, text string) string {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	end := "END" + newNonce()
	return "cat >" + file + " <<'" + end + "' || return 1\n" + text + end + "\n"
}

// newNonce is a word nobody else uses: file names of one launch, the mark of an answer, the end of a heredoc.
func newNonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

var plainName = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// fileName turns a target's name into one that is safe as a file's name and still distinct.
func fileName(target string) string {
	return plainName.ReplaceAllStringFunc(target, func(c string) string { return fmt.Sprintf("%%%02x", c) })
}

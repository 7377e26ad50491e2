// Package dotenv reads a .env file: the tokens of one installation, a line each, beside its pawl.yaml.
//
//	# what they are for
//	SLACK_BOT_TOKEN=xoxb-1-2-3
//	CRM_TOKEN="a value with # and spaces"   # "\n", "\"" and "\\" mean what they do elsewhere
//	LITERAL='nothing means anything in here'
//	EMPTY=
//
// A name without a value is not set. Nothing is expanded: $HOME is five characters. What cannot be read is an error with
// its line, never guessed, and no value is ever part of an error. systemd's EnvironmentFile reads NAME=value the same, but not
// "export", a comment behind a value, or \n and \t (systemd.exec(5)).
package dotenv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"unicode/utf8"
)

// maxSize is the size in bytes of the largest file that is read: certificates fit.
const maxSize = 1 << 20

// File is a .env that was read.
type File struct {
	Path   string // as it was given
	Values []Value
	// Open says that others on this machine may read it, and Mend what mends that, as arguments for chmod. Where it is ours,
	// 0600 is what it should be; where it is not, such as root:pawl with 0640, our group is how we read it.
	Open bool
	Mend string
}

// Value is one line of it.
type Value struct {
	Name string
	Text string // empty: it is not set
	Line int    // 1-based
}

// Mistakes are all lines that cannot be read. It never shows what stands in them behind the name.
type Mistakes struct {
	File  string // its name, without the folder
	Lines []Mistake
}

// Mistake is one of them.
type Mistake struct {
	Line int
	Text string
}

func (m *Mistakes) Error() string {
	var b strings.Builder
	count := "1 mistake"
	if n := len(m.Lines); n != 1 {
		count = fmt.Sprintf("%d mistakes", n)
	}
	fmt.Fprintf(&b, "%s in %s:", count, m.File)
	for _, l := range m.Lines {
		fmt.Fprintf(&b, "\n%s:%d: %s", m.File, l.Line, l.Text)
	}
	return b.String()
}

// Read reads a file. The error is os.ErrNotExist when there is none, and *Mistakes when a line cannot be read.
func Read(path string) (File, error) {
	f := File{Path: path}
	in, err := os.Open(path)
	if err != nil {
		return f, fmt.Errorf("reading %s: %w", path, err)
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	switch {
	case err != nil:
		return f, fmt.Errorf("reading %s: %w", path, err)
	case info.IsDir():
		return f, fmt.Errorf("reading %s: it is a folder", path)
	}
	f.Open, f.Mend = open(info)
	text, err := io.ReadAll(io.LimitReader(in, maxSize+1))
	switch {
	case err != nil:
		return f, fmt.Errorf("reading %s: %w", path, err)
	case len(text) > maxSize:
		return f, fmt.Errorf("reading %s: it is larger than %d KiB", path, maxSize>>10)
	}
	f.Values, err = parse(filepath.Base(path), text)
	return f, err
}

func open(info os.FileInfo) (open bool, mend string) {
	others, mend := info.Mode().Perm()&0o004, "o="
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == os.Geteuid() {
		others, mend = info.Mode().Perm()&0o044, "600"
	}
	return others != 0, mend
}

// parse reads all lines, and collects what is wrong with them.
func parse(name string, text []byte) ([]Value, error) {
	var values []Value
	wrong := &Mistakes{File: name}
	seen := map[string]int{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		v, err := read(strings.TrimRight(string(line), "\r\n"))
		switch first := seen[v.Name]; {
		case err != nil:
			wrong.Lines = append(wrong.Lines, Mistake{number, err.Error()})
			continue
		case v.Name == "":
			continue
		case first != 0:
			wrong.Lines = append(wrong.Lines, Mistake{number, fmt.Sprintf("%s stands in line %d already; remove one of them", v.Name, first)})
			continue
		}
		v.Line, seen[v.Name] = number, number
		values = append(values, v)
	}
	if len(wrong.Lines) > 0 {
		return values, wrong
	}
	return values, nil
}

// read reads one line; a line that says nothing has no name.
func read(line string) (Value, error) {
	if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
		return Value{}, errors.New("this is no text in UTF-8")
	}
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	if line == "" || line[0] == '#' {
		return Value{}, nil
	}
	line = strings.TrimSpace(strings.TrimPrefix(line, "export "))
	name, rest, found := strings.Cut(line, "=")
	switch {
	case !found:
		return Value{}, errors.New("a line is NAME=value, or begins with #")
	case name != strings.TrimSpace(name):
		return Value{}, errors.New("no space may stand before the =")
	case !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,199}$`).MatchString(name):
		return Value{}, errors.New("what stands before the = is no name: it has letters, digits and underscores only")
	}
	text, err := value(strings.TrimSpace(rest))
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", name, err)
	}
	return Value{Name: name, Text: text}, nil
}

// value reads what stands behind the =.
func value(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	switch quote := text[0]; quote {
	case '\'', '"':
		inner, rest, err := between(text[1:], quote)
		if err != nil {
			return "", err
		}
		if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
			return "", errors.New("something follows the closing quotation mark")
		}
		return inner, nil
	case '#':
		return "", nil
	}
	if at := regexp.MustCompile(`\s#`).FindStringIndex(text); at != nil {
		text = strings.TrimSpace(text[:at[0]])
	}
	if strings.ContainsAny(text, " \t\"'") {
		return "", errors.New("a value with a space or a quotation mark stands between quotation marks")
	}
	return text, nil
}

// between reads up to the closing quotation mark, and gives what follows it.
func between(text string, quote byte) (inner, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			return b.String(), text[i+1:], nil
		case c == '\\' && quote == '"':
			i++
			if i == len(text) {
				break
			}
			escaped, ok := map[byte]byte{'n': '\n', 't': '\t', '"': '"', '\\': '\\', '$': '$'}[text[i]]
			if !ok {
				return "", "", errors.New(`between double quotation marks a backslash stands before n, t, ", $ or another backslash`)
			}
			b.WriteByte(escaped)
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("the closing quotation mark is missing")
}

// Apply gives the values to a process: set is called for each that has one and is not set already, as lookup says. It
// gives the names that were set.
func (f File) Apply(lookup func(string) (string, bool), set func(name, text string) error) (names []string, err error) {
	for _, v := range f.Values {
		if _, there := lookup(v.Name); there || v.Text == "" {
			continue
		}
		if err := set(v.Name, v.Text); err != nil {
			return names, fmt.Errorf("taking %s from %s: %w", v.Name, f.Path, err)
		}
		names = append(names, v.Name)
	}
	return names, nil
}

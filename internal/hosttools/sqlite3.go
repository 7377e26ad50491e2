package hosttools

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const sqlite3Usage = `usage: sqlite3 [-init FILE] [-batch] [-bail] [-readonly] [-separator X] [-cmd COMMAND] FILE [SQL...]
`

// sqlite3 is a part of the shell of SQLite, https://sqlite.org/cli.html: statements from arguments or standard input,
// rows as lines with a separator, .timeout, .backup, .bail, .separator and .quit. Columns declared DATE, DATETIME or
// TIMESTAMP are shown in SQLite's own format whatever their text was.
func sqlite3(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := sqliteShell{ctx: ctx, separator: "|", out: bufio.NewWriter(stdout), stderr: stderr}
	rest, err := s.options(args)
	if err != nil {
		fmt.Fprintf(stderr, "sqlite3: Error: %v\n%s", err, sqlite3Usage)
		return 1
	}
	db, err := sql.Open("sqlite", s.dsn(rest[0]))
	if err == nil {
		defer func() { _ = db.Close() }()
		s.db, err = db.Conn(ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "Error: unable to open database %q: %v\n", rest[0], err)
		return 1
	}
	defer func() { _ = s.db.Close() }()
	defer func() { _ = s.out.Flush() }()
	for _, text := range append(s.before, rest[1:]...) {
		if err := s.argument(text); err != nil {
			_ = s.out.Flush()
			fmt.Fprintf(stderr, "Error: %v\n", err)
			return resultCode(err)
		}
	}
	if len(rest) > 1 || s.quit {
		return 0
	}
	return s.input(stdin)
}

type sqliteShell struct {
	ctx       context.Context
	db        *sql.Conn
	out       *bufio.Writer
	stderr    io.Writer
	separator string
	before    []string // from -cmd
	bail      bool
	readonly  bool
	quit      bool
	timeout   int // milliseconds
}

func (s *sqliteShell) options(args []string) (rest []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name := "-" + strings.TrimLeft(args[0], "-")
		args = args[1:]
		switch name {
		case "-batch", "-noheader", "-list":
		case "-bail":
			s.bail = true
		case "-readonly":
			s.readonly = true
		case "-separator", "-cmd", "-init":
			if len(args) == 0 {
				return nil, fmt.Errorf("missing argument to %s", name)
			}
			switch {
			case name == "-cmd":
				s.before = append(s.before, args[0])
			case name == "-separator":
				s.separator = args[0]
			case args[0] != os.DevNull: // we read no ~/.sqliterc, so the way to say so is all there is
				return nil, fmt.Errorf("cannot read commands from %s, only from %s", args[0], os.DevNull)
			}
			args = args[1:]
		default:
			return nil, fmt.Errorf("unknown option: %s", name)
		}
	}
	if len(args) == 0 {
		return nil, errors.New("there is no database to work on")
	}
	return args, nil
}

// dsn names the file so that nothing in its name means anything to the driver.
func (s *sqliteShell) dsn(file string) string {
	if file == ":memory:" {
		return file
	}
	uri := "file:" + (&url.URL{Path: file}).EscapedPath()
	if s.readonly {
		return uri + "?mode=ro"
	}
	return uri
}

// argument runs what was given as one argument: a dot command or statements.
func (s *sqliteShell) argument(text string) error {
	if strings.HasPrefix(text, ".") {
		return s.dot(text)
	}
	for !blank(text) {
		statement, rest, ok := complete(text)
		if !ok {
			statement, rest = text, ""
		}
		if err := s.run(statement); err != nil {
			return err
		}
		text = rest
	}
	return nil
}

// input runs what comes on standard input, statement by statement as they become complete.
func (s *sqliteShell) input(stdin io.Reader) int {
	in := bufio.NewReader(stdin)
	text, line, failed := "", 0, 0
	for end := false; !end && !s.quit && (failed == 0 || !s.bail); {
		more, err := in.ReadString('\n')
		end = err != nil
		line++
		var problem error
		if blank(text) && strings.HasPrefix(more, ".") {
			text, problem = "", s.dot(strings.TrimSpace(more))
		} else {
			text, problem = s.statements(text+more, end)
		}
		if err := s.out.Flush(); err != nil {
			return 1 // nobody reads what we say
		}
		if problem != nil {
			failed++
			fmt.Fprintf(s.stderr, "Error: near line %d: %v\n", line, problem)
		}
	}
	if failed > 0 {
		return 1
	}
	return 0
}

// statements runs the complete statements of a text and returns what is left of it; at the end everything is complete.
func (s *sqliteShell) statements(text string, end bool) (string, error) {
	for {
		statement, rest, ok := complete(text)
		if !ok {
			if end && !blank(text) {
				return "", s.run(text)
			}
			return text, nil
		}
		text = rest
		if blank(statement) {
			continue
		}
		if err := s.run(statement); err != nil {
			return text, err
		}
	}
}

// run executes one statement and prints its rows.
func (s *sqliteShell) run(statement string) error {
	rows, err := s.db.QueryContext(s.ctx, statement)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, values := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		values[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for i, v := range cells {
			if i > 0 {
				_, _ = s.out.WriteString(s.separator)
			}
			_, _ = s.out.WriteString(show(v))
		}
		if err := s.out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return rows.Err()
}

// dot runs a dot command.
func (s *sqliteShell) dot(text string) error {
	words := dotWords(text)
	switch name := words[0]; {
	case name == ".timeout" && len(words) == 2:
		ms, err := strconv.Atoi(words[1])
		if err != nil {
			return fmt.Errorf("reading .timeout: %w", err)
		}
		s.timeout = ms
		_, err = s.db.ExecContext(s.ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", ms))
		return err
	case name == ".backup" && (len(words) == 2 || len(words) == 3 && words[1] == "main"):
		return s.backup(words[len(words)-1])
	case name == ".bail" && len(words) == 2:
		s.bail = words[1] == "on"
	case name == ".separator" && len(words) == 2:
		s.separator = words[1]
	case name == ".quit" || name == ".exit":
		s.quit = true
	default:
		return fmt.Errorf("unknown command or invalid arguments: %q", strings.TrimPrefix(text, "."))
	}
	return nil
}

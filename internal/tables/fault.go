package tables

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pawl-ops/pawl/job"
)

// mostShown bounds what is shown of an answer, in bytes.
const mostShown = 500

func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// ours is a fault of our own configuration or database.
func (t *Table) ours(final bool, says string, cause error) *job.Fault {
	return &job.Fault{Class: job.FaultOurs, Final: final, Says: says, Cause: cause}
}

// emptied is what is said when staged rows are gone, which only a crash of the server does to them.
func (t *Table) emptied() error {
	return t.ours(false, "The database was restarted after a crash, and what was fetched of "+t.sync.Name+" is gone: it has to be fetched again. The table was not touched.", nil)
}

// fault says whose an error of the database is: ours, unless a value could not be stored. What was asked of us to stop
// and what another attempt took over are no faults and stay what they are.
func (t *Table) fault(ctx context.Context, doing string, err error) error {
	var known *job.Fault
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(errors.New(doing+" was interrupted"), ctx.Err())
	case errors.As(err, &known) || errors.Is(err, job.ErrTakenOver):
		return err
	}
	f := t.ours(false, "", &cleanError{doing: doing, text: t.masked(err.Error())})
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		f.Shown = t.masked(cut(strings.Join(nonEmpty(answer.Message, answer.Detail, answer.Where), "; ")))
		f.Says, f.Class, f.Final = t.judge(answer)
		f.Says = t.masked(f.Says)
		return f
	}
	where := t.config.Host
	var dns *net.DNSError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &dns):
		f.Says, f.Final = "There is no machine called "+where+": check the address of the database of "+t.sync.Name+".", dns.IsNotFound
	case errors.As(err, &connecting):
		f.Says = "The database of " + t.sync.Name + " at " + where + " does not answer: check that it runs and that it can be reached from here."
	case t.conn.IsClosed():
		f.Says = "The connection to the database of " + t.sync.Name + " at " + where + " was lost."
	default:
		return fmt.Errorf("%s: %w", doing, err) // a mistake in how we are called, and no answer of anybody
	}
	return f
}

// judge reads what PostgreSQL answers: https://www.postgresql.org/docs/current/errcodes-appendix.html
func (t *Table) judge(e *pgconn.PgError) (says, class string, final bool) {
	database := "the database of " + t.sync.Name
	switch e.Code {
	case "28P01", "28000":
		return "The database of " + t.sync.Name + " does not let " + t.config.User + " in: check the user and the password in its connection string, and pg_hba.conf.", job.FaultOurs, true
	case "3D000":
		return "There is no database called " + t.config.Database + ": check the connection string of " + t.sync.Name + ".", job.FaultOurs, true
	case "42501":
		return "The role " + t.config.User + " lacks a right in " + database + ": " + e.Message + ".", job.FaultOurs, true
	case "53100":
		return "The disk of " + database + " is full.", job.FaultOurs, false
	case "53300":
		return "There are too many connections to " + database + ".", job.FaultOurs, false
	case "55P03":
		return "Something else keeps " + t.sync.To.Table + " locked.", job.FaultOurs, false
	case "40001", "40P01":
		return "Somebody else wrote " + t.sync.To.Table + " at the same moment.", job.FaultOurs, false
	case "57P01", "57P02", "57P03":
		return "The connection to " + database + " was ended, or it is just starting.", job.FaultOurs, false
	case "23503":
		return "Another table refers to rows of " + t.sync.To.Table + " that are gone: " + e.Message + ".", job.FaultOurs, true
	case "23505":
		return "Two rows of " + t.sync.To.Table + " would have the same value where each has to have its own: " + e.Message + ".", job.FaultData, true
	}
	// Class 22 is a value that does not fit its type, 23 one that a rule of the table forbids.
	if strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") {
		return "A value of " + t.sync.Name + " cannot be stored in " + t.sync.To.Table + ": " + e.Message + ".", job.FaultData, true
	}
	return "The database of " + t.sync.Name + " answered: " + e.Message + ".", job.FaultOurs, false
}

// copyPlace finds the line and the column in the context of an error of COPY, in any language PostgreSQL speaks:
// COPY pawl_deals_0c1d, line 17, column Amount: "abc"
var copyPlace = regexp.MustCompile(`(?m)^COPY [^,]+, \D+(\d+)(?:, \S+ (.+?): )?`)

// placed makes the fault of a page say which row and which column it is about, if the error tells.
func placed(fault, err error, page string) error {
	var f *job.Fault
	var answer *pgconn.PgError
	if !errors.As(fault, &f) || f.Class != job.FaultData || !errors.As(err, &answer) {
		return fault
	}
	m := copyPlace.FindStringSubmatch(answer.Where)
	if m == nil {
		return fault
	}
	column := answer.ColumnName
	if m[2] != "" {
		column = m[2]
	}
	if column != "" {
		f.Says = column + ": " + f.Says
	}
	f.Says = "Row " + m[1] + " of " + page + ", " + f.Says
	return fault
}

// cleanError is an error of the driver without its parts, some of which hold the connection string.
type cleanError struct{ doing, text string }

func (e *cleanError) Error() string { return e.doing + ": " + e.text }

// masked leaves the password out of a text, in case a driver or a server ever says it, and everything that is no text.
func (t *Table) masked(s string) string {
	if t.config != nil && t.config.Password != "" {
		s = strings.ReplaceAll(s, t.config.Password, "<secret>")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// cut shortens a text to mostShown bytes without tearing a character.
func cut(s string) string {
	if len(s) <= mostShown {
		return s
	}
	end := mostShown
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

func nonEmpty(parts ...string) []string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pawl-ops/pawl/job"
)

// DSNError says what is wrong with a DSN, as a sentence that shows none of its secrets.
type DSNError struct{ Says string }

func (e *DSNError) Error() string { return "reading where the ledger is: " + e.Says }

const dsnForm = "postgres://user:password@host:5432/database" //nolint:gosec // it shows the form

// misread says why a DSN cannot be used: err is what pgx says of it. pgx's own sentences repeat the DSN and hide what
// they take for the password, which of a DSN that was not understood nobody knows; so only their reasons are shown.
func misread(dsn job.Secret, config *pgx.ConnConfig, err error) error {
	text := dsn.Reveal()
	scheme, rest, isURL := strings.Cut(text, "://")
	switch {
	case isURL && scheme != "postgres" && scheme != "postgresql":
		return &DSNError{"it is written " + dsnForm + ", and this one begins otherwise"}
	case !isURL && !strings.Contains(text, "="):
		return &DSNError{"it is written " + dsnForm + "; for a file leave it out: that is in the data directory"}
	}
	if err != nil {
		why := err.Error()
		inner := errors.Unwrap(err)
		switch {
		case strings.Contains(why, "failed to parse as URL") || strings.Contains(why, "invalid port"):
			return &DSNError{"it is not understood. It is written " + dsnForm + ", and in the user and the password everything but letters, digits, - . _ ~ as a percent sign and two digits: @ is %40, : is %3A, / is %2F, # is %23, % is %25"}
		case strings.Contains(why, "failed to parse as keyword/value"):
			return &DSNError{"it is not understood. It is written " + dsnForm + ", or host=... dbname=... user=... password='...'"}
		case strings.Contains(why, "failed to configure TLS") && inner != nil && inner.Error() == "sslmode is invalid":
			return &DSNError{"sslmode is one of disable, allow, prefer, require, verify-ca and verify-full"}
		case strings.Contains(why, "failed to configure TLS") && inner != nil:
			return &DSNError{"its certificates: " + inner.Error()} // names files, and says why they cannot be read
		case strings.Contains(why, "connect_timeout"):
			return &DSNError{"connect_timeout is a whole number of seconds"}
		case strings.Contains(why, "target_session_attrs"):
			return &DSNError{"target_session_attrs is one of any, read-write, read-only, primary, standby and prefer-standby; a ledger needs read-write"}
		}
		return &DSNError{"one of its parameters is not understood; they are those of https://www.postgresql.org/docs/current/libpq-connect.html"}
	}
	named := config.Database
	if isURL {
		_, named, _ = strings.Cut(strings.SplitN(rest, "?", 2)[0], "/")
		if strings.Contains(rest, "dbname=") {
			named = config.Database
		}
	}
	if named == "" {
		return &DSNError{"it names no database: it is written " + dsnForm}
	}
	return nil
}

// nextOf is what to do about what a server says to somebody who wants to open a ledger, by its code
// (https://www.postgresql.org/docs/current/errcodes-appendix.html); empty: nobody knows.
func nextOf(code string) string {
	return map[string]string{
		"28P01": "check the user and the password",
		"28000": "check the user, and what pg_hba.conf of the server allows it",
		"3D000": "make the database: CREATE DATABASE pawl OWNER pawl",
		"3F000": "make the schema that search_path names: CREATE SCHEMA pawl AUTHORIZATION pawl",
		"42501": "let the user make tables there: ALTER DATABASE pawl OWNER TO pawl",
		"25006": "this is a server that can only be read, a standby perhaps: name the other one, or several and target_session_attrs=read-write",
		"53300": "Pawl uses up to 13 connections for each of its processes: raise max_connections, or put fewer things on that server",
	}[code]
}

// explained adds the next step to what a server says to somebody who wants to open a ledger, or to its silence.
func explained(err error) error {
	var said *pgconn.PgError
	switch {
	case !errors.As(err, &said):
		return unseen(err)
	case nextOf(said.Code) == "":
		return err
	}
	return fmt.Errorf("%w: %s", err, nextOf(said.Code))
}

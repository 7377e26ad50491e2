package ledger

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pawl-ops/pawl/job"
)

// Seen is how a database stands that a ledger is in, or is going to be.
type Seen struct {
	Where  string // for people: `the database "pawl" at db.acme.test:5432`
	Server string // its version: "16.4"
	Who    string // the role that it let in
	// Schema is the number of the last migration that was done there, 0 before the first start; Know that of the last one
	// this Pawl knows.
	Schema, Know int64
	Loses        bool // what was confirmed may be lost when the server crashes: synchronous_commit or fsync is off
}

// LookError says what keeps a database from being a ledger, and what to do about it.
type LookError struct {
	Says string // a phrase
	Mend string // a sentence; empty: Says says it all
	Err  error
}

func (e *LookError) Error() string {
	if e.Mend == "" {
		return e.Says
	}
	return e.Says + ": " + e.Mend
}

// Unwrap gives the cause.
func (e *LookError) Unwrap() error { return e.Err }

// Look looks at the database of a DSN as Connect takes it, over one connection, and changes nothing: no table is made and
// none is brought up to date. The error is a *DSNError, a *LookError or a *NewerError; none shows the password. What was
// found before an error is in the answer.
func Look(ctx context.Context, dsn job.Secret) (Seen, error) {
	config, err := parse(dsn)
	if err != nil {
		return Seen{}, err
	}
	at := database{config: config}
	s := Seen{Where: at.String()}
	if s.Know, err = newest(); err != nil {
		return s, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return s, unseen(err)
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ending)
	}()
	return s, s.look(ctx, conn)
}

// newest is the number of the last migration this Pawl knows.
func newest() (last int64, err error) {
	files, err := postgres.ReadDir("postgres")
	for _, f := range files {
		var n int64
		if _, err := fmt.Sscanf(f.Name(), "%d_", &n); err == nil {
			last = max(last, n)
		}
	}
	return last, err
}

func (s *Seen) look(ctx context.Context, conn *pgx.Conn) error {
	var schema string
	var readOnly, made, mayMake, mayWrite, owns bool
	err := conn.QueryRow(ctx, `SELECT current_setting('server_version'), current_user::text, coalesce(current_schema()::text, ''),
			current_setting('transaction_read_only')::bool, current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off',
			to_regclass('`+versionTable+`') IS NOT NULL AND to_regclass('entry') IS NOT NULL,
			coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`).
		Scan(&s.Server, &s.Who, &schema, &readOnly, &s.Loses, &made, &mayMake)
	if err != nil {
		return unseen(err)
	}
	s.Server, _, _ = strings.Cut(s.Server, " ") // "16.4 (Debian 16.4-1.pgdg120+1)"
	switch {
	case readOnly:
		return unseen(&pgconn.PgError{Code: "25006", Message: "it can only be read"})
	case schema == "":
		return unseen(&pgconn.PgError{Code: "3F000", Message: "there is no schema for its tables"})
	case !made && !mayMake:
		return unseen(&pgconn.PgError{Code: "42501", Message: s.Who + " may make no tables in it"})
	case !made:
		return nil
	}
	err = conn.QueryRow(ctx, `SELECT has_table_privilege('`+versionTable+`', 'SELECT') AND has_table_privilege('entry', 'SELECT') AND has_table_privilege('entry', 'INSERT'),
			(SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('entry'))`).Scan(&mayWrite, &owns)
	strangers := &LookError{Says: "its tables belong to another role, and " + s.Who + " may not use them", Mend: "Log in as the role that made them, or give them to this one with REASSIGN OWNED."}
	switch {
	case err != nil:
		return unseen(err)
	case !mayWrite:
		return strangers
	}
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&s.Schema)
	switch {
	case err != nil:
		return unseen(err)
	case s.Schema > s.Know:
		return &NewerError{Path: "in " + s.Where, Schema: s.Schema, Know: s.Know}
	case s.Schema < s.Know && !owns:
		return strangers
	}
	return nil
}

// unseen says why a server cannot be asked, or refuses.
func unseen(err error) *LookError {
	e := &LookError{Says: err.Error(), Err: err}
	var said *pgconn.PgError
	var name *net.DNSError
	var dial *net.OpError
	var authority x509.UnknownAuthorityError
	var other x509.HostnameError
	switch {
	case errors.As(err, &said):
		e.Says = said.Message
		if next := nextOf(said.Code); next != "" {
			e.Mend = strings.ToUpper(next[:1]) + next[1:] + "."
		}
	case errors.As(err, &name):
		e.Says, e.Mend = "there is no machine called "+name.Name, "Is its name written like this?"
	case errors.As(err, &authority), errors.As(err, &other):
		e.Says, e.Mend = "its certificate is not trusted", "sslrootcert names the file of the authority it is from, and sslmode=verify-full wants the name in it to be that of the host."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &dial) && dial.Timeout():
		e.Says, e.Mend = "it does not answer in time", reachable
	case errors.As(err, &dial):
		e.Says, e.Mend = "it does not answer: "+dial.Err.Error(), reachable
	case strings.Contains(err.Error(), "server refused TLS"):
		e.Says, e.Mend = "it speaks no TLS, and sslmode asks for it", "Switch TLS on there, or say sslmode=disable where the network between is your own."
	}
	return e
}

const reachable = "Is the address right, is the server up and does it listen there, and does a firewall let this machine through?"

package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/pawl-ops/pawl/job"
)

//go:embed postgres/*.sql
var postgres embed.FS

const (
	// versionTable is where the migrations of the ledger are counted: a database may hold the tables of others, too.
	versionTable = "ledger_version"
	// commitWithin bounds one commit, as busy_timeout does for a file. A network that swallows everything must not keep the
	// writer for the many minutes until the kernel gives up.
	commitWithin = 10 * time.Second
	// connectWithin bounds one connection, unless the DSN says connect_timeout.
	connectWithin = 5 * time.Second
	// idleTrust is how long a connection is used again without a question whether it still works.
	idleTrust = 100 * time.Millisecond
	// turnWithin and migrateWithin end what holds others up, when whoever holds it has fallen silent.
	turnWithin, migrateWithin = "2min", "10min"
	// turnsAtOnce bounds how many connections wait for a turn. The others wait for one of these.
	turnsAtOnce = 8
)

// Connect opens the ledger in the PostgreSQL database of a DSN, postgres://user:password@host:5432/database or
// "host=... dbname=...", with the parameters of libpq (https://www.postgresql.org/docs/current/libpq-connect.html):
// sslmode, sslrootcert, target_session_attrs, search_path for a schema that is not the default. It makes the tables when
// they are missing and brings them up to date; several processes may do so at once. It returns a *DSNError when the DSN is
// not understood, and a *NewerError when a newer Pawl made the tables. ctx bounds the opening alone. No error shows the
// password.
//
// The server may go away and come back afterwards: what is asked meanwhile is a *DownError, and what is asked then works.
func Connect(ctx context.Context, dsn job.Secret) (*Ledger, error) {
	config, err := parse(dsn)
	if err != nil {
		return nil, err
	}
	d := database{config: config, turns: pool(config, turnsAtOnce)}
	write, read := pool(config, 1), pool(config, 4)
	if err := d.migrate(ctx, write); err != nil {
		err = errors.Join(err, d.close(), read.Close(), write.Close())
		var newer *NewerError
		if errors.As(err, &newer) {
			return nil, newer
		}
		return nil, fmt.Errorf("opening the ledger in %s: %w", d, explained(err))
	}
	return begin(d, write, read), nil
}

// parse reads a DSN.
func parse(dsn job.Secret) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn.Reveal())
	if err := misread(dsn, config, err); err != nil {
		return nil, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
		dialer := &net.Dialer{Timeout: connectWithin, KeepAlive: 30 * time.Second}
		config.DialFunc = dialer.DialContext
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pawl ledger"
	}
	config.RuntimeParams["client_encoding"] = "UTF8"
	// No prepared statements: connection poolers lose them.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return config, nil
}

func pool(config *pgx.ConnConfig, most int) *sql.DB {
	db := stdlib.OpenDB(*config, stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
		return p.IdleDuration > idleTrust
	}))
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// database is a ledger in PostgreSQL.
type database struct {
	config *pgx.ConnConfig
	turns  *sql.DB // one connection for each turn that is had or waited for
}

func (d database) String() string {
	at := d.config.Host
	if !strings.HasPrefix(at, "/") { // a folder with a socket
		at = net.JoinHostPort(at, strconv.Itoa(int(d.config.Port)))
	}
	return fmt.Sprintf("the database %q at %s", d.config.Database, at)
}

func (d database) close() error { return d.turns.Close() }

// bind numbers the placeholders: ?1 is $1, and a ? without a number is the next one.
func (d database) bind(statement string) string {
	var b strings.Builder
	next := 1
	for i := range len(statement) {
		c := statement[i]
		if c != '?' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('$')
		if i+1 == len(statement) || statement[i+1] < '0' || statement[i+1] > '9' {
			b.WriteString(strconv.Itoa(next))
			next++
		}
	}
	return b.String()
}

// state reads the JSON of an outcome. What a script printed may hold a zero, which JSON writes as \u0000 and PostgreSQL
// does not read (https://www.postgresql.org/docs/current/datatype-json.html).
func (d database) state() string { return `(replace(data, '\u0000', '\ufffd')::json ->> 'state')` }

// argument replaces what no text of this database can hold, so that the answer is "there is none" and not an error.
func (d database) argument(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

func (d database) committing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), commitWithin)
}

// undone reports whether the server itself said that it did not do it. Where the answer is lost, or the server ended the
// connection, the commit may have taken place.
func (d database) undone(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.SeverityUnlocalized == "ERROR"
}

// broken reports whether it was the connection that failed, and not the statement.
func (d database) broken(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.SeverityUnlocalized == "FATAL" || said.SeverityUnlocalized == "PANIC"
	}
	// A server that cannot be reached is not asked again at once.
	return !errors.As(err, new(*pgconn.ConnectError)) && !errors.Is(err, sql.ErrConnDone)
}

// turn is a lock of the transaction that waits for it (https://www.postgresql.org/docs/current/explicit-locking.html):
// it is given back with the transaction, also through a connection pooler, and when the process dies. A machine that dies
// says nothing, so nobody has a turn for longer than turnWithin. Of a server that crashed nobody has a turn any more; whoever
// had one learns of it when it wants to write.
func (d database) turn(ctx context.Context, name string) (done func(), err error) {
	// Not ctx: it bounds the wait, and not what is done with the turn.
	having, over := context.WithCancel(context.WithoutCancel(ctx))
	stopWaiting := context.AfterFunc(ctx, over)
	tx, err := d.turns.BeginTx(having, nil)
	if err != nil && d.broken(err) && ctx.Err() == nil {
		tx, err = d.turns.BeginTx(having, nil)
	}
	if err != nil {
		stopWaiting()
		over()
		return nil, errors.Join(ctx.Err(), err)
	}
	_, err = tx.ExecContext(having, `SELECT set_config('idle_in_transaction_session_timeout', $1, true), pg_advisory_xact_lock('entry'::regclass::integer, $2)`, turnWithin, hash(name))
	if !stopWaiting() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		over()
		_ = tx.Rollback()
		return nil, err
	}
	return func() { _ = tx.Rollback(); over() }, nil
}

func hash(name string) int32 {
	h := fnv.New32a()
	_, _ = io.WriteString(h, name)
	return int32(h.Sum32())
}

// migrate brings the tables up to date. Processes that start together take turns: the lock is of a transaction that stays
// open meanwhile, on a connection of its own.
func (d database) migrate(ctx context.Context, db *sql.DB) error {
	tx, err := d.turns.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `SELECT set_config('idle_in_transaction_session_timeout', $1, true), pg_advisory_xact_lock(1885435756, 0)`, migrateWithin); err != nil {
		return err
	}
	return migrate(ctx, d.String(), db, goose.DialectPostgres, postgres, "postgres", goose.WithTableName(versionTable))
}

package tables

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/pawl-ops/pawl/job"
)

// session is what every connection of ours begins with. A commit of a page does not wait for the disk: page and position
// are lost together or not at all; Begin and Publish do wait. A transaction whose client fell silent is ended after 30 s,
// and a lock that is not had within the given milliseconds is an error. What Publish sorts gets 64 MB, and no time goes
// into compiling what runs once.
const session = `SET work_mem = '64MB'; SET jit = off;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = 0; SET synchronous_commit = off;
SET idle_in_transaction_session_timeout = '30s'; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
SET lock_timeout = `

// applicationName is what a database's own people see of us in pg_stat_activity: "pawl 4f0c... deals".
func applicationName(holder, sync string) string {
	name := "pawl " + holder + " " + strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?' // as PostgreSQL itself would do
		}
		return r
	}, sync)
	return name[:min(len(name), longestName)]
}

func configure(dsn job.Secret, application string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = application
	config.RuntimeParams["client_encoding"] = "UTF8"
	// No prepared statements: they are not worth a round trip here, and connection poolers lose them.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	// A cancelled context ends the statement on the server, and not only our waiting for it.
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 3 * time.Second}
	}
	return config, nil
}

// dial makes one connection.
func (t *Table) dial(ctx context.Context) (*pgx.Conn, error) {
	if t.config.ConnectTimeout == 0 {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		ctx = limited
	}
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, session+milliseconds(t.lockWait), pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// connect replaces a connection that is gone.
func (t *Table) connect(ctx context.Context) error {
	conn, err := t.dial(ctx)
	if err != nil {
		return t.fault(ctx, "connecting to the database of "+t.sync.Name, err)
	}
	t.conn = conn
	return nil
}

// ready makes sure of a connection. A new one also means that the server may have crashed in between, so what is staged
// is counted again.
func (t *Table) ready(ctx context.Context) error {
	if t.conn != nil && !t.conn.IsClosed() {
		return nil
	}
	if err := t.connect(ctx); err != nil {
		return err
	}
	if t.staging == "" {
		return nil
	}
	const doing = "counting what is staged"
	found, err := t.entries(ctx, t.conn, "run = $2", t.run)
	if err != nil || len(found) == 0 || found[0].state != open || found[0].holder != t.holder {
		return t.fault(ctx, doing, err) // without an error: whoever wants to write finds out that it is not its turn
	}
	whole, err := t.whole(ctx, t.conn)
	if err == nil && !whole {
		return t.emptied()
	}
	return t.fault(ctx, doing, err)
}

// explained finds out whether what went wrong is that somebody has taken over: who does so ends our connection, and may
// have dropped our staging already.
func (t *Table) explained(ctx context.Context, err error) error {
	if err == nil || t.run == "" || errors.Is(err, job.ErrTakenOver) || ctx.Err() != nil {
		return err
	}
	conn := t.conn
	if conn.IsClosed() {
		// Only to ask: whoever goes on counts what is staged first, see ready.
		asking, problem := t.dial(ctx)
		if problem != nil {
			return err
		}
		defer func() { _ = asking.Close(ctx) }()
		conn = asking
	}
	found, problem := t.entries(ctx, conn, "run = $2", t.run)
	if problem == nil && (len(found) == 0 || found[0].holder != t.holder || found[0].state == overtaken || found[0].state == abandoned) {
		return job.ErrTakenOver
	}
	return err
}

// transact runs f in a transaction and commits it, unless f has an error.
func (t *Table) transact(ctx context.Context, f func(tx pgx.Tx) error) error {
	return t.transactWith(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, f)
}

func (t *Table) transactWith(ctx context.Context, o pgx.TxOptions, f func(tx pgx.Tx) error) error {
	tx, err := t.conn.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		// Also when ctx is over: a transaction left open keeps its locks.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // a connection that is gone has rolled back already
		return err
	}
	return tx.Commit(ctx)
}

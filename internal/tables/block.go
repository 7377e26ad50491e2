package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// patiently runs f, which may have to wait for locks. When it waits for long, a second connection looks who holds what it
// waits for, so that the fault can say so: afterwards nobody waits any more, and PostgreSQL does not tell.
func (t *Table) patiently(ctx context.Context, f func() error) error {
	watching, stop := context.WithCancel(ctx)
	seen := make(chan string, 1)
	go func() { seen <- t.watch(watching, t.conn.PgConn().PID()) }()
	err := f()
	stop()
	who := <-seen
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || answer.Code != "55P03" {
		return err
	}
	if who == "" {
		who = "something"
	}
	return t.ours(false, fmt.Sprintf("%s is kept locked by %s: nothing could be written for %s. Nothing was changed.", t.sync.To.Table, who, t.lockWait),
		&cleanError{doing: "waiting for a lock", text: answer.Message})
}

// watch gives whom a backend waited for last, as a list for people; empty if it never waited for long.
func (t *Table) watch(ctx context.Context, pid uint32) string {
	wait := time.NewTimer(t.lockWait / 4)
	defer wait.Stop()
	var conn *pgx.Conn
	last := ""
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
				defer cancel()
				_ = conn.Close(ctx) // it only read
			}
			return last
		case <-wait.C:
		}
		if conn == nil {
			var err error
			if conn, err = t.dial(ctx); err != nil {
				return last // then nobody can be named
			}
		}
		if who, err := blockers(ctx, conn, pid); err == nil && who != "" {
			last = who
		}
		wait.Reset(t.lockWait / 8)
	}
}

// blockers are those whom a backend waits for: https://www.postgresql.org/docs/current/functions-info.html
func blockers(ctx context.Context, q querier, pid uint32) (string, error) {
	rows, err := q.Query(ctx, `SELECT pid, coalesce(usename, '')::text, coalesce(application_name, ''), xact_start
		FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1)) ORDER BY pid`, int32(pid))
	if err != nil {
		return "", err
	}
	var who []string
	var process int32
	var role, program string
	var since *time.Time
	_, err = pgx.ForEachRow(rows, []any{&process, &role, &program, &since}, func() error {
		one := fmt.Sprintf("process %d of %s", process, role)
		if program != "" {
			one += " (" + program + ")"
		}
		if since != nil { // only seen by those with the right to
			one += " since " + since.UTC().Format("15:04:05") + " UTC"
		}
		who = append(who, one)
		return nil
	})
	return strings.Join(who, " and "), err
}

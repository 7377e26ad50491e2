package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/internal/secrets"
	"github.com/pawl-ops/pawl/job"
)

// sqliteHeader is how every SQLite database begins: https://www.sqlite.org/fileformat.html#magic_header_string
const sqliteHeader = "SQLite format 3\x00"

// ledgerCheck looks at the ledger, wherever PAWL_LEDGER says it is.
func (h *house) ledgerCheck() live.Check {
	return live.Check{Area: inMachine, What: "ledger", Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
		dsn, warning, err := secrets.Find(os.LookupEnv, ledgerEnv)
		switch {
		case err != nil:
			return one(inMachine, "ledger", live.Mend, err.Error(), "")
		case dsn.Empty():
			return h.ledgerInFile()
		}
		all := ledgerInDatabase(ctx, dsn)
		if warning != "" {
			all = append(all, one(inMachine, "ledger", live.Note, warning, "")...)
		}
		return all
	}}
}

// ledgerInFile says whether the ledger is there, and is one.
func (h *house) ledgerInFile() []live.Finding {
	path := h.file(ledgerFile)
	say := func(state live.State, says, mend string) []live.Finding {
		return one(inMachine, "ledger", state, says, mend)
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return say(live.OK, path+", made at the first start", "")
	case err != nil:
		return say(live.Mend, err.Error(), "Run it as the user who runs pawl up.")
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(sqliteHeader))
	if n, err := io.ReadFull(f, head); n > 0 && (err != nil || string(head) != sqliteHeader) {
		return say(live.Mend, path+" is no SQLite database", "Bring it back from a backup, or move it away: what is in it is then lost.")
	}
	return say(live.OK, path, "")
}

// ledgerInDatabase says whether PostgreSQL lets us in, and has our tables or lets us make them.
func ledgerInDatabase(ctx context.Context, dsn job.Secret) []live.Finding {
	say := func(state live.State, says, mend string) []live.Finding {
		return one(inMachine, "ledger", state, says, mend)
	}
	s, err := ledger.Look(ctx, dsn)
	var mistake *ledger.DSNError
	var trouble *ledger.LookError
	switch {
	case errors.As(err, &mistake):
		return say(live.Mend, ledgerEnv+": "+mistake.Says, "docs/ledger.md has examples.")
	case errors.As(err, &trouble):
		return say(live.Mend, s.Where+": "+trouble.Says, trouble.Mend)
	case err != nil: // a newer Pawl wrote it
		return say(live.Mend, err.Error(), "")
	}
	says := fmt.Sprintf("%s, PostgreSQL %s, as %s", s.Where, s.Server, s.Who)
	switch {
	case s.Schema == 0:
		says += "; its tables are made at the first start"
	case s.Schema < s.Know:
		says += "; its tables are of an older Pawl, and brought up to date at the next start"
	}
	all := say(live.OK, says, "")
	if s.Loses {
		all = append(all, say(live.Note, "the server does not wait for its disk: what was confirmed may be lost when it crashes", "Switch synchronous_commit and fsync on there.")...)
	}
	return all
}

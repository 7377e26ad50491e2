package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"github.com/pawl-ops/pawl/internal/backup"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/secrets"
	"github.com/pawl-ops/pawl/job"
)

const (
	ledgerFile = "ledger.db"
	// ledgerEnv names the variable that says where the ledger is, when it is not in the data directory. With "_FILE" it
	// names a file that says so.
	ledgerEnv = "PAWL_LEDGER"
)

// ledgerDSN is the PostgreSQL database of the ledger; empty: it is a file in the data directory.
func ledgerDSN(log zerolog.Logger) (job.Secret, error) {
	dsn, warning, err := secrets.Find(os.LookupEnv, ledgerEnv)
	if warning != "" {
		log.Warn().Msg(warning)
	}
	return dsn, err
}

// openLedger opens the ledger of a data directory, wherever it is.
func openLedger(ctx context.Context, data string, log zerolog.Logger) (*ledger.Ledger, error) {
	dsn, err := ledgerDSN(log)
	if err != nil {
		return nil, err
	}
	if dsn.Empty() {
		if mark, err := backup.Paused(data); err == nil && mark.Holds() && !there(data) {
			return nil, fmt.Errorf("the backup that %s came out of has no ledger, because that is in PostgreSQL: set %s; a new one would know nothing of what was open", data, ledgerEnv)
		}
		return ledger.Open(ctx, filepath.Join(data, ledgerFile))
	}
	l, err := ledger.Connect(ctx, dsn)
	var mistake *ledger.DSNError
	if errors.As(err, &mistake) {
		return nil, fmt.Errorf("%s: %s", ledgerEnv, mistake.Says)
	}
	return l, err
}

// existingLedger opens a ledger that must be there: a command that only reads makes none.
func existingLedger(ctx context.Context, data string) (*ledger.Ledger, error) {
	dsn, err := ledgerDSN(zerolog.Nop())
	if err != nil {
		return nil, err
	}
	if dsn.Empty() && !there(data) {
		return nil, fmt.Errorf("there is no ledger in %s: give the data directory of `pawl up` with --data (the demo's is .pawl/pawl), or %s when the ledger is in PostgreSQL", data, ledgerEnv)
	}
	return openLedger(ctx, data, zerolog.Nop())
}

// there reports whether a data directory has a ledger.
func there(data string) bool {
	_, err := os.Stat(filepath.Join(data, ledgerFile))
	return !errors.Is(err, os.ErrNotExist)
}

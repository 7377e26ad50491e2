//go:build !slim

package engine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"

	"github.com/google/uuid"
	enumsspb "go.temporal.io/server/api/enums/v1"
)

// busyRuns reads from the main store the open runs of our namespace that have
// activities which have not ended, over a read-only connection of its own that
// does not wait for the server's writer. Runs that wait for people or for
// their turn have none. The tables are those of the stamped engine version.
func (e *embedded) busyRuns(ctx context.Context) (_ []execution, err error) {
	db, err := sql.Open("sqlite", "file:"+fileURI(filepath.Join(e.dir, mainFile))+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, fmt.Errorf("opening the main store: %w", err)
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `
		SELECT c.workflow_id, c.run_id
		FROM current_executions c JOIN namespaces n ON n.id = c.namespace_id
		WHERE n.name = ? AND c.state IN (?, ?) AND EXISTS (
			SELECT 1 FROM activity_info_maps a
			WHERE a.shard_id = c.shard_id AND a.namespace_id = c.namespace_id
				AND a.workflow_id = c.workflow_id AND a.run_id = c.run_id)`,
		e.namespace,
		int(enumsspb.WORKFLOW_EXECUTION_STATE_CREATED), int(enumsspb.WORKFLOW_EXECUTION_STATE_RUNNING))
	if err != nil {
		return nil, fmt.Errorf("reading the open runs: %w", err)
	}
	defer rows.Close()
	var open []execution
	for rows.Next() {
		var x execution
		var run []byte
		if err := rows.Scan(&x.workflowID, &run); err != nil {
			return nil, fmt.Errorf("reading the open runs: %w", err)
		}
		id, err := uuid.FromBytes(run)
		if err != nil {
			return nil, fmt.Errorf("reading the run id of %s: %w", x.workflowID, err)
		}
		x.runID = id.String()
		open = append(open, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the open runs: %w", err)
	}
	return open, nil
}

package tables

import "context"

// Ready looks whether the live table could take the rows of this sync, and changes nothing; there says whether it is there
// already, because Publish makes it. The error is a *job.Fault that names every mistake.
func (t *Table) Ready(ctx context.Context) (there bool, err error) {
	if err := t.ready(ctx); err != nil {
		return false, err
	}
	_, there, err = t.fit(ctx, t.conn)
	return there, t.fault(ctx, "looking at "+t.sync.To.Table, err)
}

package syncs_test

import pawl "github.com/pawl-ops/pawl/internal/board"

// board is a line as a terminal shows it.
func board(line string) string { return pawl.PlainText(line) }

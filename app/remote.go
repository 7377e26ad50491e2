package app

import "github.com/pawl-ops/pawl/internal/sshrun"

// remote is the runner as activities want it.
type remote struct{ *sshrun.Runner }

// Permanent reports whether only a person can mend it: see [sshrun.Permanent].
func (remote) Permanent(err error) bool { return sshrun.Permanent(err) }

package app

import (
	"strings"

	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
)

// remote is the runner as activities want it.
type remote struct{ *sshrun.Runner }

// Permanent reports whether only a person can mend it: see [sshrun.Permanent].
func (remote) Permanent(err error) bool { return sshrun.Permanent(err) }

// mask hides our own secrets in what scripts write, should one of them get hold of it.
func mask(secrets ...job.Secret) func(string) string {
	var pairs []string
	for _, s := range secrets {
		if len(s.Reveal()) >= 8 { // a shorter one would blot out ordinary words
			pairs = append(pairs, s.Reveal(), "<secret>")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

package app

import (
	"errors"
	"strings"

	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
)

// remote is the runner as activities want it.
type remote struct{ *sshrun.Runner }

// Permanent reports whether only a person can mend it: a host that is not the one we know, a key it does not take, a
// directory that belongs to another script, a file that is not there.
func (remote) Permanent(err error) bool {
	var key *sshrun.HostKeyError
	var login *sshrun.LoginError
	var host *sshrun.HostError
	var file *sshrun.FileError
	return errors.As(err, &key) || errors.As(err, &login) || errors.As(err, &host) || errors.As(err, &file)
}

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

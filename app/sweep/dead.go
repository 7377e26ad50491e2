package sweep

import (
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/lives"
)

// RoleBridge is what the name of a life of a bridge begins with.
const RoleBridge = "slackbridge"

// unborn is the age at which a life that was never begun never will be: its process died in between.
const unborn = time.Minute

// bury takes away the marks of bridges that died, and of processes that died before they had one. Workers are not ours:
// the process with the engine buries them, after it took up what they did.
func (s *Sweeper) bury() error {
	all, err := lives.All(s.Lives)
	if err != nil {
		return err
	}
	errs := []error{lives.Tidy(s.Lives, unborn)}
	for _, o := range all {
		if isBridge(o) && !o.Alive {
			errs = append(errs, lives.Bury(s.Lives, o.Name))
		}
	}
	return errors.Join(errs...)
}

func isBridge(o lives.Other) bool { return lives.RoleOf(o.Name) == RoleBridge }

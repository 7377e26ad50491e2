package sshrun

import (
	"errors"
	"fmt"
	"strings"
)

// UnreachableError says that a host did not answer for as long as Options.GiveUp allows. What was asked of it may or
// may not have happened: every call of a [Runner] may be repeated.
type UnreachableError struct {
	Host string // as people call it
	Err  error  // the last cause
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("reaching host %q: %v", e.Host, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// HostKeyError says that a host did not prove to be the one we know. It is never tried again by itself.
type HostKeyError struct {
	Host    string
	Address string // as it would stand in known_hosts
	Changed bool   // another key is on file; otherwise none is
	Err     error
}

func (e *HostKeyError) Error() string {
	if e.Changed {
		return fmt.Sprintf("checking the host key of %q (%s): it is not the one in known_hosts: %v", e.Host, e.Address, e.Err)
	}
	return fmt.Sprintf("checking the host key of %q (%s): it is not in known_hosts: %v", e.Host, e.Address, e.Err)
}

func (e *HostKeyError) Unwrap() error { return e.Err }

// LoginError says that a host accepts none of our keys, or that we have none. It is never tried again by itself.
type LoginError struct {
	Host string
	User string
	Err  error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("logging in to host %q as %q: %v", e.Host, e.User, e.Err)
}

func (e *LoginError) Unwrap() error { return e.Err }

// MismatchError says that the process's directory was claimed for something else: another script, other arguments or
// another host. Attaching to it would report somebody else's work.
type MismatchError struct {
	Host string
	Dir  string // the name of the directory
	Want string // the Sum we came with
	Have string // the Sum it was claimed for
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("attaching to %q on host %q: it was claimed for another script (%.12s, not %.12s)", e.Dir, e.Host, e.Have, e.Want)
}

// StillRunningError says that processes outlived KILL, or are not ours to kill: the stop is not confirmed.
type StillRunningError struct {
	Host string
	Dir  string
	PIDs []string
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("stopping %q on host %q: still running: pid %s", e.Dir, e.Host, strings.Join(e.PIDs, ", "))
}

// NotStartedError says that the launched shell did not come as far as its script, and that this is proven: starting
// again is safe.
type NotStartedError struct {
	Host string
	Dir  string
}

func (e *NotStartedError) Error() string {
	return fmt.Sprintf("starting %q on host %q: the shell did not come up in time; nothing was run", e.Dir, e.Host)
}

// HostError says that the host answered, but could not do its part: a full disk, a missing tool.
type HostError struct {
	Host   string
	Doing  string // what the host was doing, in its own words
	Detail string // what its shell printed, cleaned, masked and cut
}

func (e *HostError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("host %q: %s", e.Host, e.Doing)
	}
	return fmt.Sprintf("host %q: %s: %s", e.Host, e.Doing, e.Detail)
}

// Permanent reports whether only a person can mend what an error says, so that asking again by itself never helps: a
// host that is not the one we know, that lets us in with none of our keys or cannot do its part, a directory that
// belongs to another script, a file that is not there.
func Permanent(err error) bool {
	return errors.As(err, new(*HostKeyError)) || errors.As(err, new(*LoginError)) || errors.As(err, new(*HostError)) ||
		errors.As(err, new(*MismatchError)) || errors.As(err, new(*FileError))
}

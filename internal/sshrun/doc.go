// Package sshrun runs scripts on remote hosts so that they outlive everything here: the connection, the process that
// started them, the machine that process ran on.
//
// A script is started detached, once per [job.Process], and from then on only watched. Whoever asks again attaches to
// what is there. On the host every process has a directory, $HOME/.pawl/<Process.Dir()>, that says all there is to know
// about it; remote/common.sh lists what is in it. Its rules:
//
//   - One atomic claim decides. A launched shell may run its script only after it created the symbolic link
//     "claimed.N", which names its pid, its start time and the boot it belongs to. Whoever judges a start that seems to
//     have died creates the same link first; then it is proven that the script never started, and it may be tried
//     again without asking anybody. A shell that was only slow finds the claim taken and leaves.
//   - A pid is alive only with its start time and under the boot it was claimed in. A process that is gone without an
//     exit code is lost: nobody knows what it did, and only a person decides.
//   - The exit code is recorded by renaming a file that exists, which works on a full disk.
//   - Another process cannot touch the same target meanwhile: a lock on targets/<target> is held for as long as the
//     shell, or anything it started, lives. The kernel keeps it, so it can be neither forgotten nor stale.
//   - Directories are never deleted. A Start that comes back after weeks finds the tombstone.
//
// Nothing but the fixed text "exec sh -s" is ever part of a command line: programs, scripts and arguments travel over
// standard input, and a program that arrives cut off does nothing.
//
// Of the host we need sshd, a POSIX shell, the usual small tools, setsid, flock when a script has a target, and a
// Linux /proc. See [Runner] for what may be done, [Options] for the waits.
package sshrun

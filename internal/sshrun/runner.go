package sshrun

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/ssh"

	"github.com/pawl-ops/pawl/job"
)

// Options say how to reach hosts and how long to wait for them. The zero value of every field but KnownHosts has a
// sensible meaning; without KnownHosts no host can be reached.
type Options struct {
	KnownHosts    []string     // files in the format of OpenSSH; read at every connect, so a mended file counts at once
	IdentityFiles []string     // private keys without a passphrase, read at every connect; one that cannot be used is passed over
	Signers       []ssh.Signer // further keys
	AgentSocket   string       // of an ssh-agent, likewise; empty: none

	Poll         time.Duration // between two looks at a running script; 1 s
	StopGrace    time.Duration // between TERM and KILL; 10 s
	StartWithin  time.Duration // how long a launched shell may take to claim its directory; 10 s
	Dial         time.Duration // for connecting, the handshake included; 10 s
	KeepAlive    time.Duration // between two questions whether the link lives; 5 s
	Silence      time.Duration // an unanswered question after which the link counts as cut; 8 s
	Answer       time.Duration // for one answer of a host, a stop's grace excluded; 30 s
	GiveUp       time.Duration // trouble after which Start and Stop report the host as unreachable; 30 s
	RetryAtLeast time.Duration // the first pause before connecting again; 200 ms
	RetryAtMost  time.Duration // the longest pause before connecting again; 5 s

	Sessions int                 // at once on one host's connection; 8 (OpenSSH allows 10)
	LogLimit int64               // bytes of a script's log that are kept; 64 MiB
	Mask     func(string) string // hides secrets in a line before it goes anywhere; nil: nothing is hidden
	Log      zerolog.Logger

	BootIDFile string // on the hosts; /proc/sys/kernel/random/boot_id, other values are for tests
}

func (o Options) withDefaults() Options {
	wait := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	wait(&o.Poll, time.Second)
	wait(&o.StopGrace, 10*time.Second)
	wait(&o.StartWithin, 10*time.Second)
	wait(&o.Dial, 10*time.Second)
	wait(&o.KeepAlive, 5*time.Second)
	wait(&o.Silence, 8*time.Second)
	wait(&o.Answer, 30*time.Second)
	wait(&o.GiveUp, 30*time.Second)
	wait(&o.RetryAtLeast, 200*time.Millisecond)
	wait(&o.RetryAtMost, 5*time.Second)
	if o.Sessions <= 0 {
		o.Sessions = 8
	}
	if o.LogLimit <= 0 {
		o.LogLimit = 64 << 20
	}
	if o.Mask == nil {
		o.Mask = func(s string) string { return s }
	}
	if o.BootIDFile == "" {
		o.BootIDFile = "/proc/sys/kernel/random/boot_id"
	}
	return o
}

// Runner starts, watches and stops scripts on hosts, and reads files there, over one connection each. It is safe for concurrent use, and every
// call may be repeated: a process is started at most once whatever happens in between.
type Runner struct {
	opts   Options
	points string // shell text where tests hold a program still

	mu     sync.Mutex
	links  map[string]*link // by address
	closed bool
	wg     sync.WaitGroup
}

// New returns a Runner. It connects to nobody yet; Close it when done.
func New(o Options) *Runner {
	return &Runner{opts: o.withDefaults(), points: noPoints, links: map[string]*link{}}
}

// Close ends every connection and waits until nothing of the Runner is left. Scripts go on.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	links := r.links
	r.links = map[string]*link{}
	r.mu.Unlock()
	for _, l := range links {
		l.close()
	}
	r.wg.Wait()
}

var errClosed = errors.New("the runner is closed")

func (r *Runner) link(h job.Host) (*link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	l := r.links[h.Address]
	if l == nil {
		l = newLink(h, r.opts, &r.wg)
		r.links[h.Address] = l
	}
	return l, nil
}

// ask sends a program to a host once and returns what it answered. max limits the answer's bytes.
func (r *Runner) ask(ctx context.Context, h job.Host, p program, within time.Duration, limit int64) (answer, error) {
	l, err := r.link(h)
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer within %s", within))
	defer cancel()
	out, errText, err := l.run(ctx, p.text, limit)
	a, ok := parseAnswer(p.nonce, out)
	switch {
	case ok && a.word == "error":
		return answer{}, &HostError{Host: h.Name, Doing: strings.Join(a.rest, " "), Detail: r.shorten(errText)}
	case ok && err == nil:
		return a, nil
	case err == nil || errors.As(err, new(*ssh.ExitError)):
		return answer{}, &HostError{Host: h.Name, Doing: "running our part of the work", Detail: r.shorten(errText)}
	default:
		// Also when an answer came but its end did not: the body may be cut off. Nothing we send minds being sent twice.
		return answer{}, err
	}
}

// persist asks until there is an answer, the context ends, or giveUp has passed without one (0: never). trouble hears
// of every attempt that failed.
func (r *Runner) persist(ctx context.Context, h job.Host, giveUp time.Duration, trouble func(error), ask func() (answer, error)) (answer, error) {
	since := time.Now()
	pause := r.opts.RetryAtLeast
	for {
		a, err := ask()
		if err == nil || final(err) {
			return a, err
		}
		if cause := context.Cause(ctx); cause != nil {
			return answer{}, cause
		}
		if giveUp > 0 && time.Since(since) >= giveUp {
			return answer{}, &UnreachableError{Host: h.Name, Err: err}
		}
		r.opts.Log.Debug().Str("host", h.Name).Err(err).Dur("pause", pause).Msg("host did not answer, trying again")
		if trouble != nil {
			trouble(err)
		}
		if err := sleep(ctx, pause/2+rand.N(pause/2+1)); err != nil {
			return answer{}, err
		}
		pause = min(2*pause, r.opts.RetryAtMost)
	}
}

// final reports whether trying again cannot help.
func final(err error) bool {
	return errors.As(err, new(*HostKeyError)) || errors.As(err, new(*LoginError)) ||
		errors.As(err, new(*HostError)) || errors.Is(err, errClosed)
}

// vars are the variables every program needs for a process.
func (r *Runner) vars(s job.Script, p job.Process) map[string]string {
	return map[string]string{
		"KEY": p.Dir(), "ID": firstWord(p.ID), "SUM": s.Sum(), "BOOT": r.opts.BootIDFile,
		"TARGET": fileName(s.Target),
	}
}

// shorten makes what a shell printed fit for an error text.
func (r *Runner) shorten(text string) string {
	return cut(strings.Join(strings.Fields(r.opts.Mask(clean(text))), " "), 300)
}

// fiftieths is a duration as the programs count it.
func fiftieths(d time.Duration) string {
	return strconv.FormatInt(max(1, int64(d/(20*time.Millisecond))), 10)
}

func firstWord(s string) string {
	if words := strings.Fields(s); len(words) > 0 {
		return words[0]
	}
	return "unknown"
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

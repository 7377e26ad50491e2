package hosttools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// Variables that say how to reach other hosts; -i and -o UserKnownHostsFile= override them.
const (
	EnvIdentity   = "PAWL_SCP_IDENTITY"
	EnvKnownHosts = "PAWL_SCP_KNOWN_HOSTS"
)

const scpUsage = `usage: scp [-q] [-B] [-P port] [-l kilobits] [-i key] [-o option] [[user@]host:]file [[user@]host:]file
`

// transfer is what scp was asked to do. One side is remote.
type transfer struct {
	remote, local string // files
	user, host    string
	port          string
	up            bool // from here to there
	limit         int  // kilobits a second; 0: none
	identity      string
	known         string
	connect       time.Duration // ConnectTimeout
	alive         time.Duration // ServerAliveInterval; 0: never asked
	misses        int           // ServerAliveCountMax
}

// scp copies one file between here and another host, as scp(1) does, writing in place and never more than came: a
// connection that breaks leaves a part of the file and an exit code other than 0.
func scp(ctx context.Context, args, environ []string, stderr io.Writer) int {
	t, err := parseTransfer(args, environ)
	if err != nil {
		fmt.Fprintf(stderr, "scp: %v\n%s", err, scpUsage)
		return 1
	}
	if err := t.run(ctx, stderr); err != nil {
		fmt.Fprintf(stderr, "scp: %v\n", err)
		if errors.As(err, new(*ssh.ExitError)) {
			return 1
		}
		return 255
	}
	return 0
}

func parseTransfer(args, environ []string) (transfer, error) {
	t := transfer{port: "22", connect: 30 * time.Second, misses: 3}
	for _, e := range environ {
		switch name, value, _ := strings.Cut(e, "="); name {
		case EnvIdentity:
			t.identity = value
		case EnvKnownHosts:
			t.known = value
		case "LOGNAME":
			t.user = value
		}
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag := args[0]
		args = args[1:]
		if flag == "--" {
			break
		}
		if flag == "-q" || flag == "-B" {
			continue
		}
		if len(args) == 0 {
			return t, fmt.Errorf("option %s needs an argument", flag)
		}
		if err := t.option(flag, args[0]); err != nil {
			return t, err
		}
		args = args[1:]
	}
	if len(args) != 2 {
		return t, errors.New("exactly one file goes from one place to another")
	}
	from, fromRemote := t.place(args[0])
	to, toRemote := t.place(args[1])
	if fromRemote == toRemote {
		return t, errors.New("exactly one side has to be remote")
	}
	t.up = toRemote
	if t.remote, t.local = from, to; t.up {
		t.remote, t.local = to, from
	}
	return t, nil
}

func (t *transfer) option(flag, value string) (err error) {
	switch flag {
	case "-P":
		t.port = value
	case "-i":
		t.identity = value
	case "-l":
		if t.limit, err = strconv.Atoi(value); err == nil && t.limit <= 0 {
			err = errors.New("it has to be positive")
		}
	case "-o":
		name, setting, _ := strings.Cut(value, "=")
		switch strings.ToLower(name) {
		case "userknownhostsfile":
			t.known = setting
		case "connecttimeout":
			t.connect, err = seconds(setting)
		case "serveraliveinterval":
			t.alive, err = seconds(setting)
		case "serveralivecountmax":
			t.misses, err = strconv.Atoi(setting)
		case "batchmode":
		default:
			err = errors.New("unknown option")
		}
	default:
		err = errors.New("unknown option")
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, value, err)
	}
	return nil
}

func seconds(s string) (time.Duration, error) {
	n, err := strconv.Atoi(s)
	return time.Duration(n) * time.Second, err
}

// place takes [[user@]host:]file apart. A colon after a slash belongs to a file's name; a host that has colons itself
// stands in brackets.
func (t *transfer) place(s string) (file string, remote bool) {
	host, file, found := strings.Cut(s, ":")
	if before, rest, bracket := strings.Cut(s, "["); bracket && (before == "" || strings.HasSuffix(before, "@")) {
		if inside, after, closed := strings.Cut(rest, "]:"); closed {
			host, file, found = before+inside, after, true
		}
	}
	if !found || strings.Contains(host, "/") {
		return s, false
	}
	if name, machine, found := strings.Cut(host, "@"); found {
		t.user, host = name, machine
	}
	t.host = host
	return strings.TrimPrefix(file, "~/"), true
}

func (t *transfer) run(ctx context.Context, stderr io.Writer) error {
	client, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	if t.alive > 0 {
		go t.keepAlive(ctx, client)
	}
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("opening a session on %s: %w", t.host, err)
	}
	session.Stderr = stderr
	quoted := "'" + strings.ReplaceAll(t.remote, "'", `'\''`) + "'"
	if t.up {
		in, err := os.Open(t.local)
		if err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
		session.Stdin = t.slow(ctx, in)
		return session.Run("cat >" + quoted)
	}
	out, err := os.OpenFile(t.local, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666) //nolint:gosec // as scp does it: the umask decides
	if err != nil {
		return err
	}
	from, err := session.StdoutPipe()
	if err == nil {
		err = session.Start("cat <" + quoted)
	}
	if err == nil {
		if _, err = io.Copy(out, t.slow(ctx, from)); err == nil {
			err = session.Wait()
		}
	}
	return errors.Join(err, out.Close())
}

// slow limits a stream to the rate that was asked for.
func (t *transfer) slow(ctx context.Context, r io.Reader) io.Reader {
	if t.limit == 0 {
		return r
	}
	bytes := t.limit * 1000 / 8
	return &slowReader{ctx: ctx, from: r, limit: rate.NewLimiter(rate.Limit(bytes), max(1, bytes/20))}
}

type slowReader struct {
	ctx   context.Context
	from  io.Reader
	limit *rate.Limiter
}

func (s *slowReader) Read(p []byte) (int, error) {
	n, err := s.from.Read(p[:min(len(p), s.limit.Burst())])
	if werr := s.limit.WaitN(s.ctx, n); werr != nil {
		return n, werr
	}
	return n, err
}

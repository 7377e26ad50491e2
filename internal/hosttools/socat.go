package hosttools

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// socatWaits is how long one direction goes on when the other has ended, unless -t says otherwise.
const socatWaits = 500 * time.Millisecond

// longestSocket is how long the path of a socket may be: sun_path of unix(7) has room for 108 bytes.
const longestSocket = 108

// socat connects standard input and output with a socket: socat [-t SECONDS] [-T SECONDS] - UNIX-CONNECT:PATH, and what else
// the two may be called. Everything else of the original is refused in its words.
func socat(args []string, in io.Reader, out, errs io.Writer) int {
	fail := func(format string, what ...any) int {
		fmt.Fprintf(errs, "%s socat[%d] E %s\n", time.Now().Format("2006/01/02 15:04:05"), os.Getpid(), fmt.Sprintf(format, what...))
		return 1
	}
	waits, idle := socatWaits, time.Duration(0)
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		which, text := args[0][:2], args[0][2:]
		if args = args[1:]; which != "-t" && which != "-T" {
			return fail(`unknown option "%s"; use option "-h" for help`, which+text)
		}
		if text == "" && len(args) > 0 {
			text, args = args[0], args[1:]
		}
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fail("invalid number %q of seconds", text)
		}
		d := time.Duration(seconds * float64(time.Second))
		if which == "-t" {
			waits = d
		} else {
			idle = d
		}
	}
	if len(args) != 2 {
		return fail(`exactly 2 addresses required (there are %d); use option "-h" for help`, len(args))
	}
	if name := strings.ToLower(args[0]); name != "-" && name != "stdio" {
		return fail(`unknown device/address "%s"`, args[0])
	}
	path, err := socketOf(args[1])
	if err != nil {
		return fail("%v", err)
	}
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		var why syscall.Errno
		errors.As(err, &why)
		words := why.Error()
		return fail(`connect(, AF=1 "%s", %d): %s`, path, len(path)+2, strings.ToUpper(words[:1])+words[1:])
	}
	defer func() { _ = conn.Close() }()
	carry(conn, in, out, waits, idle)
	return 0
}

// socketOf is the path of a socket in an address.
func socketOf(address string) (string, error) {
	path := address
	if kind, rest, ok := strings.Cut(address, ":"); ok {
		switch strings.ToLower(kind) {
		case "unix-connect", "unix-client", "unix":
			path = rest
		default:
			return "", fmt.Errorf(`unknown device/address "%s"`, kind)
		}
	} else if !strings.Contains(address, "/") {
		return "", fmt.Errorf(`unknown device/address "%s"`, address)
	}
	if len(path) >= longestSocket {
		return "", fmt.Errorf("unix socket address %d characters long, max length is %d", len(path), longestSocket)
	}
	return path, nil
}

// carry moves what is said in both directions. When one side has nothing more to say, the other has a moment to end, too;
// when neither says anything for idle, that is the end as well.
func carry(conn *net.UnixConn, in io.Reader, out io.Writer, waits, idle time.Duration) {
	moved := make(chan struct{}, 1)
	note := func(n int) {
		if n > 0 {
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	}
	heard, said := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		_, _ = io.Copy(out, noting{conn, note})
	}()
	go func() {
		defer close(said)
		_, _ = io.Copy(conn, noting{in, note})
		_ = conn.CloseWrite()
	}()
	var quiet, late <-chan time.Time
	for {
		if idle > 0 {
			quiet = time.After(idle)
		}
		select {
		case <-heard:
			return
		case <-said:
			said, late = nil, time.After(waits)
		case <-moved:
		case <-late:
			return
		case <-quiet:
			return
		}
	}
}

// noting tells how much was read.
type noting struct {
	io.Reader

	note func(int)
}

// Read reads.
func (n noting) Read(p []byte) (int, error) {
	read, err := n.Reader.Read(p)
	n.note(read)
	return read, err
}

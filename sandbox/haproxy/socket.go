package haproxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// longestLine is how many bytes of commands are taken (tune.bufsize).
const longestLine = 16384

// listen makes the admin socket. It is reached through an open directory: its own path may be longer than the 107 bytes
// that the kernel takes, where nobody chose the directory of the world.
func (s *Server) listen() (err error) {
	path := s.path(s.config.Socket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s.dir, err = os.Open(filepath.Dir(path)); err != nil {
		return err
	}
	if runtime.GOOS == "linux" {
		path = fmt.Sprintf("/proc/self/fd/%d/%s", s.dir.Fd(), filepath.Base(path))
	}
	if s.admin, err = net.Listen("unix", path); err != nil {
		_ = s.dir.Close()
		return fmt.Errorf("listening on %s: %w", s.config.Socket, err)
	}
	return os.Chmod(s.path(s.config.Socket), 0o600)
}

func (s *Server) accept() {
	for {
		conn, err := s.admin.Accept()
		if err != nil {
			return // closed
		}
		if !s.keep(conn) {
			continue
		}
		s.wg.Go(func() {
			s.talk(conn)
			s.drop(conn)
		})
	}
}

// talk answers the commands that come together, and ends: nobody is in front of it. Of what does not end with a line feed
// nothing is done.
func (s *Server) talk(conn net.Conn) {
	p := s.now.Load()
	_ = conn.SetDeadline(time.Now().Add(cliWaits))
	var text []byte
	chunk := make([]byte, longestLine)
	for !bytes.Contains(text, []byte("\n")) {
		n, err := conn.Read(chunk)
		text = append(text, chunk[:n]...)
		if err != nil && !errors.Is(err, io.EOF) || len(text) > longestLine {
			return
		}
		if err != nil {
			break
		}
	}
	lines := strings.SplitAfter(string(text), "\n")
	for _, line := range lines[:len(lines)-1] {
		for _, words := range commands(strings.TrimRight(line, "\r\n")) {
			if _, err := io.WriteString(conn, s.answer(p, words)+"\n"); err != nil {
				return
			}
		}
	}
}

// commands are the words of the commands of a line. A semicolon ends a command, and a backslash takes a character as it is.
func commands(line string) (all [][]string) {
	var words []string
	var word strings.Builder
	in := false
	end := func() {
		if in {
			words = append(words, word.String())
		}
		word.Reset()
		in = false
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			in = true
		case c == ' ' || c == '\t':
			end()
		case c == ';':
			end()
			all, words = append(all, words), nil
		default:
			word.WriteByte(c)
			in = true
		}
	}
	end()
	return append(all, words)
}

func (s *Server) keep(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = c.Close()
		return false
	}
	s.conns[c] = true
	return true
}

func (s *Server) drop(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

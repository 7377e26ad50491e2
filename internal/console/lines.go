package console

import (
	"bufio"
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// lines are what a person types, line by line. A nil *lines is nobody.
type lines struct{ ch chan string }

// foreground reports whether what a person types on this terminal is for this process. Whoever reads in the background of a
// shell (`pawl run toy &`) is stopped by the kernel: SIGTTIN, termios(3).
func foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// readLines begins to read. The goroutine lives as long as the process: a read of a terminal cannot be taken back.
func readLines(f *os.File) *lines {
	l := &lines{ch: make(chan string)}
	go func() {
		defer close(l.ch)
		read := bufio.NewScanner(f)
		for read.Scan() {
			l.ch <- read.Text()
		}
	}()
	return l
}

// next waits for a line; false when there is none to come.
func (l *lines) next(ctx context.Context) (string, bool) {
	select {
	case line, ok := <-l.ch:
		return line, ok
	case <-ctx.Done():
		return "", false
	}
}

// typed gives the lines; nil, which gives none, when nobody types.
func (l *lines) typed() <-chan string {
	if l == nil {
		return nil
	}
	return l.ch
}

//go:build !slim

package engine

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/rs/zerolog"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLogger passes the server's warnings and errors on. Its information and
// debugging lines speak of shards and queues, which nobody here operates.
type serverLogger struct {
	to        zerolog.Logger
	phase     *phase
	component string // the part of the server that writes
}

// phase is what the server is doing. Its services are clients of each other:
// those that come up warn that the others do not answer yet, and those that
// go down that the others do not answer any more. Neither means anything, so
// these lines become debugging lines.
type phase struct {
	serving, stopping atomic.Bool
}

func (l serverLogger) Debug(string, ...tag.Tag) {}
func (l serverLogger) Info(string, ...tag.Tag)  {}

func (l serverLogger) Warn(msg string, tags ...tag.Tag) {
	level := zerolog.WarnLevel
	if !l.phase.serving.Load() || l.phase.stopping.Load() || l.expected(msg, tags) {
		level = zerolog.DebugLevel
	}
	write(l.to.WithLevel(level), msg, tags)
}

func (l serverLogger) Error(msg string, tags ...tag.Tag) {
	level := zerolog.ErrorLevel
	if l.phase.stopping.Load() || l.expected(msg, tags) {
		level = zerolog.DebugLevel
	}
	write(l.to.WithLevel(level), msg, tags)
}

// expected reports whether a line tells of something that belongs to an
// ordinary day. After a kill the server goes on pushing cancels to workers of
// the dead process for a while, which nobody hears; the outbound queue carries
// nothing else here. And whoever stops waiting for an answer, as a worker that
// drains does with its polls, leaves a call behind that was cancelled.
func (l serverLogger) expected(msg string, tags []tag.Tag) bool {
	if msg == "No worker polling control queue" {
		return true
	}
	component := l.component
	for _, t := range tags {
		if t.Key() == componentKey {
			component, _ = t.Value().(string)
		}
		if t.Key() == errorKey && strings.HasSuffix(fmt.Sprint(t.Value()), context.Canceled.Error()) {
			return true // the text, because that is all a tag keeps of an error
		}
	}
	return component == "outbound-queue-processor" && msg == "Fail to process task"
}

func (l serverLogger) DPanic(msg string, tags ...tag.Tag) { l.Error(msg, tags...) }

// Panic and Fatal do not return, as the server expects of them. While the
// server is put together launch makes an error of a fatal one; later it ends
// the process, which is safe: it is what a kill does.
func (l serverLogger) Panic(msg string, tags ...tag.Tag) { write(l.to.Panic(), msg, tags) }

func (l serverLogger) Fatal(msg string, tags ...tag.Tag) {
	write(l.to.Error(), msg, tags)
	cause := fatal(msg)
	for _, t := range tags {
		if t.Key() == errorKey {
			cause += fatal(": " + fmt.Sprint(t.Value()))
		}
	}
	panic(cause)
}

// fatal is what the server cannot go on after.
type fatal string

func (f fatal) Error() string { return string(f) }

// With returns a logger that adds the tags to every line.
func (l serverLogger) With(tags ...tag.Tag) log.Logger {
	c := l.to.With()
	for _, t := range tags {
		c = c.Interface(fieldName(t.Key()), printable(t.Value()))
		if t.Key() == componentKey {
			l.component, _ = t.Value().(string)
		}
	}
	l.to = c.Logger()
	return l
}

// The server's tags for the part of it that writes, and for what went wrong.
const (
	componentKey = "component"
	errorKey     = "error"
)

func write(e *zerolog.Event, msg string, tags []tag.Tag) {
	if e == nil {
		return
	}
	for _, t := range tags {
		e.Interface(fieldName(t.Key()), printable(t.Value()))
	}
	e.Msg(msg)
}

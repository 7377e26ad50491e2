//go:build !slim

package engine

import (
	"github.com/rs/zerolog"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLogger passes the server's warnings and errors on. Its information and
// debugging lines speak of shards and queues, which nobody here operates.
type serverLogger struct {
	to zerolog.Logger
}

func (l serverLogger) Debug(string, ...tag.Tag) {}
func (l serverLogger) Info(string, ...tag.Tag)  {}

func (l serverLogger) Warn(msg string, tags ...tag.Tag)   { write(l.to.Warn(), msg, tags) }
func (l serverLogger) Error(msg string, tags ...tag.Tag)  { write(l.to.Error(), msg, tags) }
func (l serverLogger) DPanic(msg string, tags ...tag.Tag) { write(l.to.Error(), msg, tags) }

// Panic and Fatal do not return, as the server expects of them. Dying is safe
// here: it is what a kill does.
func (l serverLogger) Panic(msg string, tags ...tag.Tag) { write(l.to.Panic(), msg, tags) }
func (l serverLogger) Fatal(msg string, tags ...tag.Tag) { write(l.to.Fatal(), msg, tags) }

// With returns a logger that adds the tags to every line.
func (l serverLogger) With(tags ...tag.Tag) log.Logger {
	c := l.to.With()
	for _, t := range tags {
		c = c.Interface(fieldName(t.Key()), printable(t.Value()))
	}
	return serverLogger{c.Logger()}
}

func write(e *zerolog.Event, msg string, tags []tag.Tag) {
	if e == nil {
		return
	}
	for _, t := range tags {
		e.Interface(fieldName(t.Key()), printable(t.Value()))
	}
	e.Msg(msg)
}

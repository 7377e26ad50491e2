package engine

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/rs/zerolog"
	"go.temporal.io/sdk/log"
)

// NewLogger lets the Temporal SDK, and through it workflow.GetLogger and
// activity.GetLogger, write to a zerolog logger. Lines of a run carry its id
// as "run" and the name of its job as "job", as all lines of Pawl do.
func NewLogger(l zerolog.Logger) log.Logger {
	return sdkLogger{l}
}

type sdkLogger struct {
	to zerolog.Logger
}

func (l sdkLogger) Debug(msg string, keyvals ...any) { l.write(l.to.Debug(), msg, keyvals) }
func (l sdkLogger) Info(msg string, keyvals ...any)  { l.write(l.to.Info(), msg, keyvals) }
func (l sdkLogger) Warn(msg string, keyvals ...any)  { l.write(l.to.Warn(), msg, keyvals) }
func (l sdkLogger) Error(msg string, keyvals ...any) { l.write(l.to.Error(), msg, keyvals) }

// With returns a logger that adds the pairs to every line.
func (l sdkLogger) With(keyvals ...any) log.Logger {
	c := l.to.With()
	eachPair(keyvals, func(key string, value any) { c = c.Interface(key, printable(value)) })
	return sdkLogger{c.Logger()}
}

func (l sdkLogger) write(e *zerolog.Event, msg string, keyvals []any) {
	if e == nil {
		return // below the level: do not look at the pairs
	}
	eachPair(keyvals, func(key string, value any) { e.Interface(key, printable(value)) })
	e.Msg(msg)
}

// eachPair tolerates what callers get wrong: a key that is no string, and a
// last key without a value.
func eachPair(keyvals []any, do func(key string, value any)) {
	for i := 0; i < len(keyvals); i += 2 {
		var value any = "(missing)"
		if i+1 < len(keyvals) {
			value = keyvals[i+1]
		}
		do(fieldName(fmt.Sprint(keyvals[i])), value)
	}
}

// fieldName gives the SDK's keys, and the server's, the names Pawl uses.
func fieldName(key string) string {
	switch key {
	case "WorkflowID", "wf-id":
		return "run"
	case "WorkflowType", "wf-type", "wf-type-name":
		return "job"
	case "RunID", "wf-run-id":
		return "execution"
	}
	return snake(key)
}

// snake turns ActivityType, activityType and activity-type into activity_type.
func snake(key string) string {
	var b strings.Builder
	var before rune
	for _, r := range key {
		switch {
		case r == '-' || r == ' ' || r == '.':
			r = '_'
		case unicode.IsUpper(r):
			if unicode.IsLower(before) || unicode.IsDigit(before) {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
			before = 'A'
			b.WriteRune(r)
			continue
		}
		before = r
		b.WriteRune(r)
	}
	return b.String()
}

// printable keeps the text of errors and of values that print themselves,
// which as JSON would be empty or a riddle.
func printable(value any) any {
	switch v := value.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	return value
}

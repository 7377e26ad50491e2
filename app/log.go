package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// newLog writes for people on a terminal, and JSON, a line an event, everywhere else.
func newLog(w *os.File, level string) (zerolog.Logger, error) {
	at, err := zerolog.ParseLevel(level)
	if err != nil {
		return zerolog.Nop(), fmt.Errorf("the log level is one of debug, info, warn, error: %q is not", level)
	}
	var out io.Writer = w
	if info, err := w.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		out = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(out).Level(at).With().Timestamp().Logger(), nil
}

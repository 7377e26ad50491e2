package hosttools

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sqlitedriver "modernc.org/sqlite"
)

// show prints a value as SQLite turns it into text: nothing for NULL, 15 digits for a number with a fraction.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		text := strconv.FormatFloat(v, 'g', 15, 64)
		mantissa, exponent, scientific := strings.Cut(text, "e")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		if scientific {
			return mantissa + "e" + exponent
		}
		return mantissa
	case []byte:
		return string(v)
	case time.Time:
		if v.Hour() == 0 && v.Minute() == 0 && v.Second() == 0 {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.DateTime)
	default:
		return fmt.Sprint(v)
	}
}

// pagesAtOnce is how much a backup copies before it lets writers in, as in the original.
const pagesAtOnce = 100

// backup copies the database into a file while it is in use. A page that is busy is tried again as long as .timeout
// allows.
func (s *sqliteShell) backup(file string) error {
	return s.db.Raw(func(conn any) error {
		source, ok := conn.(interface {
			NewBackup(string) (*sqlitedriver.Backup, error)
		})
		if !ok {
			return errors.New("this driver makes no backups")
		}
		b, err := source.NewBackup(file)
		if err != nil {
			return fmt.Errorf("opening %q: %w", file, err)
		}
		patience := time.Duration(s.timeout) * time.Millisecond
		for more, since := true, time.Now(); more; {
			more, err = b.Step(pagesAtOnce)
			switch {
			case err == nil:
				since = time.Now()
			case !busy(err) || time.Since(since) > patience:
				_ = b.Finish()
				return fmt.Errorf("copying to %q: %w", file, err)
			default:
				more = true
				select {
				case <-s.ctx.Done():
					_ = b.Finish()
					return s.ctx.Err()
				case <-time.After(10 * time.Millisecond):
				}
			}
		}
		return b.Finish()
	})
}

// busy reports SQLITE_BUSY and SQLITE_LOCKED.
func busy(err error) bool { return resultCode(err) == 5 || resultCode(err) == 6 }

// resultCode is SQLite's own number of an error, which the original exits with: https://sqlite.org/rescode.html
func resultCode(err error) int {
	var e *sqlitedriver.Error
	if errors.As(err, &e) && e.Code()&0xff != 0 {
		return e.Code() & 0xff
	}
	return 1
}

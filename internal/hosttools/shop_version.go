package hosttools

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Where an acme-shop has its code, in the directory it is started in: a link to the code of one version, and in there the
// file that says which one. A deploy swaps the link.
const (
	ShopCurrent     = "current"
	ShopVersionFile = "version.json"
)

// Release is one version of the pretend shop's code, and what is wrong with it. The zero of everything but Version is a good
// one.
type Release struct {
	Version string `json:"version"`
	Starts  string `json:"starts,omitempty"` // "no": it ends right after its start
	Health  string `json:"health,omitempty"` // it answers 503 and says this
	Errors  int    `json:"errors,omitempty"` // so many percent of what users ask are answered 500; it says that it is well
	Slow    int    `json:"slow,omitempty"`   // milliseconds longer that users wait; it says that it is well
}

// StartsNo is the value of Release.Starts that makes a version end at once.
const StartsNo = "no"

// ReadRelease reads what code is in a directory.
func ReadRelease(dir string) (r Release, err error) {
	text, err := os.ReadFile(filepath.Join(dir, ShopVersionFile))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && r.Version == "" {
		err = errors.New("it does not say which version it is")
	}
	if err != nil {
		return Release{}, fmt.Errorf("reading the code in %s: %w", dir, err)
	}
	return r, nil
}

// load takes the code that is current now: a process keeps the one it began with.
func (s *shopServer) load() (err error) {
	if s.code, err = ReadRelease(ShopCurrent); err == nil && s.code.Starts == StartsNo {
		err = fmt.Errorf("version %s cannot start: the library libvips.so.42 is missing", s.code.Version)
	}
	return err
}

// users does to what users ask what their version does to them: so many of every hundred fail, evenly spread.
func (s *shopServer) users(next http.HandlerFunc) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		if s.code.Slow > 0 {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Duration(s.code.Slow) * time.Millisecond):
			}
		}
		if share := int64(s.code.Errors); n*share/100 > (n-1)*share/100 {
			writeJSON(w, http.StatusInternalServerError, map[string]any{
				"app": s.App, "environment": s.Environment, "instance": s.Instance, "version": s.code.Version,
				"problem": "the cart cannot be added up",
			})
			return
		}
		next(w, r)
	}
}

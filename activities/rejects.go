package activities

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

const (
	// mostRejects is how many rejected records of a run are kept to be read: more is no help, and each is counted anyway.
	mostRejects = 1000
	rejectsEnd  = ".rejects.jsonl"
	// rejectsOld is when the file of a run that was ended by force is nobody's any more.
	rejectsOld = 30 * 24 * time.Hour
)

// rejects is the file in which the rejected records of one run are kept until they are shown. It is on the worker's
// machine: when another one carries on, those of before are counted and not shown.
type rejects struct {
	file   string
	hide   func(string) string // takes secrets out
	count  int                 // how many are in the file
	loaded bool                // the file holds those up to the position, and no more
}

// keep adds the rejects of the page behind a position. What the file has of later pages is of an attempt that died, and
// goes.
func (r *rejects) keep(staged job.Position, wrong []job.Reject) error {
	if len(wrong) == 0 || r.loaded && r.count >= mostRejects {
		return nil
	}
	if !r.loaded {
		kept, err := r.read()
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(kept, func(k job.Reject) bool { return k.Page > staged.Pages }); i >= 0 {
			kept = kept[:i]
		}
		if err := r.write(os.O_TRUNC, kept); err != nil {
			return err
		}
		r.count, r.loaded = len(kept), true
	}
	wrong = slices.Clone(wrong[:min(len(wrong), mostRejects-r.count)])
	for i := range wrong {
		wrong[i].Why, wrong[i].Begins = r.hide(wrong[i].Why), r.hide(wrong[i].Begins)
	}
	r.count += len(wrong)
	return r.write(os.O_APPEND, wrong)
}

// read gives what the file holds; nothing when there is none.
func (r *rejects) read() (kept []job.Reject, err error) {
	in, err := os.Open(r.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var one job.Reject
		if json.Unmarshal(lines.Bytes(), &one) != nil {
			break // a torn end: it is of a page that was not staged
		}
		kept = append(kept, one)
	}
	return kept, lines.Err()
}

func (r *rejects) write(how int, some []job.Reject) error {
	if err := os.MkdirAll(filepath.Dir(r.file), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(r.file, os.O_WRONLY|os.O_CREATE|how, 0o600)
	if err != nil {
		return err
	}
	lines := bufio.NewWriter(out)
	enc := json.NewEncoder(lines)
	for _, one := range some {
		if err = enc.Encode(one); err != nil {
			break
		}
	}
	return errors.Join(err, lines.Flush(), out.Close())
}

// remove forgets them: the run has ended, or nobody wants it. What does not work is left to tidy.
func (r *rejects) remove() { _ = os.Remove(r.file) }

// tidy removes the files of runs that ended long ago without a word.
func (r *rejects) tidy(now time.Time) {
	all, err := os.ReadDir(filepath.Dir(r.file))
	if err != nil {
		return // there is none yet, or nobody may look
	}
	for _, e := range all {
		info, err := e.Info()
		if err == nil && strings.HasSuffix(e.Name(), rejectsEnd) && now.Sub(info.ModTime()) > rejectsOld {
			_ = os.Remove(filepath.Join(filepath.Dir(r.file), e.Name()))
		}
	}
}

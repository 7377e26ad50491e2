package activities

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/pawl-ops/pawl/job"
)

// mostRejects is how many rejected records of a run are kept to be read: more is no help, and each is counted anyway.
const mostRejects = 1000

// rejects is the file in which the rejected records of one run are kept until they are shown. It is on the worker's
// machine: when another one carries on, those of before are counted and not shown.
type rejects struct{ file string }

// keep adds the rejects of a page. Those of later pages than the last staged one are of an attempt that died, and go.
func (r *rejects) keep(staged job.Position, wrong []job.Reject) error {
	if len(wrong) == 0 {
		return nil
	}
	kept, err := r.read()
	if err != nil {
		return err
	}
	for i, k := range kept {
		if k.Page > staged.Pages {
			kept = kept[:i]
			break
		}
	}
	kept = append(kept, wrong...)
	return r.write(kept[:min(len(kept), mostRejects)])
}

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

func (r *rejects) write(all []job.Reject) error {
	if err := os.MkdirAll(filepath.Dir(r.file), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(r.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	lines := bufio.NewWriter(out)
	enc := json.NewEncoder(lines)
	for _, one := range all {
		if err = enc.Encode(one); err != nil {
			break
		}
	}
	return errors.Join(err, lines.Flush(), out.Close())
}

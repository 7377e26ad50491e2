// Package files writes what a sync fetched into a CSV or JSON Lines file.
//
// Rows come page by page into a staging file beside the target, on the same file system; the target is replaced once, at
// the end, by a rename. Who reads it sees the old file or the new one, whole. Beside deals.csv lies the folder
// .deals.csv.pawl:
//
//	claim.json               which attempt of which run writes, and what the last published run did
//	rows-<holder>            what that attempt has staged
//	position-<holder>.json   how far that is, in pages and in bytes
//	lock                     held for moments, by whoever changes one of these
//
// # Who may write
//
// Every Begin makes a name for its holder, copies what the attempt before it has staged, up to the position and not a byte
// further, into a file of its own, and removes the other's. So a late attempt, stopped anywhere, writes into a file that
// nobody will ever read, and what it would rename is gone: job.ErrTakenOver. A lock alone would not do, because a stopped
// process keeps it. The lock is held while the claim is compared and a position is written, and while the file is
// published; if a process is stopped in just that moment, the next one waits 10 s and then says whose process it is.
//
// # What survives
//
// Rows are on the disk before the position is written. A torn or lost position only means that pages, or all of them, are
// fetched again. Publishing waits for the disk: file, rename, and folder.
//
// # The formats
//
// CSV is RFC 4180: a header, commas, CRLF, quotes where they are needed; UTF-8 without a byte order mark. Nothing is an
// empty field, and an empty text is "". A text that begins with = is written as it came: a spreadsheet may take it for a
// formula, and whoever opens files of strangers with one should know that. JSON Lines is an object a line, with the
// columns in their order, and numbers with the digits they came with.
//
// # What it does not do
//
// A file has no keys: it is replaced as a whole. Open refuses a sync with a key, because finding the last row of each
// would take memory that grows with the data, and merging would mean to read back what people may have edited. For the
// same reason New, Changed, Unchanged and Gone are not counted and stay 0; Before is what the last published run wrote.
package files

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// File is the file of one sync. It is for one goroutine at a time.
type File struct {
	sync     job.Sync
	holder   string
	target   string // the file itself, where a symbolic link leads to
	dir      string // our folder beside it
	kind     string // ".csv" or ".jsonl"
	lockWait time.Duration

	run    string   // empty before Begin
	rows   *os.File // nil before Begin, and when the run is published already
	at     position
	buffer []byte // what is written, kept for its memory
}

// Open finds the file, which need not be there yet, and does nothing to it. Its folder has to be there. The error is a
// *job.Fault of class ours. Close lets go of what Begin opened.
func Open(sync job.Sync) (*File, error) {
	wrong := func(says string) error { return &job.Fault{Class: job.FaultOurs, Final: true, Says: says} }
	path := sync.To.File
	kind := strings.ToLower(filepath.Ext(path))
	switch {
	case !filepath.IsAbs(path):
		return nil, wrong("The sync " + sync.Name + " has to name its file with its whole path, and not " + quoted(path) + ".")
	case kind != ".csv" && kind != ".jsonl":
		return nil, wrong("The file " + path + " of " + sync.Name + " has to end in .csv or .jsonl, which says what it is.")
	case len(sync.To.Key) > 0:
		return nil, wrong("The sync " + sync.Name + " has a key, but a file is always replaced as a whole: take the key away, or write into a table.")
	case len(sync.Columns) == 0:
		return nil, wrong("The sync " + sync.Name + " has no columns.")
	}
	for i, c := range sync.Columns {
		if slices.ContainsFunc(sync.Columns[:i], func(o job.Column) bool { return o.Name == c.Name }) {
			return nil, wrong("The sync " + sync.Name + " has two columns called " + c.Name + ".")
		}
	}
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	f := &File{sync: sync, kind: kind, holder: hex.EncodeToString(random), lockWait: 10 * time.Second}
	// The rename would replace a link itself; people want it to stay.
	f.target = path
	if led, err := filepath.EvalSymlinks(path); err == nil {
		f.target = led
	}
	switch info, err := os.Stat(filepath.Dir(f.target)); {
	case err != nil:
		return nil, f.fault("looking for the folder of "+path, err)
	case !info.IsDir():
		return nil, wrong(filepath.Dir(f.target) + " is no folder: " + sync.Name + " cannot write there.")
	}
	if info, err := os.Stat(f.target); err == nil && !info.Mode().IsRegular() {
		return nil, wrong(path + " is no file: " + sync.Name + " cannot write there.")
	}
	f.dir = filepath.Join(filepath.Dir(f.target), "."+filepath.Base(f.target)+".pawl")
	return f, nil
}

// Close lets go of the staging file. What was written stays.
func (f *File) Close() error {
	if f.rows == nil {
		return nil
	}
	err := f.rows.Close()
	f.rows = nil
	return err
}

func quoted(s string) string { return `"` + s + `"` }

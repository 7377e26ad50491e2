package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

// Bounds of what a page gets.
const (
	mostRows = 500 // at once
	mostText = 300 // characters of a cell; what is longer ends in "…"
	mostCols = 100
)

// table is one CSV file, opened: whoever writes another in its place does not disturb.
type table struct {
	folder  *Folder
	name    string
	file    *os.File
	size    int64
	counted bool // rows is known

	Written time.Time  `json:"written"`
	Rows    int        `json:"rows"` // without the heading
	Columns []string   `json:"columns"`
	From    int        `json:"from"` // 0-based row of the first record
	Records [][]string `json:"records"`
}

// open opens the table of a name. A name that no file can have is fs.ErrNotExist.
func (f *Folder) open(name string) (*table, error) {
	if !names.MatchString(name) {
		return nil, fmt.Errorf("opening table %q: %w", name, os.ErrNotExist)
	}
	file, err := f.root.Open(name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("opening table %s: %w", name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("this is no file")
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("looking at table %s: %w", name, err)
	}
	t := &table{folder: f, name: name, file: file, size: info.Size(), Written: info.ModTime()}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.known[name]; ok && s.at.Equal(t.Written) && s.size == t.size {
		t.Rows, t.counted = s.rows, true
	}
	return t, nil
}

func (t *table) close() { _ = t.file.Close() }

// tag is the name of this edition of the file.
func (t *table) tag() string { return fmt.Sprintf("%x-%x", t.Written.UnixNano(), t.size) }

// read takes some rows, and counts all of them unless that was done.
func (t *table) read(from, count int) error {
	r := csv.NewReader(t.file)
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	heading, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading table %s: %w", t.name, err)
	}
	t.Columns, t.From, t.Records = cells(heading), from, [][]string{}
	rows := 0
	for err == nil && (!t.counted || rows < from+count) {
		var record []string
		if record, err = r.Read(); err != nil {
			break
		}
		if rows >= from && rows < from+count {
			t.Records = append(t.Records, cells(record))
		}
		rows++
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading table %s: %w", t.name, err)
	}
	if !t.counted {
		t.Rows, t.counted = rows, true
		t.folder.mu.Lock()
		t.folder.known[t.name] = state{at: t.Written, size: t.size, rows: rows}
		t.folder.mu.Unlock()
	}
	return nil
}

// cells are texts as a page shows them: bounded. The page makes text of them and nothing else.
func cells(record []string) []string {
	all := append([]string{}, record[:min(len(record), mostCols)]...) // never nil, which is null to the page
	for i, text := range all {
		if len(text) <= mostText {
			continue
		}
		runes := 0
		for at := range text {
			if runes == mostText {
				all[i] = text[:at] + "…"
				break
			}
			runes++
		}
	}
	for i := range all {
		if !utf8.ValidString(all[i]) {
			all[i] = string([]rune(all[i])) // what is no text is shown as a replacement character
		}
	}
	return all
}

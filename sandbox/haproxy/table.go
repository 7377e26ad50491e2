package haproxy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// entry is a line of a map. Its id is an address in memory to HAProxy, and a number to everybody else.
type entry struct {
	id         uint64
	key, value string
}

// table is a map as it is in memory. It may have several entries of one key: the oldest counts.
type table struct {
	mu      sync.Mutex
	entries []entry
	next    uint64
}

// readTable reads a map file. Everything behind the key is the value, whatever it is; only what begins a line is a comment.
func readTable(path string, from uint64) (*table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("failed to open pattern file <%s>: %w", path, err)
	}
	t := &table{next: from}
	for line := range strings.Lines(string(text)) {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.IndexAny(line, " \t")
		if at < 0 {
			at = len(line)
		}
		t.add(line[:at], strings.TrimLeft(line[at:], " \t"))
	}
	return t, nil
}

// add appends an entry, also where there is one of its key.
func (t *table) add(key, value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next += 0x90
	t.entries = append(t.entries, entry{id: t.next, key: key, value: value})
}

// get finds the value of a key.
func (t *table) get(key string) (value string, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return "", false
	}
	return t.entries[i].value, true
}

// set changes all entries that are meant, and reports whether there is one.
func (t *table) set(meant func(entry) bool, value string) (found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.entries {
		if meant(t.entries[i]) {
			t.entries[i].value, found = value, true
		}
	}
	return found
}

// del takes out all entries that are meant, and reports whether there was one.
func (t *table) del(meant func(entry) bool) (found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := len(t.entries)
	t.entries = slices.DeleteFunc(t.entries, meant)
	return len(t.entries) < before
}

// all are the entries, oldest first.
func (t *table) all() []entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.entries)
}

package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

var errGrow = errors.New("say how many deals shall come, from 1 to 10000")

// state is what the deals follow from; the rest is arithmetic.
type state struct {
	Founded time.Time `json:"founded"`
	Grown   []growth  `json:"grown,omitempty"`
}

// growth is deals that were added by hand.
type growth struct {
	At  time.Time `json:"at"`
	New int       `json:"new"`
}

// remember reads the file, or writes the first one.
func (s *Server) remember() error {
	s.state = state{Founded: s.opts.Founded}
	if s.opts.Path == "" {
		return nil
	}
	text, err := os.ReadFile(s.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.save()
	}
	if err != nil {
		return fmt.Errorf("reading what the CRM remembers: %w", err)
	}
	if err := json.Unmarshal(text, &s.state); err != nil {
		return fmt.Errorf("reading what the CRM remembers in %s: %w", s.opts.Path, err)
	}
	return nil
}

// save writes the file so that a crash leaves the old one or the new one.
func (s *Server) save() error {
	if s.opts.Path == "" {
		return nil
	}
	text, err := json.MarshalIndent(s.state, "", "  ")
	if err == nil {
		err = os.WriteFile(s.opts.Path+".new", append(text, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(s.opts.Path+".new", s.opts.Path)
	}
	if err != nil {
		return fmt.Errorf("writing what the CRM remembers: %w", err)
	}
	return nil
}

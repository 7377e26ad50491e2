package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // people's own client

	"github.com/pawl-ops/pawl/internal/scenes"
)

// deed is something a scene can say, and what it does.
type deed struct {
	form *regexp.Regexp
	do   func(s *stage, m []string) error
}

func deeds() []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return append(slices.Concat(deployDeeds(), shopDeeds(), syncDeeds(), buildDeeds()), []deed{
		{form(`pawl: restarts without its engine`), (*stage).engineGone},
		{form(`pawl: restarts with ([a-z_]+: \w+)`), (*stage).setTimer},
		{form(`pawl: restarts as it was`), (*stage).asItWas},
		{form(`(db-master|toys): has had enough`), (*stage).enough},
		{form(`(alice|eve|bob|carol) (works in|closes) (?:her|his) toy database`), (*stage).useToy},
	}...)
}

// engineGone is Pawl with the address of an engine that does not answer. The engine inside is away as well then.
func (s *stage) engineGone([]string) error {
	s.restart(s.config, "TEMPORAL_ADDRESS="+freeAddr(s.t))
	s.changed = true
	s.eventually(sceneWithin, "pawl listens to people", func() error {
		if err := s.says("/readyz"); err == nil || strings.Contains(err.Error(), "slack:") || !strings.Contains(err.Error(), "engine:") {
			return fmt.Errorf("it says %w", err)
		}
		return nil
	})
	return nil
}

func (s *stage) setTimer(m []string) error {
	config := strings.Replace(string(s.config), "timers:", "timers:\n  "+m[1]+"\n#", 1)
	name, _, _ := strings.Cut(m[1], ":")
	if again := regexp.MustCompile(`(?m)^  ` + name + `: `); len(again.FindAllString(config, -1)) > 1 {
		return fmt.Errorf("%s is set for all scenes", name)
	}
	s.restart([]byte(config))
	s.ready()
	s.changed = true
	return nil
}

func (s *stage) asItWas([]string) error {
	s.restart(s.config)
	s.ready()
	s.changed = false
	return nil
}

func (s *stage) enough(m []string) error {
	return os.WriteFile(filepath.Join(s.world.Hosts.Host(m[1]).Home(), "enough"), nil, 0o600)
}

// useToy is a person who has their toy open and has changed something in it, or closes it.
func (s *stage) useToy(m []string) error {
	if m[2] == "closes" {
		defer func() { s.inUse = nil }()
		return s.inUse.Close()
	}
	path := filepath.Join(s.world.Hosts.Host("toys").Home(), "toy_"+m[1]+".db")
	if _, err := os.Stat(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	s.inUse = db
	_, err = db.ExecContext(s.t.Context(), "BEGIN EXCLUSIVE")
	return err
}

// takesAway deletes a message of Pawl's.
func (f *fleet) takesAway(channel, ts string) error {
	return scenes.TakeAway(f.world.URL, channel, ts)
}

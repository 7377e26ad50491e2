package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox"
)

// A scene that changes which version runs where is played in a world of its own: what it leaves behind is nothing another
// scene could begin with, and what the ledger knows of releases is part of what is shown. Its first heading says so, and
// what is different in pawl.yaml: "a new world where errors: 5 % became errors: 1 %".
var ownWorld = regexp.MustCompile(`^a new world(?: with (\d+) users a second)?(?: where (.+))?$`)

// hurried are what deploys wait for in scenes: as much of it as there must be, and no longer.
var hurried = []string{"healthy: 3 ", "healthy: 2 ", "within: 1m\n      bake:", "within: 20s\n      bake:"}

// playAlone plays a scene that asks for a world of its own; false when it does not.
func playAlone(t *testing.T, file string) bool {
	scene, err := txtar.ParseFile(file)
	require.NoError(t, err)
	require.NotEmpty(t, scene.Files)
	m := ownWorld.FindStringSubmatch(scene.Files[0].Name)
	if m == nil {
		return false
	}
	s := newWorld(t, m)
	s.begin(t)
	s.Play(file)
	return true
}

// newWorld opens a world in which nothing was ever done.
func newWorld(t *testing.T, m []string) *stage {
	f := openFleet(t, t, func(o *sandbox.Options) {
		o.Slack.Limits.Off, o.CRM, o.CI, o.Bake = true, steadyCRM(), hastyCI(), "1s"
		o.Users, _ = strconv.Atoi(m[1])
	})
	s := onStage(t, f)
	config := string(s.config)
	for i := 0; i < len(hurried); i += 2 {
		require.Contains(t, config, hurried[i])
		config = strings.Replace(config, hurried[i], hurried[i+1], 1)
	}
	for change := range strings.SplitSeq(m[2], " and where ") {
		if was, becomes, ok := strings.Cut(change, " became "); ok {
			require.Contains(t, config, was)
			config = strings.ReplaceAll(config, was, strings.ReplaceAll(becomes, `\n`, "\n"))
		}
	}
	s.config = []byte(config)
	require.NoError(t, os.WriteFile(f.world.Config, s.config, 0o600))
	s.up()
	return s
}

// deployDeeds are what happens to versions, and to those who have them.
func deployDeeds() []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []deed{
		{ownWorld, func(*stage, []string) error { return nil }},
		{form(`the next version (does not start|is ill|makes errors)`), (*stage).spoil},
		{form(`(?:lb: sends|somebody moves) users of (\w+) to (\w+)`), (*stage).sendUsers},
		{form(`(\S+) is missing something that (\S+) needs`), (*stage).lacks},
	}
}

// spoil has the next version be bad, as the switches of the demo do.
func (s *stage) spoil(m []string) error {
	return s.world.Apps.SpoilNext(map[string]hosttools.Release{
		"does not start": {Starts: hosttools.StartsNo}, "is ill": {Health: "migration 0412 is missing"}, "makes errors": {Errors: 60},
	}[m[1]])
}

// lacks has a version not start on one host, which is not known before it is there.
func (s *stage) lacks(m []string) error {
	text, err := json.Marshal(hosttools.Release{Version: m[2], Starts: hosttools.StartsNo})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.world.Hosts.Host(m[1]).Home(), "artifacts", "shop", m[2], hosttools.ShopVersionFile), text, 0o600)
}

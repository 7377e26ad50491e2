package slackbridge

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// groupsOf gives the groups somebody is in, as the door would see them.
func (w *world) groupsOf(id string) []string {
	a, _ := w.bridge.Directory().Actor(id)
	return a.Groups
}

func TestTheDirectoryKnowsGroupsAndMails(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	require.Equal(t, []string{"engineers"}, w.groupsOf(alice))
	require.Equal(t, []string{"engineers", "oncall"}, w.groupsOf(bob))
	require.Equal(t, []string{"jana"}, w.groupsOf("U0JANA"))
	for _, id := range []string{gus, maxim, "U0PAWL", "U0OTHERBOT", "U0NOBODY"} {
		_, ok := w.bridge.Directory().Actor(id)
		require.False(t, ok, id)
	}
	mention, ok := w.bridge.Directory().Group("oncall")
	require.True(t, ok)
	require.Equal(t, "<!subteam^S0ONCALL>", mrkdwn(mention))
	mention, ok = w.bridge.Directory().Group("jana")
	require.True(t, ok)
	require.Equal(t, "<@U0JANA>", mrkdwn(mention))
	_, ok = w.bridge.Directory().Group("nobody")
	require.False(t, ok)
}

func TestChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Group: "oncall", Add: []string{"alice"}, Remove: []string{"bob"}}))
	w.eventually(func() bool { return len(w.groupsOf(alice)) == 2 && len(w.groupsOf(bob)) == 1 }, "the groups changed")
	yes := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "alice", Guest: &yes}))
	w.eventually(func() bool { _, ok := w.bridge.Directory().Actor(alice); return !ok }, "alice is a guest now")
	w.answered("bob", shopDev, w.say("alice", shopDev, "<@"+slack.BotUserID+"> toy", ""), "not from guests")
	require.Empty(t, w.door.asked())
}

func TestACopyOnDiskIsUsedWhenSlackIsAway(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	dir := t.TempDir()
	keep := func(o *Options) { o.DataDir = dir }
	first := w.connect(keep)
	require.NoError(t, first.Drain(w.ctx))
	info, err := os.Stat(filepath.Join(dir, "slack-directory.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, ".slack-directory-*"))
	require.NoError(t, err)
	require.Empty(t, left)

	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/user") {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	w.connect(keep)
	require.Equal(t, []string{"engineers"}, w.groupsOf(alice))
	w.say("alice", dmAlice, "toy", "")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "commands are taken on the strength of the copy")
}

func TestAnOldCopyIsNoCopy(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	dir := t.TempDir()
	first := w.connect(func(o *Options) { o.DataDir = dir })
	require.NoError(t, first.Drain(w.ctx))
	age(t, dir, 2*time.Hour)
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/users.list") {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	b := w.start(func(o *Options) { o.DataDir = dir })
	w.eventually(func() bool {
		err := b.Ready()
		return err != nil && strings.Contains(err.Error(), "the directory of people is 2h")
	}, "the bridge says that the directory is old")
	ts := w.say("alice", dmAlice, "toy", "")
	w.answered("alice", dmAlice, ts, "I could not ask Slack for a while who is who")
	require.Empty(t, w.door.asked())
	w.intercept(nil)
	w.eventually(func() bool { return b.Ready() == nil }, "it mends itself")
}

// age makes the copy on disk older.
func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	path := filepath.Join(dir, "slack-directory.json")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var b book
	require.NoError(t, json.Unmarshal(raw, &b))
	b.At = b.At.Add(-by)
	raw, err = json.Marshal(b)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

func TestACopyOfAnotherWorkspaceOrABrokenOneIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := newDirectory(nil, newBudget(1), Options{DataDir: dir, Timers: Timers{}.withDefaults(), Log: zerolog.Nop()})
	d.introduce("T0ACME", "")
	require.NoError(t, d.load(), "no copy is no error")
	path := filepath.Join(dir, "slack-directory.json")
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	require.ErrorContains(t, d.load(), "reading the copy of the directory")
	other := newBook()
	other.At, other.Team = time.Now(), "T0OTHER"
	other.Users["U1"] = person{ID: "U1"}
	raw, err := json.Marshal(other)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	require.NoError(t, d.load())
	require.Empty(t, d.book.Users)
	require.ErrorContains(t, d.Ready(), "under way")
}

func TestAHandleIsPinnedToItsFirstGroup(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	dir := t.TempDir()
	keep := func(o *Options) { o.DataDir = dir }
	first := w.connect(keep)
	require.NoError(t, first.Drain(w.ctx))
	path := filepath.Join(dir, "slack-directory.json")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(raw), "S0ONCALL", "S0PRODUCT")), 0o600))
	w.connect(keep)
	w.eventually(func() bool { return strings.Contains(w.logs.String(), "another user group took this handle") }, "the change is logged")
	w.eventually(func() bool { return len(w.groupsOf(bob)) == 1 }, "who took the handle gained nothing")
	require.Equal(t, []string{"oncall"}, w.groupsOf("U0PETRA"), "the group it was pinned to still counts")
}

func TestSomebodyNewIsLookedUp(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	d := w.bridge.Directory()
	d.change(func(b *book) { delete(b.Users, alice) })
	_, s := d.who(alice, slack.TeamID)
	require.Equal(t, unknown, s)
	w.eventually(func() bool { _, ok := d.Actor(alice); return ok }, "alice was looked up")
	require.Equal(t, 1, w.calls("users.info"))
	_, s = d.who("U0FOREIGN", "T0PARTNER")
	require.Equal(t, stranger, s, "who comes from another workspace is not looked up")
}

func TestEventsDuringARefreshAreNotForgotten(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	d := w.bridge.Directory()
	reached, on := make(chan struct{}), make(chan struct{})
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/usergroups.list") {
			close(reached)
			<-on
		}
		return false
	})
	d.nudge(nudge{})
	<-reached // the list of people is read already
	raw := json.RawMessage(`{"type":"user_change","user":{"id":"U0ALICE","team_id":"T0ACME","name":"alice","deleted":true}}`)
	require.True(t, d.event("user_change", raw))
	before := d.book.At
	close(on)
	w.eventually(func() bool { d.mu.RLock(); defer d.mu.RUnlock(); return d.book.At.After(before) }, "the refresh is through")
	_, ok := d.Actor(alice)
	require.False(t, ok)
}

func TestStandings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user wireUser
		ent  string
		is   standing
	}{
		"ours":              {wireUser{ID: "U1", TeamID: "T1"}, "", insider},
		"bot":               {wireUser{ID: "U1", TeamID: "T1", IsBot: true}, "", machine},
		"slackbot":          {wireUser{ID: "USLACKBOT", TeamID: "T1"}, "", machine},
		"workflow":          {wireUser{ID: "U1", TeamID: "T1", IsWorkflowBot: true}, "", machine},
		"deactivated":       {wireUser{ID: "U1", TeamID: "T1", Deleted: true}, "", left},
		"guest":             {wireUser{ID: "U1", TeamID: "T1", IsRestricted: true}, "", guest},
		"one channel guest": {wireUser{ID: "U1", TeamID: "T1", IsUltraRestricted: true}, "", guest},
		"stranger":          {wireUser{ID: "U1", TeamID: "T1", IsStranger: true}, "", stranger},
		"shares a channel":  {wireUser{ID: "U1", TeamID: "T2"}, "", stranger},
		"other enterprise":  {wireUser{ID: "U1", TeamID: "T2"}, "E1", stranger},
	} {
		require.Equal(t, c.is, standingOf(c.user.person(), "T1", c.ent), name)
	}
	u := wireUser{ID: "U1", TeamID: "T2"}
	u.Enterprise.ID = "E1"
	require.Equal(t, insider, standingOf(u.person(), "T1", "E1"), "another workspace of the same organisation")
	require.Equal(t, stranger, standingOf(u.person(), "T1", ""), "organisations that are not known are not the same")
}

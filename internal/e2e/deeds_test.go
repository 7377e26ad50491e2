package e2e

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // people's own client

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// deed is something a scene can say, and what it does.
type deed struct {
	form *regexp.Regexp
	do   func(s *stage, m []string) error
}

func deeds() []deed {
	const (
		who    = `(alice|eve|bob|carol|petra|sam|jana|gus|max|otherbot)`
		button = `\[ (.+) \]`
	)
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return append(slices.Concat(deployDeeds(who), shopDeeds(who, button), syncDeeds(), buildDeeds()), []deed{
		{form(who + ` presses ` + button), (*stage).press},
		{form(who + ` presses ` + button + ` in ` + who + `'s thread`), (*stage).press},
		{form(who + ` presses that button too`), (*stage).pressToo},
		{form(who + ` in the thread: (.+)`), (*stage).reply},
		{form(who + ` in ` + who + `'s thread: (.+)`), (*stage).replyTo},
		{form(who + ` in (#[a-z-]+): (.+)`), (*stage).sayIn},
		{form(who + `: (.+)`), (*stage).say},
		{form(`pawl: is killed and comes back`), (*stage).plug},
		{form(`pawl: restarts without its engine`), (*stage).engineGone},
		{form(`pawl: restarts with ([a-z_]+: \w+)`), (*stage).setTimer},
		{form(`pawl: restarts as it was`), (*stage).asItWas},
		{form(`(db-master|toys|lb|app-1|app-2): the cable is (cut|mended)`), (*stage).cable},
		{form(`(db-master|toys): has had enough`), (*stage).enough},
		{form(`(alice|eve|bob|carol) (works in|closes) (?:her|his) toy database`), (*stage).useToy},
		{form(`slack: (\w+) on (\S+?)(?: (\d+) times?)?`), (*stage).fault},
		{form(`slack: is fine`), (*stage).fine},
		{form(`(#[a-z-]+): (is archived|is back|removes pawl|adds pawl)`), (*stage).room},
		{form(`somebody deletes the board`), (*stage).deleteBoard},
	}...)
}

func (s *stage) say(m []string) error {
	p := s.person(m[1])
	s.threads[m[1]], s.last = p.types(s.screen.typed(m[2])), m[1]
	return nil
}

func (s *stage) sayIn(m []string) error {
	p := &person{f: s.fleet, name: m[1], Person: slack.NewPerson(s.world.URL, tokenOf(m[1]), nil)}
	channel := channelID(m[2])
	ts, err := p.Say(s.t.Context(), channel, strings.ReplaceAll(m[3], "@Pawl", "<@"+slack.BotUserID+">"), "")
	s.threads[m[1]], s.last = thread{p: p, channel: channel, ts: ts}, m[1]
	return err
}

func (s *stage) reply(m []string) error { return s.replyTo([]string{m[0], m[1], m[1], m[2]}) }

func (s *stage) replyTo(m []string) error {
	th, ok := s.threads[m[2]]
	if !ok {
		th = s.threads[s.last]
	}
	_, err := s.person(m[1]).Say(s.t.Context(), th.channel, strings.ReplaceAll(m[3], "@Pawl", "<@"+slack.BotUserID+">"), th.ts)
	return err
}

// press finds the newest message of the thread with a button of this name, as a person would.
func (s *stage) press(m []string) error {
	owner := m[1]
	if len(m) > 3 {
		owner = m[3]
	}
	th, ok := s.threads[owner]
	if !ok {
		th = s.threads[s.last]
	}
	var found pressing
	s.eventually(sceneWithin, fmt.Sprintf("there is a button %q", m[2]), func() error {
		for _, one := range slices.Backward(append(s.seen.in(th.channel, th.ts), s.seen.unasked(directOf(owner), s.began)...)) {
			if action := actionOf(one.last.Blocks, m[2]); action != "" && !one.deleted {
				found = pressing{one.channel, one.ts, action}
				return nil
			}
		}
		return errors.New("there is none")
	})
	s.pressed[owner] = found
	return s.person(m[1]).Click(s.t.Context(), found.channel, found.ts, found.action)
}

// pressToo presses what was pressed last, which is what a person does who was a moment slower.
func (s *stage) pressToo(m []string) error {
	that := s.pressed[s.last]
	return s.person(m[1]).Click(s.t.Context(), that.channel, that.ts, that.action)
}

func (s *stage) plug([]string) error {
	s.kill()
	s.up()
	return nil
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

func (s *stage) cable(m []string) error {
	if m[2] == "cut" {
		return s.world.Hosts.Cut(m[1])
	}
	return s.world.Hosts.Mend(m[1])
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

func (s *stage) fault(m []string) error {
	times, _ := strconv.Atoi(cmp.Or(m[3], "0"))
	_, err := s.slack.SetFault(s.t.Context(), slack.Fault{Kind: m[1], Method: m[2], Times: times})
	return err
}

func (s *stage) fine([]string) error { return s.slack.ClearFaults(s.t.Context(), "") }

func (s *stage) room(m []string) error {
	edit := slack.Edit{Channel: channelID(m[1])}
	yes, no := true, false
	switch m[2] {
	case "is archived":
		edit.Archived = &yes
	case "is back":
		edit.Archived = &no
	case "removes pawl":
		edit.Remove = []string{"pawl"}
	default:
		edit.Add = []string{"pawl"}
	}
	return s.slack.Edit(s.t.Context(), edit)
}

// deleteBoard is what an administrator of the workspace may do to any message.
func (s *stage) deleteBoard([]string) error {
	th := s.threads[s.last]
	messages := th.messages()
	if len(messages) == 0 {
		return errors.New("there is no board")
	}
	return s.takesAway(th.channel, messages[0].TS)
}

// takesAway deletes a message of Pawl's.
func (f *fleet) takesAway(channel, ts string) error {
	res, err := http.PostForm(f.world.URL+"/api/chat.delete", url.Values{"token": {sandbox.BotToken}, "channel": {channel}, "ts": {ts}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct {
		OK    bool
		Error string
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("deleting: %w", err)
	}
	if !answer.OK {
		return fmt.Errorf("deleting: %s", answer.Error)
	}
	return nil
}

package scenes

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Deed is something the heading of a section can make happen: what it looks like, and what is done with its parts.
type Deed struct {
	Form *regexp.Regexp
	Do   func(parts []string) error
}

// deed finds what a heading makes happen; a heading that shows something makes nothing happen.
func (s *Stage) deed(heading string) (do func() error, is bool) {
	for _, d := range append(slices.Clone(s.Deeds), s.everywhere()...) {
		if m := d.Form.FindStringSubmatch(heading); m != nil {
			return func() error { return d.Do(m) }, true
		}
	}
	if !s.canShow(heading) {
		s.T.Fatalf("nobody knows how to do %q", heading)
	}
	return nil, false
}

// everywhere is what can be done on every stage.
func (s *Stage) everywhere() []Deed {
	var hosts []string
	for _, h := range s.World.Hosts.Hosts() {
		hosts = append(hosts, regexp.QuoteMeta(h.Name()))
	}
	var (
		who    = `(` + strings.Join(People(), "|") + `|otherbot)`
		host   = `(` + strings.Join(hosts, "|") + `)`
		button = `\[ (.+) \]`
	)
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []Deed{
		{form(who + ` presses ` + button + ` in (#[a-z-]+)`), s.pressIn},
		{form(who + ` says in the window: ?(.*)`), s.inTheWindow},
		{form(who + ` types (/[a-z]+) (.+) in (#[a-z-]+)`), s.slash},
		{form(who + ` waits until that is over`), s.waits},
		{form(who + `'s (?:thread|board) says "(.+)"`), s.showsThat},
		{form(who + ` presses ` + button), s.press},
		{form(who + ` presses ` + button + ` in ` + who + `'s thread`), s.press},
		{form(who + ` presses that button too`), s.pressToo},
		{form(who + ` in the thread: (.+)`), s.reply},
		{form(who + ` in ` + who + `'s thread: (.+)`), s.replyTo},
		{form(who + ` in (#[a-z-]+): (.+)`), s.sayIn},
		{form(who + `: (.+)`), s.say},
		{form(`pawl: is killed and comes back`), func([]string) error { return s.Plug() }},
		{form(host + `: the cable is (cut|mended)`), s.cable},
		{form(`slack: (\w+) on (\S+?)(?: (\d+) times?)?`), s.fault},
		{form(`slack: is fine`), s.fine},
		{form(`(#[a-z-]+): (is archived|is back|removes pawl|adds pawl)`), s.room},
		{form(`somebody deletes the board`), s.deleteBoard},
	}
}

// person is somebody of the company, or somebody else's bot.
func (s *Stage) person(name string) *slack.Person {
	return slack.NewPerson(s.World.URL, tokenOf(name), nil)
}

func (s *Stage) say(m []string) error {
	dm, err := s.person(m[1]).DM(s.T.Context())
	if err != nil {
		return err
	}
	return s.types(m[1], dm, s.Screen.typed(m[2]))
}

func (s *Stage) sayIn(m []string) error { return s.types(m[1], ChannelID(m[2]), mentioning(m[3])) }

func (s *Stage) types(name, channel, text string) error {
	p := s.person(name)
	ts, err := p.Say(s.T.Context(), channel, text, "")
	s.Threads[name], s.Last = Thread{Person: p, Channel: channel, TS: ts}, name
	return err
}

func mentioning(text string) string {
	return strings.ReplaceAll(text, "@Pawl", "<@"+slack.BotUserID+">")
}

func (s *Stage) reply(m []string) error { return s.replyTo([]string{m[0], m[1], m[1], m[2]}) }

func (s *Stage) replyTo(m []string) error {
	th, ok := s.Threads[m[2]]
	if !ok {
		th = s.Threads[s.Last]
	}
	_, err := s.person(m[1]).Say(s.T.Context(), th.Channel, mentioning(m[3]), th.TS)
	return err
}

// press finds the newest message of the thread with a button of this name, as a person would.
func (s *Stage) press(m []string) error {
	owner := m[1]
	if len(m) > 3 {
		owner = m[3]
	}
	th, ok := s.Threads[owner]
	if !ok {
		th = s.Threads[s.Last]
	}
	var found pressed
	s.Eventually(Within, fmt.Sprintf("there is a button %q", m[2]), func() error {
		for _, one := range slices.Backward(append(s.Seen.In(th.Channel, th.TS), s.Seen.Unasked(DirectOf(owner), s.Began)...)) {
			if action := ActionOf(one.Last.Blocks, m[2]); action != "" && !one.Deleted {
				found = pressed{one.Channel, one.TS, action}
				return nil
			}
		}
		return errors.New("there is none")
	})
	s.pressed[owner] = found
	return s.person(m[1]).Click(s.T.Context(), found.channel, found.ts, found.action)
}

// pressToo presses what was pressed last, which is what a person does who was a moment slower.
func (s *Stage) pressToo(m []string) error {
	that := s.pressed[s.Last]
	return s.person(m[1]).Click(s.T.Context(), that.channel, that.ts, that.action)
}

func (s *Stage) cable(m []string) error {
	if m[2] == "cut" {
		return s.World.Hosts.Cut(m[1])
	}
	return s.World.Hosts.Mend(m[1])
}

func (s *Stage) fault(m []string) error {
	times, _ := strconv.Atoi(cmp.Or(m[3], "0"))
	_, err := s.Slack.SetFault(s.T.Context(), slack.Fault{Kind: m[1], Method: m[2], Times: times})
	return err
}

func (s *Stage) fine([]string) error { return s.Slack.ClearFaults(s.T.Context(), "") }

func (s *Stage) room(m []string) error {
	edit := slack.Edit{Channel: ChannelID(m[1])}
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
	return s.Slack.Edit(s.T.Context(), edit)
}

// deleteBoard is what an administrator of the workspace may do to any message.
func (s *Stage) deleteBoard([]string) error {
	th := s.Threads[s.Last]
	for _, one := range s.Seen.In(th.Channel, th.TS) {
		if one.Ours() && one.To == "" && !one.Deleted {
			return TakeAway(s.World.URL, one.Channel, one.TS)
		}
	}
	return errors.New("there is no board")
}

// TakeAway deletes a message of Pawl's.
func TakeAway(world, channel, ts string) error {
	res, err := http.PostForm(world+"/api/chat.delete", url.Values{"token": {sandbox.BotToken}, "channel": {channel}, "ts": {ts}}) //nolint:noctx // the world is in this process
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

// pressIn presses a button in a channel where others are asked.
func (s *Stage) pressIn(m []string) error {
	channel := ChannelID(m[3])
	s.rooms[channel] = true
	var found pressed
	s.Eventually(Within, fmt.Sprintf("there is a button %q in %s", m[2], m[3]), func() error {
		for _, one := range slices.Backward(s.Seen.Unasked(channel, s.Began)) {
			if action := ActionOf(one.Last.Blocks, m[2]); action != "" && !one.Deleted {
				found = pressed{one.Channel, one.TS, action}
				return nil
			}
		}
		return errors.New("there is none")
	})
	s.pressed[s.Last] = found
	return s.person(m[1]).Click(s.T.Context(), found.channel, found.ts, found.action)
}

// inTheWindow fills in the one field of the window that is open before somebody, and sends it.
func (s *Stage) inTheWindow(m []string) error {
	p := s.person(m[1])
	var view slack.View
	s.Eventually(Within, "a window is open before "+m[1], func() error {
		all, err := p.Views(s.T.Context())
		if err == nil && len(all) == 0 {
			err = errors.New("there is none")
		}
		if err == nil {
			view = all[0]
		}
		return err
	})
	var blocks []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
		Element struct {
			ActionID string `json:"action_id"`
		} `json:"element"`
	}
	if err := json.Unmarshal(view.Blocks, &blocks); err != nil {
		return fmt.Errorf("reading the window: %w", err)
	}
	for _, b := range blocks {
		if b.Type != "input" {
			continue
		}
		wrong, err := p.Submit(s.T.Context(), view.ID, map[string]map[string]string{b.BlockID: {b.Element.ActionID: m[2]}})
		if err == nil && len(wrong) > 0 {
			err = fmt.Errorf("the window says %v", wrong)
		}
		return err
	}
	return errors.New("the window has no field")
}

// slash types a slash command, where Pawl is or is not.
func (s *Stage) slash(m []string) error {
	channel := ChannelID(m[4])
	s.rooms[channel] = true
	return s.person(m[1]).Command(s.T.Context(), channel, m[2], m[3])
}

// waits is somebody who looks on until what they started has ended.
func (s *Stage) waits(m []string) error {
	th, ok := s.Threads[m[1]]
	if !ok {
		return fmt.Errorf("%s has started nothing", m[1])
	}
	s.Eventually(Within, "what "+m[1]+" started is over", func() error { return s.over(th) })
	return nil
}

// showsThat is somebody who looks on until their thread says something. What it says besides is for the next sections.
func (s *Stage) showsThat(m []string) error {
	th, ok := s.Threads[m[1]]
	if !ok {
		return fmt.Errorf("%s has started nothing", m[1])
	}
	s.sees(th, m[2])
	return nil
}

// sees waits until a thread says something.
func (s *Stage) sees(th Thread, text string) {
	s.T.Helper()
	s.Eventually(Within, fmt.Sprintf("the thread says %q", text), func() error {
		s.meet()
		var all bytes.Buffer
		for _, one := range s.Seen.In(th.Channel, th.TS) {
			for _, line := range s.Screen.Lines(one.Last) {
				all.WriteString(line + "\n")
			}
		}
		if strings.Contains(all.String(), text) {
			return nil
		}
		return fmt.Errorf("it says\n%s", all.String())
	})
}

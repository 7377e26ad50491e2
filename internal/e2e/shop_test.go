package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pawl-ops/pawl/internal/hosttools"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// shopDeeds are what happens to the apps of the company, and in windows.
func shopDeeds(who, button string) []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []deed{
		{form(who + ` presses ` + button + ` in (#[a-z-]+)`), (*stage).pressIn},
		{form(who + ` says in the window: ?(.*)`), (*stage).inTheWindow},
		{form(who + ` types (/[a-z]+) (.+) in (#[a-z-]+)`), (*stage).slash},
		{form(`lb: sends users of shop/([a-z]+) to (\w+)`), (*stage).sendUsers},
		{form(`(\w+) in (\w+): (hangs|fails|is well)`), (*stage).ail},
	}
}

// pressIn presses a button in a channel where others are asked.
func (s *stage) pressIn(m []string) error {
	channel := channelID(m[3])
	s.rooms[channel] = true
	var found pressing
	s.eventually(sceneWithin, fmt.Sprintf("there is a button %q in %s", m[2], m[3]), func() error {
		for _, one := range slices.Backward(s.seen.unasked(channel, s.began)) {
			if action := actionOf(one.last.Blocks, m[2]); action != "" && !one.deleted {
				found = pressing{one.channel, one.ts, action}
				return nil
			}
		}
		return errors.New("there is none")
	})
	s.pressed[s.last] = found
	return s.person(m[1]).Click(s.t.Context(), found.channel, found.ts, found.action)
}

// inTheWindow fills in the one field of the window that is open before somebody, and sends it.
func (s *stage) inTheWindow(m []string) error {
	p := s.person(m[1])
	var view slack.View
	s.eventually(sceneWithin, "a window is open before "+m[1], func() error {
		all, err := p.Views(s.t.Context())
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
		wrong, err := p.Submit(s.t.Context(), view.ID, map[string]map[string]string{b.BlockID: {b.Element.ActionID: m[2]}})
		if err == nil && len(wrong) > 0 {
			err = fmt.Errorf("the window says %v", wrong)
		}
		return err
	}
	return errors.New("the window has no field")
}

// slash types a slash command, where Pawl is or is not.
func (s *stage) slash(m []string) error {
	channel := channelID(m[4])
	s.rooms[channel] = true
	return s.person(m[1]).Command(s.t.Context(), channel, m[2], m[3])
}

// sendUsers is somebody who switches by hand, beside Pawl.
func (s *stage) sendUsers(m []string) error {
	return s.world.Apps.Send(m[1], m[2])
}

func (s *stage) ail(m []string) error {
	illness := map[string]string{"hangs": hosttools.IllHang, "fails": hosttools.IllFail, "is well": ""}[m[3]]
	return s.world.Apps.Instance(m[2], m[1]).Ail(illness)
}

// mendShop makes the apps as they were before a scene.
func (s *stage) mendShop() error {
	errs := []error{s.sendUsers([]string{"", "master", "blue"}), s.sendUsers([]string{"", "staging", "blue"})}
	for _, i := range s.world.Apps.Instances() {
		if i.Illness() != "" {
			errs = append(errs, i.Ail(""))
		}
	}
	return errors.Join(errs...)
}

package slackbridge

import (
	"encoding/json"
	"slices"
)

// change alters the directory and its copy.
func (d *Directory) change(how func(*book)) {
	if how == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	how(&d.book)
	if d.reading {
		// What Slack is listing just now may be older than this event.
		d.meanwhile = append(d.meanwhile, how)
	}
	if err := d.save(); err != nil {
		d.log.Warn().Err(err).Msg("keeping a copy of the directory")
	}
}

// event takes in what Slack says about people and groups, and reports whether it was about them. What it takes away
// counts at once; what it gives is read again from Slack by the way.
func (d *Directory) event(kind string, raw json.RawMessage) bool {
	switch kind {
	case "user_change", "team_join":
		var e struct {
			User wireUser `json:"user"`
		}
		// A changed status is no change to us: those events come by the thousand.
		if lenient(raw, &e) && e.User.ID != "" && !d.has(e.User.person()) {
			d.change(func(b *book) { b.Users[e.User.ID] = e.User.person() })
		}
	case "subteam_members_changed":
		var e struct {
			ID      string   `json:"subteam_id"`
			Added   []string `json:"added_users"`
			Removed []string `json:"removed_users"`
		}
		if lenient(raw, &e) && d.named(e.ID) {
			d.change(func(b *book) {
				members := append(slices.Clone(b.Groups[e.ID].Members), e.Added...)
				members = slices.DeleteFunc(members, func(u string) bool { return slices.Contains(e.Removed, u) })
				slices.Sort(members)
				b.setMembers(e.ID, slices.Compact(members))
			})
			d.nudge(nudge{group: e.ID})
		}
	case "subteam_created", "subteam_updated":
		var e struct {
			Subteam struct {
				ID         string   `json:"id"`
				Handle     string   `json:"handle"`
				DateDelete int64    `json:"date_delete"`
				Users      []string `json:"users"`
			} `json:"subteam"`
		}
		if !lenient(raw, &e) {
			return true
		}
		switch {
		case d.named(e.Subteam.ID) && e.Subteam.DateDelete != 0:
			d.change(func(b *book) { b.setMembers(e.Subteam.ID, nil) })
		case d.named(e.Subteam.ID):
			if e.Subteam.Users != nil {
				d.change(func(b *book) { b.setMembers(e.Subteam.ID, e.Subteam.Users) })
			}
			d.nudge(nudge{group: e.Subteam.ID})
		case d.handles()[bare(e.Subteam.Handle)]:
			d.nudge(nudge{}) // a handle that pawl.yaml names came to be
		}
	default:
		return false
	}
	return true
}

// named reports whether pawl.yaml names this group.
func (d *Directory) named(id string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, ok := d.book.Groups[id]
	return ok
}

// has reports whether the directory knows a person exactly so.
func (d *Directory) has(p person) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.book.Users[p.ID] == p
}

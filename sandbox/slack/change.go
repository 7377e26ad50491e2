package slack

import (
	"encoding/json"
	"fmt"
)

// change is what one call makes different. Methods fill it; commit makes it true.
type change struct {
	posts    []post   // new, or replacing the one with the same channel and ts
	removed  []post   // gone for good
	entities []entity // users, channels and groups, new or different
	events   []*envelope
	notices  []notice
}

// put notes that a user, channel, group or file is new or different.
func (c *change) put(value any) {
	switch v := value.(type) {
	case *user:
		c.entities = append(c.entities, entity{"user", v.ID, v})
	case *channel:
		c.entities = append(c.entities, entity{"channel", v.ID, v})
	case *group:
		c.entities = append(c.entities, entity{"group", v.ID, v})
	case *file:
		c.entities = append(c.entities, entity{"file", v.ID, v})
	}
}

// commit writes a change to the file, then to memory, then tells everybody. When
// writing fails nothing has happened. The caller holds s.mu.
func (s *Server) commit(c *change) error {
	if len(c.posts)+len(c.removed)+len(c.entities)+len(c.events) > 0 {
		if err := s.store.write(c); err != nil {
			return err
		}
	}
	for _, e := range c.entities {
		s.dir.adopt(e.value)
	}
	for _, p := range c.posts {
		s.timeline(p.Channel).put(p)
	}
	for _, p := range c.removed {
		s.timeline(p.Channel).remove(p.TS)
	}
	for _, n := range c.notices {
		s.hub.publish(n)
	}
	s.outbox.add(c.events)
	return nil
}

// timeline is the history of a conversation, made on first use.
func (s *Server) timeline(channelID string) *timeline {
	t := s.timelines[channelID]
	if t == nil {
		t = newTimeline()
		s.timelines[channelID] = t
	}
	return t
}

// adopt takes a user, channel, group or file into the directory.
func (d *directory) adopt(value any) {
	switch v := value.(type) {
	case *user:
		d.users = replace(d.users, v, func(o *user) bool { return o.ID == v.ID })
	case *channel:
		d.channels = replace(d.channels, v, func(o *channel) bool { return o.ID == v.ID })
	case *group:
		d.groups = replace(d.groups, v, func(o *group) bool { return o.ID == v.ID })
	case *file:
		d.files = replace(d.files, v, func(o *file) bool { return o.ID == v.ID })
	}
}

// overlay is adopt for a row of the file.
func (d *directory) overlay(kind string, body []byte) error {
	var value any
	switch kind {
	case "user":
		value = &user{}
	case "channel":
		value = &channel{}
	case "group":
		value = &group{}
	case "file":
		value = &file{}
	default:
		return fmt.Errorf("unknown kind of row %q", kind)
	}
	if err := json.Unmarshal(body, value); err != nil {
		return err
	}
	if u, ok := value.(*user); ok && u.ID == d.pawl {
		u.Token = d.user(u.ID).Token // tokens come from the options, never from an old file
	}
	d.adopt(value)
	return nil
}

func replace[T any](all []*T, value *T, same func(*T) bool) []*T {
	if old := find(all, same); old != nil {
		*old = *value
		return all
	}
	return append(all, value)
}

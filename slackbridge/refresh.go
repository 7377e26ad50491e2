package slackbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// usersPage is how many people are asked for at once: https://docs.slack.dev/reference/methods/users.list recommends no
// more than 200.
const usersPage = 200

// refresh reads everybody and the groups that pawl.yaml names, and keeps the result on disk. On any error the directory
// stays as it is.
func (d *Directory) refresh(ctx context.Context) error {
	began := time.Now()
	next := newBook()
	next.At = began
	d.mu.Lock()
	d.reading, d.meanwhile = true, nil
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.reading, d.meanwhile = false, nil
		d.mu.Unlock()
	}()
	if err := d.readUsers(ctx, &next); err != nil {
		return err
	}
	d.mu.RLock()
	for handle, id := range d.book.Pins {
		next.Pins[handle] = id
	}
	d.mu.RUnlock()
	if err := d.readGroups(ctx, &next); err != nil {
		return err
	}
	d.mu.Lock()
	next.Team = d.team
	for _, how := range d.meanwhile {
		how(&next)
	}
	d.book = next
	saved := d.save()
	d.mu.Unlock()
	d.log.Debug().Int("people", len(next.Users)).Int("groups", len(next.Groups)).Dur("took", time.Since(began)).
		Msg("read who is who from slack")
	if saved != nil {
		d.log.Warn().Err(saved).Msg("keeping a copy of the directory")
	}
	return nil
}

func (d *Directory) readUsers(ctx context.Context, next *book) error {
	const method = "users.list"
	page := d.api.GetUsersPaginated(slack.GetUsersOptionLimit(usersPage))
	for {
		if err := d.budget.take(ctx, method, "", board.First); err != nil {
			return err
		}
		p, err := page.Next(ctx)
		if p.Done(err) {
			return nil
		}
		if again, err := d.settle(method, err); err != nil {
			return err
		} else if again {
			continue
		}
		page = p
		for _, u := range p.Users {
			next.Users[u.ID] = personOf(u)
		}
	}
}

// readGroups pins handles that were never seen and reads the members of every pinned group.
func (d *Directory) readGroups(ctx context.Context, next *book) error {
	const method = "usergroups.list"
	handles := d.handles()
	if len(handles) == 0 {
		return nil
	}
	var all []slack.UserGroup
	err := d.call(ctx, method, func() (err error) {
		all, err = d.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeDisabled(true))
		return err
	})
	if err != nil {
		return err
	}
	byID := map[string]slack.UserGroup{}
	for _, g := range all {
		byID[g.ID] = g
		handle := bare(g.Handle)
		if !handles[handle] || g.DateDelete != 0 {
			continue
		}
		switch pinned := next.Pins[handle]; pinned {
		case "":
			next.Pins[handle] = g.ID
		case g.ID:
		default:
			d.log.Warn().Str("group", handle).Str("was", pinned).Str("is", g.ID).
				Msg("another user group took this handle; the first one still counts")
		}
	}
	for handle := range handles {
		id := next.Pins[handle]
		if id == "" {
			d.log.Warn().Str("group", handle).Msg("slack has no such user group: nobody is in it")
			continue
		}
		if g, ok := byID[id]; !ok || g.DateDelete != 0 {
			next.Groups[id] = group{ID: id, Handle: handle}
			continue
		}
		members, err := d.members(ctx, id)
		if err != nil {
			return fmt.Errorf("reading @%s: %w", handle, err)
		}
		next.Groups[id] = group{ID: id, Handle: handle, Members: members}
	}
	return nil
}

// members lists who is in a group: usergroups.users.list, 20 calls a minute.
func (d *Directory) members(ctx context.Context, id string) (members []string, err error) {
	err = d.call(ctx, "usergroups.users.list", func() (err error) {
		members, err = d.api.GetUserGroupMembersContext(ctx, id)
		return err
	})
	sort.Strings(members)
	return members, err
}

// lookUp reads one group or one person again, after an event, or because somebody spoke whom the directory lacks.
func (d *Directory) lookUp(ctx context.Context, n nudge) {
	var change func(*book)
	var err error
	switch {
	case n.group != "":
		var members []string
		if members, err = d.members(ctx, n.group); err == nil {
			change = func(b *book) { b.setMembers(n.group, members) }
		}
	case n.user != "":
		var u *slack.User
		err = d.call(ctx, "users.info", func() (err error) {
			u, err = d.api.GetUserInfoContext(ctx, n.user)
			return err
		})
		if err == nil {
			change = func(b *book) { b.Users[u.ID] = personOf(*u) }
		}
	}
	if err != nil {
		d.log.Warn().Str("group", n.group).Str("user", n.user).Err(err).Msg("looking somebody up in slack")
		return
	}
	d.change(change)
}

// call waits for the budget and out "too fast": nobody waits for the directory.
func (d *Directory) call(ctx context.Context, method string, do func() error) error {
	for {
		if err := d.budget.take(ctx, method, "", board.First); err != nil {
			return err
		}
		again, err := d.settle(method, do())
		if !again {
			return err
		}
	}
}

// settle tells the budget how a call went, and whether it is to be made again.
func (d *Directory) settle(method string, err error) (again bool, _ error) {
	err = calling(method, err)
	var limited *board.ThrottledError
	if errors.As(err, &limited) {
		d.budget.tooFast(method, "", limited.After)
		return true, nil
	}
	if err == nil {
		d.budget.fine(method, "")
	}
	return false, err
}

// handles are the group handles that pawl.yaml names.
func (d *Directory) handles() map[string]bool {
	named := map[string]bool{}
	for _, who := range d.people {
		if h := bare(who.Group); h != "" {
			named[h] = true
		}
	}
	return named
}

// personOf reads slack-go's user through the wire form, so that events and calls are understood by one piece of code.
func personOf(u slack.User) person {
	raw, err := json.Marshal(u)
	var w wireUser
	if err != nil || !lenient(raw, &w) {
		return person{ID: u.ID, Gone: true}
	}
	return w.person()
}

package slack

import "slices"

// timeline is what was said in one conversation, oldest first.
type timeline struct {
	posts   []*post
	byTS    map[string]*post
	replies map[string][]*post // by ts of the parent
}

func newTimeline() *timeline {
	return &timeline{byTS: map[string]*post{}, replies: map[string][]*post{}}
}

// put adds a post or replaces the one with the same ts.
func (t *timeline) put(p post) {
	if old := t.byTS[p.TS]; old != nil {
		*old = p
		return
	}
	t.byTS[p.TS] = &p
	t.posts = append(t.posts, &p)
	if p.reply() && !p.ephemeral() {
		t.replies[p.ThreadTS] = append(t.replies[p.ThreadTS], &p)
	}
}

func (t *timeline) remove(ts string) {
	p := t.byTS[ts]
	if p == nil {
		return
	}
	same := func(o *post) bool { return o == p }
	delete(t.byTS, ts)
	t.posts = slices.DeleteFunc(t.posts, same)
	if p.reply() {
		t.replies[p.ThreadTS] = slices.DeleteFunc(t.replies[p.ThreadTS], same)
	}
}

// message is the post with this ts, nil when there is none or it is ephemeral.
func (t *timeline) message(ts string) *post {
	if p := t.byTS[ts]; p != nil && !p.ephemeral() {
		return p
	}
	return nil
}

// show renders a post for readers: counts its replies, hides what is hidden.
func (t *timeline) show(p *post, allMetadata bool) Message {
	m := p.Message
	m.IsEphemeral = p.ephemeral()
	if m.Metadata != nil && !allMetadata {
		m.Metadata = &Metadata{EventType: m.Metadata.EventType}
	}
	m.Reactions = slices.Clone(m.Reactions)
	replies := t.replies[p.TS]
	if len(replies) == 0 {
		if !p.reply() {
			m.ThreadTS = ""
		}
		return m
	}
	m.ThreadTS = p.TS
	m.ReplyCount = len(replies)
	m.LatestReply = replies[len(replies)-1].TS
	for _, r := range replies {
		if !slices.Contains(m.ReplyUsers, r.User) {
			m.ReplyUsers = append(m.ReplyUsers, r.User)
		}
	}
	m.ReplyUsersCount = len(m.ReplyUsers)
	return m
}

// inThread reports whether a user takes part in the thread below ts: wrote its
// first message or one of the replies, or was named in one.
func (t *timeline) inThread(d *directory, userID, ts string) bool {
	took := func(p *post) bool { return p.User == userID || d.mentions(p, userID) }
	if parent := t.message(ts); parent != nil && took(parent) {
		return true
	}
	return slices.ContainsFunc(t.replies[ts], took)
}

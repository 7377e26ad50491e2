package slackbridge

import (
	"slices"

	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// Replies are a team's own answers in one channel, by what is said to Pawl as words.Reply.Said has it.
type Replies struct {
	Channel string // its name with #, or its id
	Says    map[string]string
}

// ownReplies are those that answer what was said, in whatever channel they count. Nothing of it asks Slack.
func (b *Bridge) ownReplies(at job.Place, r words.Reply) []Replies {
	if at.Direct || r.Kind != words.Unknown || r.Said == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.opt.Replies), func(o Replies) bool { return o.Says[r.Said] == "" })
}

// ownReply is the answer of the channel somebody speaks in. It may ask Slack for the names of our channels.
func (b *Bridge) ownReply(at job.Place, own []Replies, r words.Reply) (text string, ok bool) {
	for _, o := range own {
		where, err := b.poster.Place(o.Channel)
		switch {
		case err != nil:
			b.opt.Log.Warn().Err(err).Str("channel", o.Channel).Msg("looking for a channel with answers of its own")
		case where.Channel == at.Channel:
			return o.Says[r.Said], true
		}
	}
	return "", false
}

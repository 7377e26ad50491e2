package config

import (
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
)

const (
	maxReplies = 200  // in one channel
	maxReply   = 1000 // characters of one answer
)

// Replies are a team's own answers in one channel.
type Replies struct {
	Channel string            // its name with #, or its id
	Says    map[string]string // by what is said to Pawl, as words.Reply.Said has it; a board text
}

// readReplies reads `replies:`. What already means something cannot be given another answer: Pawl would say one thing in one
// channel and do another in the next.
func (c *Config) readReplies(v value, parser *words.Parser) {
	r := c.reader
	for _, e := range r.entries(v) {
		channel := c.channelNamed(value{e.keyNode, e.value.path})
		own := Replies{Channel: channel, Says: map[string]string{}}
		says := r.entries(e.value)
		if len(says) > maxReplies {
			r.at(e.keyNode, "%s has %d answers; at most %d are read", e.value.name(), len(says), maxReplies)
		}
		for _, say := range says {
			said, ok := r.free(say, parser)
			text, isText := r.text(say.value)
			switch {
			case !ok || !isText:
			case own.Says[said] != "":
				r.at(say.keyNode, "`%s` is answered twice in %s", said, channel)
			case text == "" || utf8.RuneCountInString(text) > maxReply:
				r.at(say.value.node, "%s: an answer has 1 to %d characters", say.value.name(), maxReply)
			default:
				own.Says[said] = board.Clean(text)
			}
		}
		c.Replies = append(c.Replies, own)
	}
}

// free holds what people say against everything that means something already.
func (r *reader) free(say entry, parser *words.Parser) (said string, ok bool) {
	reply, ok := parser.Parse(say.key, words.Context{Direct: true, Raw: true}).(words.Reply)
	if !ok || reply.Kind != words.Unknown || reply.Said == "" {
		r.at(say.keyNode, "`%s` means something to Pawl already; answer something else", say.key)
		return "", false
	}
	return reply.Said, true
}

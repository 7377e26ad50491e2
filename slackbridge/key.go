package slackbridge

import (
	"regexp"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// The key of a request from Slack is team:channel:moment. The moment of a message is its ts; that of a slash command, of
// which there is no message, a slash and its trigger id; that of a press on [Again] the run, "/again/" and the ts of the
// message the button stands in, so that two presses are one request. In a Home tab there is no message: there it is the
// person in the place of the channel, and "home" in the place of the ts.
const (
	againMark = "/again/"
	homeMark  = "home"
)

// triggerForm is what a trigger id looks like. Slack documents it as opaque; this is as wide as a key can bear.
var triggerForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// messageKey is what makes a message the same message: `message` and `app_mention` are two events with two event ids
// for one message, so the key is where and when it was said.
func messageKey(team, channel, ts string) job.Key {
	return job.Key(team + ":" + channel + ":" + ts)
}

// slashKey is what makes a slash command the same one.
func slashKey(team, channel, trigger string) job.Key {
	return job.Key(team + ":" + channel + ":/" + trigger)
}

// againKey is what makes a press on the [Again] of a message the same press, whoever presses it.
func againKey(team, channel, run, ts string) job.Key {
	return job.Key(team + ":" + channel + ":" + run + againMark + ts)
}

// homeAgainKey is what makes somebody's presses on the [Again] of a run in their Home tab the same one.
func homeAgainKey(team, user, run string) job.Key {
	return againKey(team, user, run, homeMark)
}

// origin is a key taken apart.
type origin struct {
	team, channel string
	ts            string // of the message that was typed, or that holds the button [Again]; empty when there is none
	slash         bool   // there is no message: a slash command, or a press in a Home tab
	again         string // the run that is done again
}

// keyParts takes a key apart, and reports whether it is one of ours.
func keyParts(k job.Key) (origin, bool) {
	parts := strings.Split(string(k), ":")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return origin{}, false
	}
	o := origin{team: parts[0], channel: parts[1]}
	if trigger, ok := strings.CutPrefix(parts[2], "/"); ok {
		o.slash = true
		return o, triggerForm.MatchString(trigger)
	}
	o.ts = parts[2]
	if run, ts, ok := strings.Cut(parts[2], againMark); ok {
		o.again, o.ts = run, ts
		if !job.LooksLikeID(run) || run != strings.ToLower(run) {
			return origin{}, false
		}
		if ts == homeMark {
			o.slash, o.ts = true, ""
			return o, userForm.MatchString(o.channel)
		}
	}
	return o, validTS(o.ts)
}

func validKey(k job.Key) bool {
	_, ok := keyParts(k)
	return ok
}

package slackbridge

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// The actions a board.Button can have. Anything else is answered as a button that is no longer understood.
const (
	ActionDecide  = "decide"  // Value made by job.DecisionValue: an answer to a run's question, or a cancel
	ActionReason  = "reason"  // as ActionDecide, but first a window asks for the reason, which may be left out
	ActionWhy     = "why"     // as ActionCommand, but first a window asks for the reason the command lacks
	ActionCommand = "command" // Value made by CommandValue: a command completed by a button
	ActionOpen    = "open"    // Value is an address, which Slack opens; in a Home tab only
	ActionAgain   = "again"   // Value is the id of a run that has ended: the same once more, asked for by whoever presses
)

// maxValue is how long a button's value may be: https://docs.slack.dev/reference/block-kit/block-elements/button-element
const maxValue = 2000

var errValue = errors.New("the button's value is not one of ours")

// CommandValue is what a button with ActionCommand carries: the key of the message it completes, and the command as it
// would have been typed. The command runs under that key, however often the button is pressed.
func CommandValue(key job.Key, typed string) string { return string(key) + "|" + typed }

// parseValue reads what job.DecisionValue made. It accepts nothing else: ids and choices are checked, since a click is input.
func parseValue(s string) (run string, ask int, choice string, err error) {
	parts := strings.Split(s, "|")
	if len(s) > maxValue || len(parts) != 3 || !job.LooksLikeID(parts[0]) || parts[0] != strings.ToLower(parts[0]) {
		return "", 0, "", fmt.Errorf("reading %.40q: %w", s, errValue)
	}
	ask, err = strconv.Atoi(parts[1])
	if err != nil || ask < 0 || strconv.Itoa(ask) != parts[1] {
		return "", 0, "", fmt.Errorf("reading the question's number in %.40q: %w", s, errValue)
	}
	if parts[2] == "" || strings.Trim(parts[2], "abcdefghijklmnopqrstuvwxyz -") != "" {
		return "", 0, "", fmt.Errorf("reading the choice in %.40q: %w", s, errValue)
	}
	return parts[0], ask, parts[2], nil
}

// parseCommandValue reads what CommandValue made.
func parseCommandValue(s string) (key job.Key, typed string, err error) {
	k, typed, ok := strings.Cut(s, "|")
	if len(s) > maxValue || !ok || typed == "" || !validKey(job.Key(k)) {
		return "", "", fmt.Errorf("reading %.40q: %w", s, errValue)
	}
	return job.Key(k), typed, nil
}

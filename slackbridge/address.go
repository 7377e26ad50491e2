package slackbridge

import "strings"

// The block that holds the buttons says whom they are meant for. Slack returns a block's id with every click on it.
const (
	toEveryone = "pawl"
	toOne      = "pawl.to."
)

// addressed is the id of a block whose buttons are meant for one person, or for whoever the door lets press.
func addressed(user string) string {
	if user == "" {
		return toEveryone
	}
	return toOne + user
}

// addressee takes the person out of a block's id; empty when the buttons are for everyone.
func addressee(block string) string {
	user, ok := strings.CutPrefix(block, toOne)
	if !ok {
		return ""
	}
	return user
}

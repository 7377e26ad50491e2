// Package slackbridge is Pawl's way in and out of Slack, and the only place (the sandbox apart) that knows slack-go.
//
// The way in. Two sockets are kept open and supervised (link.go). An envelope is decoded leniently (envelope.go), given
// to a bounded crew of workers (intake.go), recognised if it was seen before (recent.go), attributed to a person from the
// directory in memory (directory.go), parsed by internal/words and handed to the door (say.go, start.go, decide.go,
// click.go). It is acknowledged when what it asked for is durable, and left unacknowledged when that is not known, so
// that Slack delivers it again.
//
// The way out. Poster says things exactly as often as Slack allows: a message is found again by the key in its metadata
// (find.go), duplicates are swept, every call waits for its budget in order of urgency (budget.go), every documented
// error has a meaning (errors.go), and a board.Message becomes blocks that respect every limit (render.go, mrkdwn.go).
//
// Nothing here decides who may do what: the directory says who somebody is, the door decides.
package slackbridge

// Package slack is the Slack of the pretend world: Slack's Web API and Socket
// Mode on the wire, for one workspace called Acme, with the people in it.
//
// It is strict and it remembers. Whatever Slack refuses, it refuses with the
// documented code; whatever Slack promises, it does not promise more. Where the
// published API leaves a question open, the answer that is harder for a client
// was taken, and a comment at the place says so.
//
// # A tour
//
//   - [New] makes a [Server] out of [Options]; [Server.Handler] serves it.
//   - api.go takes a call apart: token (actor.go), arguments (args.go), faults
//     (faults.go), rate limits (tiers.go), then one method (methods.go and the
//     methods_*.go files).
//   - A method only reads the workspace (directory.go, timeline.go) and describes
//     what is to be different in a change. change.go writes that to the file
//     (store.go) first, then to memory, then tells the people (stream.go, push.go)
//     and the app (events.go, outbox.go).
//   - outbox.go is Socket Mode seen from Slack: one envelope to one connection
//     (socket.go), again when nobody acknowledged it, three times at most.
//   - blocks.go and its neighbours check Block Kit.
//   - click.go, trigger.go and responseurl.go are what happens when a person
//     presses a button.
//   - sandboxapi.go is the part no Slack has: see docs/sandbox-api.md.
//   - [Person] and [Control] are clients for tests; they speak HTTP and so work
//     against a server in another process as well.
//
// # Locks
//
// Server.mu guards the workspace and is held while a change is written, so that
// every reader sees an order of events that the file knows too. The outbox, the
// hub of the streams, the faults and the log have locks of their own which are
// only ever taken after Server.mu, never around it.
package slack

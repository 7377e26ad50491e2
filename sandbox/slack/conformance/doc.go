// Package conformance holds the sandbox's Slack to Slack's own clients: an app
// written with @slack/bolt over Socket Mode, and @slack/web-api beside it. They
// were not written by us, so they do not share our misunderstandings.
//
// The package has tests only. They need node and npm; the clients are installed
// once, as package-lock.json pins them, into the user's cache directory.
package conformance

// Package engine gives Pawl its Temporal: either a whole server inside this
// process, kept in a data directory, or somebody's cluster.
//
// [Start] is the embedded one. It takes the lock of the data directory, checks
// that the data was made by the same engine, starts the server on loopback
// ports that speak nothing but mutual TLS, and answers with a client. What a
// crash interrupted is taken up at once by [Engine.Revive]. [Connect] is the
// other one: it uses the cluster named by TEMPORAL_ADDRESS. With [Join] a worker
// or a bridge in a process of its own uses the embedded engine of another, and
// goes on when that one dies and comes back (way.go is how it is found, mourn.go
// how the engine learns that a worker died). [Dial] lets a second process on the
// same machine look at it once.
//
// The data directory:
//
//	lock                    flock of the one process that has the engine; its pid and address
//	lives/                  a locked file for each process beside it: see package lives
//	engine/stamp.json       which engine made the data
//	engine/main.db          the truth: every run under way (SQLite, WAL, synchronous FULL)
//	engine/visibility.db    the index behind lists; a hint, not the truth (WAL, NORMAL)
//	engine/certificate.pem  certificate and key of every port, readable by the owner only
//	engine/address.json     the ports, kept from start to start
//	engine/program          which build of Pawl carried on the runs last
//	engine/running          present while the engine runs: left behind by a crash
//
// Temporal calls SQLite fit for development and testing
// (https://docs.temporal.io/self-hosted-guide/embedded-server). One process,
// one machine and modest load is what this mode is for; a cluster is the next
// rung.
//
// This is the only package that imports go.temporal.io/server. The build tag
// "slim" leaves the server out; then Start says so and Connect still works.
package engine

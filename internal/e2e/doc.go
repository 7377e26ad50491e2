// Package e2e holds the tests that use Pawl as people do: the real binary as a process of its own beside the world of
// the sandbox, commands typed and buttons pressed over the wire, plugs pulled with SIGKILL. Nothing in here looks inside
// Pawl; what holds is held from outside: the thread, the hosts, the ledger, the engine's histories.
package e2e

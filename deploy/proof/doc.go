// Package proof holds what lies around Pawl's programs to what they really accept: docker-compose.yml, the Dockerfile and
// the systemd units.
//
// No container engine runs where Pawl is developed, so the proof is in two halves. The compose file is read as Docker
// Compose reads it and held to rules (rules.go): commands, variables, ports, paths and secrets that the programs know,
// nothing published to others, nothing unpinned. And its services are run, as processes with exactly their commands and
// environments, by the smallest engine that can: each in namespaces of its own, on a root that cannot be written, as the
// user the file says, with its volumes and secrets and nothing else, started in the order of depends_on, and held to its
// health check (box.go, inside_linux.go, stack.go). What stands in for the images is in images.go: Temporal's programs are
// the official ones, built from the module that the official image is built from.
//
// What is not the file's is little, and all of it is in images.go and stack.go: every service has an address of its own in
// 127.0.0.0/8 instead of a network, PostgreSQL is the one of this machine, the web page is not run, and Slack and the hosts
// are the sandbox's.
//
// It is a module of its own because nobody who uses Pawl needs what it stands on.
package proof

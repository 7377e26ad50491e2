// Package hosts is the pretend world's machines: SSH servers on loopback that behave like OpenSSH and run commands in a
// real shell, each with a directory of its own as home.
//
// A [World] has named [Host]s. Their keys, their ports and the known_hosts file stay in the data directory, so that a
// host is the same one after a restart. A host's cable can be cut and mended; scripts running on it do not notice.
//
// What a session shares with OpenSSH, and clients depend on: only public keys log in; a command's exit status is sent
// when its shell ends, but the session stays open while anything holds its output; a lost connection does not kill what
// it started; signals go to the process group; variables a client asks for are refused, and so are terminals, shells
// without a command, subsystems and forwarding; the eleventh session of a connection is refused.
//
// The hosts are no chroot: a command sees the whole machine as the user who runs the world. What keeps them apart from
// it is a clean environment (a home of their own, PATH beginning with the world's tools, nothing else of the user's)
// and scripts that use only paths below their home.
package hosts

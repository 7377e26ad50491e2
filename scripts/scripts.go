// Package scripts holds the shipped remote scripts, and the database the sandbox's master is made of.
//
// toy/sqlite is a refresh of a person's own copy of a database: five scripts in order (snapshot, copy, restore, mask,
// swap), undo, which puts the previous one back, and cleanup, which takes away what a refresh left behind. They are
// POSIX shell and use the sqlite3 and scp they find on PATH. The header of each says which arguments it takes, what it
// tells the board, and what it leaves behind.
//
// app/restart.sh restarts one instance of an app on its host, app/deploy.sh gives it another version.
//
// traffic holds the two that ask and tell load balancers who serves users, haproxy and nginx: they run on the load balancer's
// host, and carry out a switch at most once.
//
// Two rules hold for all of them. A script may be killed at any moment and run again from its start: the result is the
// same as if it had run once. And arguments are data: they come as environment variables and are never part of a
// command.
package scripts

import (
	"embed"
	"fmt"
)

//go:embed toy/sqlite/*.sh app/*.sh traffic/*.sh
var files embed.FS

// Toy returns the text of one script of a toy refresh: "snapshot", "copy", "restore", "mask", "swap", "undo" or
// "cleanup", with the functions they share before it. It panics on any other name, which is a mistake in the program.
func Toy(name string) string { return mustRead("common") + "\n" + mustRead(name) }

func mustRead(name string) string { return read("toy/sqlite", name) }

func read(dir, name string) string {
	text, err := files.ReadFile(dir + "/" + name + ".sh")
	if err != nil {
		panic(fmt.Sprintf("there is no script %q in %s", name, dir))
	}
	return string(text)
}

// Traffic returns the text of the script for one kind of load balancer, "haproxy" or "nginx", with the functions they share
// before it. It panics on any other name, which is a mistake in the program.
func Traffic(kind string) string { return read("traffic", "common") + "\n" + read("traffic", kind) }

// Restart returns the text of the script that restarts an instance of an app, as an example to be changed: where
// instances live and how they are started is a company's own.
func Restart() string { return app("restart") }

// Deploy returns the text of the script that gives an instance of an app another version, as an example to be changed:
// where code comes from is a company's own as well.
func Deploy() string { return app("deploy") }

func app(name string) string {
	text, err := files.ReadFile("app/" + name + ".sh")
	if err != nil {
		panic(err) // the file is embedded: only a typing mistake here comes this far
	}
	return string(text)
}

// Command bench measures Pawl and prints one table: how long a command takes from Slack to its board beside the least
// the engine itself needs, how soon a board moves after kill -9, what a run costs, how long starts, deploys, switches of
// load balancers, backups and syncs take, and the parts too quick to be seen in those.
//
// It runs the real program (package pawl beside this one adds a job that does nothing) as a process of its own next to
// the sandbox's world, with production's timers and Slack's published limits. The times of messages are those the
// sandbox stamps them with, so they include its own writes to disk. Nothing leaves the machine.
//
// The rows of a sync go into a PostgreSQL of their own, beside a bare loop that copies the same pages (rows.go). Parts are Go
// benchmarks that stand beside the code they measure (parts.go). What the machine has no server for is left out, and its line
// says so.
//
// Slack lets an app post 240 times a minute with room to spare, and edit 44 times. What would wait for that is kept
// apart: commands are typed at a pace that stays below it, and of many at once it is measured when their boards are
// ready to be posted.
package main

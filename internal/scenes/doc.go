// Package scenes plays scenes: text files in which people type and press, and below it stands what Pawl says to that. The
// world is the sandbox, Pawl a process of its own; what is held is what people see.
//
//	stage.go      where scenes are played, and what there is on it
//	play.go       one scene from its first section to its last; update.go writes what was seen
//	deeds.go      what a section can make happen; shows.go what it can show
//	chronicle.go  what people saw; screen.go shows it as text; message.go reads a message
//	manners.go    the rules of tone every message is held to
//	process.go    the process of Pawl, and its end
//
// A scene is a txtar archive. The heading of a section is what somebody does, or what is shown:
//
//	-- alice: toy --                           in her direct message
//	-- alice in #shop-dev: @Pawl toy --        in a channel
//	-- alice in the thread: retry --           in the thread of the last command; "bob in alice's thread: ..." in hers
//	-- alice presses [ Try again ] --          "... in bob's thread", "... in #ops"; "alice presses that button too" once more
//	-- alice says in the window: use green --  in the window that is open before her
//	-- alice types /pawl toy in #shop-dev --   a slash command
//	-- alice waits until that is over --       what she started last
//	-- alice's thread says "Watch it" --       waits until it does
//	-- pawl: is killed and comes back --       with SIGKILL
//	-- db-master: the cable is cut --          "... is mended"; any host of the world
//	-- on app-1: cat note --                   shows what a command says in the home of a host
//	-- somebody deletes the board --
//	-- slack: ratelimited on chat.update 3 times --  "slack: is fine"; #ops: "is archived", "is back", "removes pawl", "adds pawl"
//	-- the thread, and a few words more --     shows the whole thread; "... at the end" when its runs are over
//	-- alice hears in her direct message --    shows what was said to her where she had not asked; "#ops hears"
//	-- on the hosts --                         shows which scripts run there
package scenes

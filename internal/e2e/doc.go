// Package e2e holds the tests that use Pawl as people do: the real binary as a process of its own beside the world of
// the sandbox, commands typed and buttons pressed over the wire, plugs pulled with SIGKILL. Nothing in here looks inside
// Pawl; what holds is held from outside: the thread, the hosts, the ledger, the engine's histories.
//
//	fleet_test.go        a world with a Pawl in it, and people
//	ownworld_test.go     worlds in which nothing was ever done, for scenes of deploys, and what happens to versions in them
//	transcripts_test.go  scenes from workflows/testdata, played on a stage of internal/scenes, which says what a scene may hold
//	stage_test.go        where scenes are played; deeds_test.go is what a scene can make happen
//	noise_test.go        how many messages, calls, edits
//	kill_test.go         one kill while a run is parked at every point; ends_test.go other ends of the process
//	agreekill_test.go    the same while others are asked whether they agree; agree_test.go is their question in #ops
//	apart_test.go        Pawl as three processes; partdies_test.go and partends_test.go end them one by one
//	agreeapart_test.go   one part dies while others are asked; two people press at once through two bridges
//	slackfaults_test.go  what may be wrong with Slack
//	sync_test.go         what happens to the CRM in a scene; synctable_test.go reads what was written against it
//	synckill_test.go     a kill in every phase of a sync of bulk_test.go's records; synczombie_test.go a worker that slept
//	synchostile_test.go  what a third party may send
//	outside_test.go      a run ended by force
//	builds_test.go       what happens to Jenkins in a scene; runbookfaults_test.go what may be wrong with it, and with a host
//	runbookkill_test.go  one kill while runbooks are everywhere a runbook can be
//	deploykill_test.go   one kill while users are moved everywhere; deploys_test.go is a world for it, and what is held of it
//	deployload_test.go   deploys under load through a real HAProxy (balancer_test.go) with users (deploycrowd_test.go) who
//	                     are held against what the runs did (deploytimes_test.go); deployqueue_test.go many in one queue
//	schedules_test.go    what runs by itself: from the chat, while Pawl is killed, and killed on its way
//	histories_test.go    records what workflows.TestReplay replays; agreehistories_test.go those with an approval,
//	                     launchhistories_test.go those of schedules, runbookhistories_test.go those of runbooks,
//	                     deployhistories_test.go those of deploys
//	drill/ pawl/ tools/  the jobs of these tests, the program with them, and what its hosts have on their PATH
//
// What a scene may hold anywhere is in internal/scenes. Here it may say besides:
//
//	-- in deals.csv --                         shows how the deals stand that people read
//	-- eve answers release in Jenkins --       at its page, where a build of shop/release asks; "eve builds release in Jenkins"
//	-- a new world where A became B --         first of all: played in a world of its own, with A replaced in pawl.yaml;
//	                                           "a new world with 40 users a second"
//	-- the next version is ill --              "... does not start", "... makes errors"
//	-- pawl: restarts after A became B in pawl.yaml --
//	-- crm: is down --                         and the other deeds in deeds_test.go
package e2e

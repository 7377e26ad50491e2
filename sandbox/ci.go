package sandbox

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// jenkinsPath is where the world's Jenkins is, below the address of the world.
const jenkinsPath = "/jenkins"

// restartTakes is how long Jenkins is not ready after its button.
const restartTakes = 10 * time.Second

// openJenkins opens the Jenkins with the company's jobs and shows it on the panel.
func (w *World) openJenkins(o jenkins.Options) (err error) {
	o.Root, o.Context, o.Path, o.Changed = w.URL+jenkinsPath, jenkinsPath, filepath.Join(w.dir, "jenkins.json"), w.Panel.Changed
	o.Visitor = "eve"
	o.Accounts = []jenkins.Account{
		{ID: jenkins.User, Name: "Pawl", Token: jenkins.Token}, {ID: "eve", Name: "Eve"}, {ID: "carol", Name: "Carol"},
	}
	o.Jobs = append(shopJobs(func(version string) {
		if err := w.Apps.StoreBuilt(version); err != nil {
			w.log.Warn().Err(err).Msg("storing what jenkins built")
		}
	}), o.Jobs...)
	if w.Jenkins, err = jenkins.New(o); err != nil {
		return err
	}
	w.Panel.Register(ciThing{w.Jenkins, w.URL + jenkinsPath + "/"})
	w.Panel.Register(ciFaults{w.Jenkins})
	return nil
}

// watchJenkins lets builds go on while nobody asks, and tells the panel when there are more or fewer.
func (w *World) watchJenkins(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	type busy struct {
		running, waiting int
		starting         bool
	}
	var last busy
	for {
		var now busy
		if now.running, now.waiting, now.starting = w.Jenkins.Busy(); now != last {
			last = now
			w.Panel.Changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ciThing shows how Jenkins is, and leads to its page.
type ciThing struct {
	ci   *jenkins.Server
	page string
}

// Thing shows what Jenkins does.
func (t ciThing) Thing() Thing {
	running, waiting, starting := t.ci.Busy()
	shown := Thing{
		ID: "jenkins", Kind: KindCI, Name: "Jenkins", State: StateOK, Word: "up", URL: t.page,
		Detail: count(running, "build runs", "builds run"),
		Switches: []Switch{{
			ID: "restart", Label: "Restart it", Danger: true,
			Help: "It answers 503 for 10 seconds. Pipelines go on afterwards, other builds are aborted, and what left the queue is forgotten.",
		}},
	}
	if waiting > 0 {
		shown.Detail += ", " + count(waiting, "waits", "wait")
	}
	if starting {
		shown.State, shown.Word = StateStarting, "getting ready to work"
	}
	for _, i := range ciIllnesses() {
		if i.down && ciDrawer(t.ci).isSet(i.fault.Kind) {
			shown.State, shown.Word = StateDown, i.word
			_, shown.Since = t.ci.Faults()
		}
	}
	return shown
}

// Flip restarts it.
func (t ciThing) Flip(_ context.Context, id string, on bool) error {
	if id != "restart" {
		return ErrNoSwitch
	}
	if on {
		t.ci.Restart(restartTakes)
	}
	return nil
}

func count(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// ciFaults is a drawer with everything that can be wrong with Jenkins.
type ciFaults struct{ ci *jenkins.Server }

func ciIllnesses() []illness[jenkins.Fault] {
	fault := func(kind string) jenkins.Fault { return jenkins.Fault{Kind: kind} }
	return []illness[jenkins.Fault]{
		{fault(jenkins.Down), "Switched off", "does not answer", "Connections are cut without an answer. Builds go on.", true},
		{fault(jenkins.Starting), "Getting ready", "getting ready to work", "Every answer is 503 and a page that says to wait.", true},
		{jenkins.Fault{Kind: jenkins.Lost, Method: "POST"}, "Answers get lost", "loses its answers", "What is asked for happens, and the connection is cut before the answer.", false},
		{jenkins.Fault{Kind: jenkins.Slow, MS: 5000}, "Slow", "slow", "What is asked for happens at once, and every answer takes 5 seconds.", false},
		{fault(jenkins.Revoked), "Token revoked", "does not let Pawl in", "Every request is answered 401.", true},
		{fault(jenkins.Forbidden), "Rights taken away", "lets Pawl do nothing", "Every request is answered 403.", true},
		{fault(jenkins.Broken), "Oops", "answers with an error page", "Every request is answered 500, and nothing happens.", true},
		{fault(jenkins.Quiet), "About to shut down", "about to shut down", "Builds are queued and stay there. Pipelines pause after the step they are in.", false},
		{fault(jenkins.NoExecutor), "No executor free", "has no executor free", "Nothing gets a machine to run on.", false},
		{fault(jenkins.Forgets), "Forgetful queue", "forgets its queue", "A queue item is forgotten the moment its build begins, and not after five minutes.", false},
		{fault(jenkins.NoStages), "Plugin missing", "does not tell stages", "The plugin that tells the stages of a pipeline is not installed.", false},
		{fault(jenkins.Given), "Somebody is faster", "somebody answers first", "Whoever answers a question is told that it has been given already, and it has.", false},
	}
}

func ciDrawer(ci *jenkins.Server) drawer[jenkins.Fault] {
	return drawer[jenkins.Fault]{
		all: ciIllnesses(), kind: func(f jenkins.Fault) string { return f.Kind }, ail: ci.Set, heal: ci.Clear,
		set: func() []jenkins.Fault { active, _ := ci.Faults(); return active },
	}
}

// Thing shows what is wrong.
func (t ciFaults) Thing() Thing {
	_, since := t.ci.Faults()
	shown := Thing{ID: "jenkins-faults", Kind: KindCI, Name: "Faults", State: StateOK, Word: "none", Since: since}
	ciDrawer(t.ci).show(&shown)
	return shown
}

// Flip makes something wrong with Jenkins, or right again.
func (t ciFaults) Flip(_ context.Context, id string, on bool) error {
	return ciDrawer(t.ci).flip(id, on)
}

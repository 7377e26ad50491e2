package looks

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/instances"
	"github.com/pawl-ops/pawl/job"
)

// Waits of the looks at apps.
const (
	// answerWithin is when a look answers, whoever has not answered it by then: people have the answer within a second.
	answerWithin = 800 * time.Millisecond
	// askingWithin is how long an instance or a host may be asked in the background after that: what it says late is
	// known to the next look.
	askingWithin = 5 * time.Second
)

// whatArg names the part of the inventory to look at.
const whatArg = "what"

func whatParam(help string) job.Param {
	return job.Param{Name: whatArg, Type: job.TypeThings, Optional: true, Help: help}
}

// Apps is the part of the world that status, health and show tasks look at. Every function may be called at any time and
// from many goroutines.
type Apps struct {
	// Instances are those a canonical text means, in the order of pawl.yaml: "shop master"; all for the empty text.
	Instances func(things string) []job.Instance
	// Probe asks an instance how it is.
	Probe func(context.Context, job.Instance) instances.Health
	// Tasks asks an instance what it works at. The error's text is a sentence for people.
	Tasks func(context.Context, job.Instance) ([]instances.Task, error)
	// Active is the name of the instance that serves users.
	Active func(context.Context, job.Traffic) (string, error)
	// Within is when an answer is given, complete or not; 800 ms when zero.
	Within time.Duration
}

// OfApps are the looks at apps: status, health and show tasks. They share what they remember.
func OfApps(a Apps) []Look {
	if a.Within <= 0 {
		a.Within = answerWithin
	}
	w := &watch{apps: a, known: map[string]memory{}}
	return []Look{
		{Spec: statusSpec(), Answer: w.status},
		{Spec: healthSpec(), Answer: w.health},
		{Spec: tasksSpec(), Answer: w.tasks},
	}
}

// watch looks at apps, and remembers since when an instance is silent.
type watch struct {
	apps   Apps
	probes flights[instances.Health]
	lists  flights[taskList]
	maps   flights[users]

	mu    sync.Mutex
	known map[string]memory // by instance
}

// memory is what earlier looks found out about an instance.
type memory struct {
	answered time.Time // when it last did
	silent   time.Time // when it was first found silent after that; zero: it was not
}

// taskList is what an instance said about its tasks.
type taskList struct {
	tasks []instances.Task
	err   error
}

// users is what a map said about who serves them.
type users struct {
	name string
	err  error
}

// seen is one instance as it was found.
type seen struct {
	job.Instance

	health instances.Health
	known  bool      // the probe is over
	since  time.Time // silent since, when an earlier look found it so; zero otherwise

	list      taskList
	listKnown bool
}

// place is one environment as it was found.
type place struct {
	app, name  string
	seen       []seen
	traffic    job.Traffic // zero: nobody decides who has users
	users      users
	usersKnown bool
}

// picture is everything a look found out, app by app and environment by environment.
type picture struct {
	places []*place
	zone   *time.Location
	now    time.Time
}

// see looks at all instances, and at who has users, at once, and returns in time.
func (w *watch) see(ctx context.Context, r Request, withTasks bool) picture {
	ctx, cancel := context.WithTimeout(ctx, w.apps.Within)
	defer cancel()
	p := picture{places: group(w.apps.Instances(r.Command.Args[whatArg])), zone: r.Now.Location(), now: r.Now}
	var asking sync.WaitGroup
	for _, e := range p.places {
		if !e.traffic.Zero() {
			asking.Go(func() { e.users, e.usersKnown = w.usersOf(ctx, e.traffic) })
		}
		for i := range e.seen {
			s := &e.seen[i]
			asking.Go(func() { w.probe(ctx, s) })
			if withTasks && s.Tasks != "" {
				asking.Go(func() { s.list, s.listKnown = w.tasksOf(ctx, s.Instance) })
			}
		}
	}
	asking.Wait()
	return p
}

// apps are the environments, those of one app together.
func (p picture) apps() (apps [][]*place) {
	for _, e := range p.places {
		if n := len(apps); n > 0 && apps[n-1][0].app == e.app {
			apps[n-1] = append(apps[n-1], e)
			continue
		}
		apps = append(apps, []*place{e})
	}
	return apps
}

// group puts instances into their environments, in the order in which they come.
func group(list []job.Instance) (places []*place) {
	at := map[string]*place{}
	for _, i := range list {
		key := i.App + "\x00" + i.Environment
		e := at[key]
		if e == nil {
			e = &place{app: i.App, name: i.Environment}
			at[key], places = e, append(places, e)
		}
		if e.traffic.Zero() {
			e.traffic = i.Traffic
		}
		e.seen = append(e.seen, seen{Instance: i})
	}
	return places
}

func (w *watch) probe(ctx context.Context, s *seen) {
	key := s.String()
	s.health, s.known = w.probes.ask(ctx, key, func(ctx context.Context) instances.Health {
		began := time.Now()
		h := w.apps.Probe(ctx, s.Instance)
		w.remember(key, h, began)
		return h
	})
	s.since = w.silentSince(key, s.known)
}

// remember keeps since when an instance is silent.
func (w *watch) remember(key string, h instances.Health, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.known[key]
	switch {
	case h.Answered:
		m = memory{answered: time.Now()}
	case m.silent.IsZero() && began.After(m.answered): // else asked before it answered last, and only given up now
		m.silent = began
	}
	w.known[key] = m
}

// silentSince is when an earlier look found an instance silent; zero when only this one did.
func (w *watch) silentSince(key string, known bool) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := w.known[key].silent
	if known && time.Since(since) < w.apps.Within {
		return time.Time{} // this very look: "since" would sound as if it had been well a minute ago
	}
	return since
}

func (w *watch) tasksOf(ctx context.Context, i job.Instance) (taskList, bool) {
	return w.lists.ask(ctx, i.String(), func(ctx context.Context) (l taskList) {
		l.tasks, l.err = w.apps.Tasks(ctx, i)
		return l
	})
}

func (w *watch) usersOf(ctx context.Context, t job.Traffic) (users, bool) {
	return w.maps.ask(ctx, strings.Join([]string{t.Host.Address, t.Map, t.Key}, "\x00"), func(ctx context.Context) (u users) {
		u.name, u.err = w.apps.Active(ctx, t)
		return u
	})
}

// nothing is the answer when there is nothing to look at.
func (w *watch) nothing() board.Message {
	text := "There is no app to look at: `apps:` in pawl.yaml says which there are."
	return board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
}

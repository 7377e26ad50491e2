package app

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/app/sweep"
	"github.com/pawl-ops/pawl/internal/calls"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
	"github.com/pawl-ops/pawl/worker"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// workerRole carries on runs, and says in Slack what becomes of them. It needs the bot token, the hosts and the ledger;
// it hears nobody.
type workerRole struct {
	*house
	poster  *slackbridge.Poster
	own     bool                   // the poster is not the bridge's
	people  *slackbridge.Directory // whom the names of pawl.yaml mean; nil: the bridge's poster knows
	acts    *activities.Activities
	at      atomic.Pointer[worker.Worker] // nil until it works
	sweeper *sweep.Sweeper
}

// newWorkerRole makes the worker. A bridge of the same process shares its poster, and with it one budget for Slack.
func newWorkerRole(h *house, bridge *bridgeRole) (*workerRole, error) {
	builds, err := h.newJenkins()
	if err != nil {
		return nil, err
	}
	w := &workerRole{house: h}
	if bridge != nil {
		w.poster = bridge.slack.Poster()
	} else {
		w.own = true
		w.poster = slackbridge.NewPoster(slackbridge.PosterOptions{
			APIURL: os.Getenv("SLACK_API_URL"), BotToken: h.cfg.Slack.BotToken, Log: h.log,
		})
		w.people = slackbridge.NewDirectory(w.poster, h.people(), h.opt.Data, slackbridge.Timers{}, h.log)
	}
	w.acts = &activities.Activities{
		Poster: w.poster, Remote: remote{h.remote}, Ledger: h.ledger, Door: h.door, Hosts: h.cfg.Hosts, Configs: h.sections(), Now: time.Now,
		Syncs:   activities.Syncs{All: h.cfg.Syncs, Times: h.cfg.Schedules, Zone: h.cfg.Timezone, Secrets: h.syncSecrets, Dir: h.file("syncs")},
		Jenkins: builds, Calls: caller{calls.New(nil), h.cfg.Secret}, Deploys: h.deploys(builds),
	}
	w.acts.Doubted = h.doubted
	h.observe(w.acts)
	w.sweeper = &sweep.Sweeper{
		Engine: w.asked, Ledger: h.ledger, Poster: w.poster, Reaper: w.acts, Door: h.door, Hosts: h.cfg.Hosts, Pruner: h.remote,
		Lives: h.lives(), Every: h.cfg.Timers.Sweep, Log: h.log,
	}
	return w, nil
}

// asked is the engine as the sweeper asks it; nil while it was not reached.
func (w *workerRole) asked() sweep.Engine {
	if e := w.engine.Load(); e != nil {
		return e.Client()
	}
	return nil
}

// idle is what it does beside carrying on runs.
func (w *workerRole) idle() {
	w.beside(w.sweeper.Run)
	w.beside(w.sweeper.PruneForEver)
	w.beside(w.shareForEver)
	w.beside(w.keepAnnouncements)
	w.beside(w.keepSchedules)
	if w.people != nil {
		w.beside(w.people.Run)
	}
}

// begin checks that this program can carry on what is open, unless it did so last, and begins to.
func (w *workerRole) begin(ctx context.Context, e *engine.Engine) error {
	w.acts.Client = e.Client()
	o := w.options()
	if e.Upgraded() {
		if err := worker.Guard(ctx, e.Client(), o); err != nil {
			return err
		}
	}
	if err := e.Adopt(); err != nil {
		return err
	}
	at := worker.New(e.Client(), o)
	if err := at.Start(); err != nil {
		return err
	}
	w.at.Store(at)
	return nil
}

// ready reports what keeps it from carrying on runs, besides the engine.
func (w *workerRole) ready() error {
	if w.at.Load() == nil {
		return errors.New("worker: it does not work yet")
	}
	return nil
}

// untold is how long what is being done may take to end while the engine is away and hears nothing of it.
const untold = 2 * time.Second

// stop lets what is short finish, and leaves the rest to the next worker.
func (w *workerRole) stop(ctx context.Context) error {
	var err error
	if at := w.at.Swap(nil); at != nil {
		away := w.working(ctx)
		if away != nil {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, untold)
			defer cancel()
		}
		if err = at.Drain(ctx); away != nil {
			w.log.Info().AnErr("engine", away).Msg("stopped without a word to the engine; it finds out by itself")
			err = nil // it is what a kill does
		}
	}
	if w.own {
		w.poster.Close()
	}
	w.sweeper.Close()
	return err
}

// options name what runs here.
func (w *workerRole) options() worker.Options {
	return worker.Options{
		Queue: job.QueueRuns, BoardQueue: job.QueueBoards, OnFatal: w.fail,
		Register: func(r sdkworker.Registry) {
			for _, d := range w.jobs {
				r.RegisterWorkflowWithOptions(d.Workflow(), workflow.RegisterOptions{Name: d.Spec.Name})
			}
			for name, brought := range w.brought {
				r.RegisterActivityWithOptions(brought, activity.RegisterOptions{Name: name})
			}
			r.RegisterWorkflowWithOptions(workflows.Runbook.Workflow(), workflow.RegisterOptions{Name: job.RunbookWorkflow})
			r.RegisterWorkflowWithOptions(frame.LaneWorkflow, workflow.RegisterOptions{Name: job.LaneWorkflow})
			r.RegisterWorkflowWithOptions(frame.LaunchWorkflow, workflow.RegisterOptions{Name: job.LaunchWorkflow})
			r.RegisterActivity(w.acts)
		},
		RegisterBoards: func(r sdkworker.Registry) {
			r.RegisterActivityWithOptions(w.acts.KeepBoard, activity.RegisterOptions{Name: "KeepBoard"})
		},
	}
}

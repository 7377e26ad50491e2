package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	sdkworker "go.temporal.io/sdk/worker"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
	"github.com/pawl-ops/pawl/starter"
	"github.com/pawl-ops/pawl/worker"
	"github.com/pawl-ops/pawl/workflows/frame"
)

const ledgerFile = "ledger.db"

// sshConfig is the section `ssh:` of pawl.yaml.
type sshConfig struct {
	Key        string `yaml:"key" help:"file of the private key that logs in; without it those in ~/.ssh and the agent"`
	KnownHosts string `yaml:"known hosts" help:"file with the keys of the hosts; ~/.ssh/known_hosts when not given"`
}

// configure reads pawl.yaml. Each job's section is known by the job, so that a new job changes nothing here.
func (p *Pawl) configure() error {
	if err := words.Check(p.specs()); err != nil {
		return fmt.Errorf("the commands do not fit together: %w", err)
	}
	sections := map[string]any{"ssh": sshConfig{}}
	for _, d := range p.jobs {
		if d.Section != "" {
			sections[d.Section] = d.Config
		}
	}
	cfg, err := config.Load(p.opt.Config, config.Known{Specs: p.specs(), Sections: sections})
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s: write it, or name yours with --config; `pawl demo` needs none, and leaves a complete one in .pawl/world/pawl.yaml", p.opt.Config)
	}
	if err != nil {
		return err
	}
	if cfg.Slack.BotToken.Empty() || cfg.Slack.AppToken.Empty() {
		return errors.New("there is no way into Slack: set SLACK_BOT_TOKEN (xoxb-...) and SLACK_APP_TOKEN (xapp-...), the tokens of your Slack app; `pawl demo` needs none")
	}
	p.cfg = cfg
	return nil
}

// specs are everything that can be typed: jobs and looks.
func (p *Pawl) specs() []job.Spec {
	var specs []job.Spec
	for _, d := range p.jobs {
		specs = append(specs, d.Spec)
	}
	return append(specs, looks.Specs()...)
}

// connect makes the parts and ties them together. Nothing runs yet.
func (p *Pawl) connect() (err error) {
	if p.ledger, err = ledger.Open(context.Background(), p.file(ledgerFile)); err != nil {
		return err
	}
	specs := p.specs()
	p.door = starter.New(starter.Options{
		Ledger: p.ledger, Policy: p.policy, Specs: specs, Names: p.cfg.Inventory, Approval: p.approval,
		Asks: p.cfg.Asks, Timers: p.cfg.Timers, Log: p.opt.Log,
	})
	p.looks = map[string]looks.Look{}
	for _, l := range append(p.appLooks(), looks.Help(specs, p.may), looks.Runs(p.ledger)) {
		p.looks[l.Spec.Name] = l
	}
	p.bridge, err = slackbridge.New(slackbridge.Options{
		APIURL: os.Getenv("SLACK_API_URL"), BotToken: p.cfg.Slack.BotToken, AppToken: p.cfg.Slack.AppToken,
		Door: p.door, Words: words.New(specs, words.With(p.cfg.Inventory)), Look: p.look, Threads: p.thread, May: p.mayAndWho,
		People: p.people(), DataDir: p.opt.Data, Log: p.opt.Log,
	})
	if err != nil {
		return err
	}
	if p.remote, err = p.newRemote(); err != nil {
		return err
	}
	p.acts = &activities.Activities{
		Poster: p.bridge.Poster(), Remote: remote{p.remote}, Ledger: p.ledger, Hosts: p.cfg.Hosts, Configs: p.sections(), Now: time.Now,
	}
	return nil
}

func (p *Pawl) policy() (access.Policy, string) { return p.cfg.Policy, p.cfg.Hash() }

// approval is whose agreement a command needs.
func (p *Pawl) approval(command string) job.Approval {
	a, _ := access.Approver(p.cfg.Approve, command)
	return a
}

// may says whether an actor may give a command in some form: help shows it then.
func (p *Pawl) may(a job.Actor, command string) bool {
	return access.Any(p.cfg.Policy, a, command)
}

func (p *Pawl) mayAndWho(a job.Actor, command string) (bool, []string) {
	d := access.Decide(p.cfg.Policy, a, command)
	return d.Allowed, d.Who
}

// look answers a command that only looks, from the ledger and the world.
func (p *Pawl) look(ctx context.Context, c job.Command) (board.Message, bool) {
	l, ok := p.looks[c.Name]
	if !ok {
		return board.Message{}, false
	}
	m, err := l.Answer(ctx, looks.Request{Command: c, Now: time.Now()})
	if err != nil {
		p.opt.Log.Error().Err(err).Str("look", c.Name).Msg("answering")
		text := "I cannot look that up just now: the ledger does not answer. Nothing was changed."
		return board.Message{Sentence: text, Lines: []string{text}}, true
	}
	return m, true
}

func (p *Pawl) thread(ctx context.Context, channel, thread string) (string, bool) {
	r, ok, err := p.ledger.InThread(ctx, channel, thread)
	if err != nil {
		p.opt.Log.Warn().Err(err).Msg("looking up a thread")
	}
	return r.ID, ok && err == nil
}

// sections are the decoded sections of the jobs.
func (p *Pawl) sections() map[string]any {
	all := map[string]any{}
	for _, d := range p.jobs {
		if d.Section != "" {
			into := d.NewConfig()
			p.cfg.Section(d.Section).Decode(into)
			all[d.Section] = into
		}
	}
	return all
}

func (p *Pawl) newRemote() (*sshrun.Runner, error) {
	var c sshConfig
	p.cfg.Section("ssh").Decode(&c)
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the home directory, where ssh keys are: %w", err)
	}
	o := sshrun.Options{Poll: p.cfg.Timers.RemotePoll, StopGrace: p.cfg.Timers.StopGrace, Log: p.opt.Log, Mask: mask(p.cfg.Slack.BotToken, p.cfg.Slack.AppToken)}
	if c.KnownHosts != "" {
		o.KnownHosts = []string{c.KnownHosts}
	} else {
		o.KnownHosts = []string{filepath.Join(home, ".ssh", "known_hosts")}
	}
	if c.Key != "" {
		o.IdentityFiles = []string{c.Key}
	} else {
		o.IdentityFiles, o.AgentSocket = ownKeys(home), os.Getenv("SSH_AUTH_SOCK")
	}
	return sshrun.New(o), nil
}

// ownKeys are the private keys ssh itself would try.
func ownKeys(home string) []string {
	var keys []string
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		path := filepath.Join(home, ".ssh", name)
		if _, err := os.Stat(path); err == nil {
			keys = append(keys, path)
		}
	}
	return keys
}

// workerOptions name what runs here.
func (p *Pawl) workerOptions() worker.Options {
	return worker.Options{
		Queue: job.QueueRuns, BoardQueue: job.QueueBoards, OnFatal: p.fail,
		Register: func(r sdkworker.Registry) {
			for _, d := range p.jobs {
				r.RegisterWorkflowWithOptions(d.Workflow(), workflow.RegisterOptions{Name: d.Spec.Name})
				for _, a := range d.Activities {
					r.RegisterActivity(a)
				}
			}
			r.RegisterWorkflowWithOptions(frame.LaneWorkflow, workflow.RegisterOptions{Name: job.LaneWorkflow})
			r.RegisterActivity(p.acts)
		},
		RegisterBoards: func(r sdkworker.Registry) {
			r.RegisterActivityWithOptions(p.acts.KeepBoard, activity.RegisterOptions{Name: "KeepBoard"})
		},
	}
}

// people are the names of pawl.yaml as the directory looks them up.
func (p *Pawl) people() slackbridge.People {
	all := slackbridge.People{}
	for name, who := range p.cfg.People {
		all[name] = slackbridge.Who{Group: who.Group, Emails: who.Emails}
	}
	return all
}

package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pawl-ops/pawl/app/own"
	"github.com/pawl-ops/pawl/app/reference"
	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
	"github.com/pawl-ops/pawl/starter"
)

// read reads pawl.yaml and holds it to be right. Each job's section is known by the job, so that a new job changes nothing here.
func (h *house) read() (*config.Config, error) {
	if err := words.Check(h.specs()); err != nil {
		return nil, fmt.Errorf("the commands do not fit together: %w", err)
	}
	known, err := reference.Known(h.jobs)
	if err != nil {
		return nil, err
	}
	if (engine.Options{}).Cluster() {
		known.Timers = config.ClusterTimers()
	}
	cfg, err := config.Load(h.opt.Config, known)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: `pawl init` writes one, or name yours with --config; `pawl demo` needs none, and leaves a complete one in .pawl/world/pawl.yaml", h.opt.Config)
	}
	if cfg == nil {
		return nil, err
	}
	if h.brought, err = own.Activities(h.jobs, cfg.Section, cfg.Hosts); err != nil {
		return nil, err
	}
	return cfg, cfg.Err()
}

// configure takes pawl.yaml as it is, and Slack's tokens.
func (h *house) configure() error {
	cfg, err := h.read()
	if err != nil {
		return err
	}
	switch {
	case h.opt.Roles.Bridge && h.opt.SlackHTTP != "" && cfg.Slack.SigningSecret.Empty():
		return errors.New("nobody could tell Slack's requests from others: --slack-http needs SLACK_SIGNING_SECRET, which is under Basic Information of your Slack app")
	case h.opt.Roles.Bridge && (cfg.Slack.BotToken.Empty() || cfg.Slack.AppToken.Empty() && h.opt.SlackHTTP == ""):
		return errors.New("there is no way into Slack: set SLACK_BOT_TOKEN (xoxb-...) and SLACK_APP_TOKEN (xapp-...), the tokens of your Slack app; `pawl demo` needs none")
	case cfg.Slack.BotToken.Empty():
		return errors.New("there is no way into Slack: set SLACK_BOT_TOKEN (xoxb-...), the bot token of your Slack app")
	}
	for _, warning := range cfg.Warnings {
		h.log.Warn().Msg(warning)
	}
	h.cfg = cfg
	return nil
}

// specs are everything that can be typed: jobs and looks, and those of pawl.yaml once it was read.
func (h *house) specs() []job.Spec {
	if h.cfg == nil {
		return reference.Specs(h.jobs, nil)
	}
	return reference.Specs(h.jobs, h.cfg.Specs())
}

// connect makes the parts and ties them together. Nothing runs yet.
func (p *Pawl) connect() (err error) {
	opening, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if p.ledger, err = openLedger(opening, p.opt.Data, p.log); err != nil {
		return err
	}
	p.door = starter.New(starter.Options{
		Ledger: p.ledger, Policy: p.policy, Specs: p.specs(), Names: p.cfg.Inventory, Approval: p.approval,
		Asks: p.cfg.Asks, Timers: p.cfg.Timers, Schedules: p.schedules(), Runbooks: p.runbooks(), Syncs: p.cfg.Syncs, Log: p.log,
	})
	if p.remote, err = p.newRemote(); err != nil {
		return err
	}
	if p.opt.Roles.Bridge {
		if p.bridge, err = newBridgeRole(p.house); err != nil {
			return err
		}
	}
	if p.opt.Roles.Worker {
		if p.worker, err = newWorkerRole(p.house, p.bridge); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) policy() (access.Policy, string) { return h.cfg.Policy, h.cfg.Hash() }

// approval is whose agreement a command needs.
func (h *house) approval(command string) job.Approval {
	a, _ := access.Approver(h.cfg.Approve, command)
	return a
}

// syncSecrets are what a sync is let in with, at its source and at its database.
func (h *house) syncSecrets(name string) (token, database job.Secret) {
	s := h.cfg.SyncSecrets[name]
	return s.Token, s.Database
}

// sections are the decoded sections of the jobs.
func (h *house) sections() map[string]any {
	all := map[string]any{}
	for _, d := range h.jobs {
		if d.Section != "" {
			into := d.NewConfig()
			h.cfg.Section(d.Section).Decode(into)
			all[d.Section] = into
		}
	}
	return all
}

func (h *house) newRemote() (*sshrun.Runner, error) {
	o, err := h.sshOptions()
	if err != nil {
		return nil, err
	}
	return sshrun.New(o), nil
}

// sshOptions say how hosts are reached.
func (h *house) sshOptions() (sshrun.Options, error) {
	c := h.cfg.SSH
	var home string
	if c.Key == "" || c.KnownHosts == "" { // a container has none
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return sshrun.Options{}, fmt.Errorf("finding the home directory, where ssh keys are looked for (name `key` and `known hosts` under `ssh:` in pawl.yaml, and none is needed): %w", err)
		}
	}
	o := sshrun.Options{Poll: h.cfg.Timers.RemotePoll, StopGrace: h.cfg.Timers.StopGrace, Log: h.log, Mask: mask(h.letIn()...)}
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
	return o, nil
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

// people are the names of pawl.yaml as the directory looks them up.
func (h *house) people() slackbridge.People {
	all := slackbridge.People{}
	for name, who := range h.cfg.People {
		all[name] = slackbridge.Who{Group: who.Group, Emails: who.Emails}
	}
	return all
}

package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/internal/sshrun"
	"github.com/pawl-ops/pawl/job"
)

// hostChecks look at every host: its key, the login, what scripts need there, its clock.
func (h *house) hostChecks() (checks []live.Check) {
	wanted := h.wantedOnHosts()
	for _, name := range slices.Sorted(maps.Keys(h.cfg.Hosts)) {
		host := h.cfg.Hosts[name]
		checks = append(checks, live.Check{Area: inHosts, What: name, Within: tryLongWithin, Try: func(ctx context.Context) []live.Finding {
			o, err := h.sshOptions()
			if err != nil {
				return one(inHosts, name, live.Mend, err.Error(), "")
			}
			o.Dial = tryWithin
			p, err := sshrun.Probe(ctx, host, o, wanted[name])
			return hostSaid(host, p, err, o, wanted[name])
		}})
	}
	return checks
}

// wantedOnHosts are the programs and files that jobs need where they run their scripts.
func (h *house) wantedOnHosts() map[string]sshrun.Wanted {
	all := map[string]sshrun.Wanted{}
	c, ok := h.sections()["toy"].(*activities.ToyConfig)
	if !ok || !h.cfg.Has("toy") {
		return all
	}
	all[c.From.Host] = sshrun.Wanted{Tools: []string{"sqlite3"}, File: c.From.Database}
	to := all[c.To.Host]
	to.Tools = []string{"sqlite3", "scp", "ssh"}
	to.Fetch, to.Port = c.Reach(h.cfg.Hosts[c.From.Host])
	all[c.To.Host] = to
	return all
}

// hostSaid makes lines of what was found: one for the host, and one for each thing to mend.
func hostSaid(host job.Host, p sshrun.Probed, err error, o sshrun.Options, want sshrun.Wanted) []live.Finding {
	var key *sshrun.HostKeyError
	var login *sshrun.LoginError
	file := strings.Join(o.KnownHosts, " ")
	switch {
	case errors.As(err, &key) && (key.Changed || len(p.OnFile) > 0):
		return one(inHosts, host.Name, live.Mend, "IT SHOWS ANOTHER KEY than the one on file. Somebody may stand between you and it: Pawl does not log in",
			fmt.Sprintf("On file: %s\nShown:   %s %s\nAsk whoever runs %s whether it was set up anew. Only then take its old line out of %s and add:\n%s",
				strings.Join(p.OnFile, ", "), p.Kind, p.Fingerprint, host.Name, file, p.Line))
	case errors.As(err, &key) && p.Fingerprint != "":
		return one(inHosts, host.Name, live.Mend, fmt.Sprintf("its key is not on file yet: %s %s", p.Kind, p.Fingerprint),
			fmt.Sprintf("On %s itself, at its console: ssh-keygen -lf /etc/ssh/ssh_host_%s_key.pub\nWhen it says the same fingerprint, add this line to %s:\n%s", host.Name, keyFile(p.Kind), file, p.Line))
	case errors.As(err, &key):
		return one(inHosts, host.Name, live.Mend, key.Error(), "Look at "+file+": it has the keys of the hosts, as ssh writes them.")
	case errors.As(err, &login):
		return one(inHosts, host.Name, live.Mend, fmt.Sprintf("it does not let %s in: %v", p.User, login.Err),
			keyMend(host, o, errors.Is(login.Err, sshrun.ErrNoKey)))
	case err != nil && p.Fingerprint == "":
		return one(inHosts, host.Name, live.Mend, fmt.Sprintf("%s cannot be reached: %s", p.Address, cause(err)), "Is the address in pawl.yaml right, is it up, and does a firewall let this machine through?")
	case err != nil:
		return one(inHosts, host.Name, live.Mend, cause(err), "Log in there by hand with ssh, and look what it says.")
	}
	return hostHas(host, p, want)
}

// hostHas says what a host that let us in lacks.
func hostHas(host job.Host, p sshrun.Probed, want sshrun.Wanted) []live.Finding {
	all := one(inHosts, host.Name, live.OK, fmt.Sprintf("in as %s; its key is %s %s", p.User, p.Kind, p.Fingerprint), "")
	add := func(state live.State, says, mend string) {
		all = append(all, live.Finding{Area: inHosts, What: host.Name, State: state, Says: says, Mend: mend})
	}
	if len(p.Missing) > 0 {
		add(live.Mend, "it has no "+board.Listed(p.Missing, "and"), "Scripts of Pawl need it there: install it, where a login without a terminal finds it on PATH.")
	}
	if p.Home != "" {
		add(live.Mend, "the home directory "+p.Home+" cannot be written to", fmt.Sprintf("Pawl keeps its scripts' logs in .pawl there: let %s write to it.", p.User))
	}
	switch {
	case p.NoFile:
		add(live.Mend, "there is no "+want.File, "toy: from: database: in pawl.yaml is its path there, from the home directory.")
	case p.Closed:
		add(live.Mend, want.File+" is there, and "+p.User+" may not read it", "Let them read it there.")
	}
	if p.Refused != "" && !slices.Contains(p.Missing, "scp") {
		add(live.Mend, fmt.Sprintf("it cannot fetch from %s, as toys are: %s", want.Fetch, p.Refused), fetchMend(host, want))
	}
	const tolerated, far = 5 * time.Second, time.Minute
	switch ahead := p.Ahead.Abs(); {
	case ahead > far:
		add(live.Mend, fmt.Sprintf("its clock is %s %s this machine's", board.Span(ahead), side(p.Ahead)), "Set it (timedatectl set-ntp true): how old a snapshot is, is read from it.")
	case ahead > tolerated:
		add(live.Note, fmt.Sprintf("its clock is %s %s this machine's", board.Span(ahead), side(p.Ahead)), "")
	}
	return all
}

// keyMend says how a host comes to let us in.
func keyMend(host job.Host, o sshrun.Options, none bool) string {
	copied := "ssh-copy-id "
	if len(o.IdentityFiles) == 1 {
		copied += "-i " + o.IdentityFiles[0] + ".pub "
	}
	copied += sshTarget(host.Address)
	if none {
		return "Make a key without a passphrase, as the user who runs pawl up: ssh-keygen -t ed25519 -N '' -f ~/.ssh/id_ed25519\nThen give the host its public half: " + copied
	}
	return "Give it Pawl's public key: " + copied + "\nThe private key has no passphrase, or is in the ssh-agent; ssh: key: in pawl.yaml names another."
}

// fetchMend says how a host comes to copy files from another: it logs in there by itself, with a key of its own.
func fetchMend(host job.Host, want sshrun.Wanted) string {
	target := strings.NewReplacer("[", "", "]", "").Replace(want.Fetch)
	if want.Port != "" {
		target = "-p " + want.Port + " " + target
	}
	return fmt.Sprintf("The snapshot goes straight from one host to the other. On %s, as the user Pawl logs in as:\n"+
		"ssh-keygen -t ed25519          if it has no key; without a passphrase\n"+
		"ssh-copy-id %[2]s\n"+
		"ssh %[2]s          once, and compare the fingerprint\n"+
		"Where it knows that host by another name: toy: from: address: in pawl.yaml.", host.Name, target)
}

// sshTarget is [user@]host[:port] as the programs of ssh take it.
func sshTarget(address string) string {
	user, machine, found := strings.Cut(address, "@")
	if !found {
		user, machine = "", address
	}
	port := ""
	if name, number, err := net.SplitHostPort(machine); err == nil {
		machine, port = name, "-p "+number+" "
	}
	if machine = strings.Trim(machine, "[]"); found {
		machine = user + "@" + machine
	}
	return port + machine
}

// keyFile is the middle of the name of the file in which a host has a key of that kind.
func keyFile(kind string) string {
	switch {
	case strings.Contains(kind, "ecdsa"):
		return "ecdsa"
	case strings.Contains(kind, "rsa"):
		return "rsa"
	}
	return "ed25519"
}

// cause is what went wrong, without who says so.
func cause(err error) string {
	var away *sshrun.UnreachableError
	if errors.As(err, &away) {
		err = away.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return err.Error()
}

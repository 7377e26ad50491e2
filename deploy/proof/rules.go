package proof

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/internal/variables"
	"github.com/pawl-ops/pawl/workflows"
)

// theirs are the variables that the images of others read.
type theirs map[string][]string // by image, without its tag

// Broken gives what is wrong with a project, a sentence each. read says which variables the images of others know.
func Broken(p *types.Project, read theirs) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(p.Services)) {
		s := p.Services[name]
		say := func(format string, args ...any) { found = append(found, name+": "+fmt.Sprintf(format, args...)) }
		pinned(s, say)
		careful(s, say)
		published(s, say)
		secret(p, s, say)
		depends(p, s, say)
		if ours(s) {
			spoken(s, say)
			placed(s, say)
			known(s, say)
		} else {
			knownElsewhere(s, read, say)
		}
	}
	return append(found, apart(p)...)
}

type sayer func(format string, args ...any)

// ours reports whether a service runs our own image.
func ours(s types.ServiceConfig) bool { return s.Build != nil }

var version = regexp.MustCompile(`^[^:@]+:(v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z0-9.]+)?)(@sha256:[0-9a-f]{64})?$`)

func pinned(s types.ServiceConfig, say sayer) {
	switch {
	case ours(s) && !strings.HasSuffix(s.Image, ":local"):
		say("its image is built here, and %s looks like one that is fetched", s.Image)
	case !ours(s) && !version.MatchString(s.Image):
		say("its image %s is not pinned to a version", s.Image)
	}
}

func careful(s types.ServiceConfig, say sayer) {
	if !s.ReadOnly {
		say("its root can be written")
	}
	if !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged {
		say("it keeps capabilities")
	}
	if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		say("it can gain privileges")
	}
	if s.Logging == nil || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
		say("its log has no limit")
	}
	if s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 {
		say("its memory has no limit")
	}
	if s.Restart == "" || s.Restart == "no" {
		say("nobody starts it again")
	}
	if s.NetworkMode == "host" || s.Pid == "host" || s.Ipc == "host" {
		say("it lives among the machine's own processes")
	}
	if ours(s) && s.User != "65532:65532" {
		say("it runs as %q and not as the user of the image", s.User)
	}
}

func published(s types.ServiceConfig, say sayer) {
	for _, port := range s.Ports {
		if port.HostIP != "127.0.0.1" {
			say("port %s is published to other machines", port.Published)
		}
	}
}

func secret(p *types.Project, s types.ServiceConfig, say sayer) {
	mounted := map[string]bool{}
	for _, one := range s.Secrets {
		mounted["/run/secrets/"+one.Source] = true
		if p.Secrets[one.Source].File == "" {
			say("its secret %s is not in a file", one.Source)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		value := s.Environment[name]
		switch {
		case value == nil:
			say("%s comes from the environment of whoever starts it", name)
		case strings.HasSuffix(name, "_FILE") && !mounted[*value]:
			say("%s names %s, which is none of its secrets", name, *value)
		case regexp.MustCompile(`(PASSWORD|_PWD|TOKEN|SECRET|API_KEY|LEDGER)$`).MatchString(name):
			say("%s stands in the file", name)
		}
	}
}

// depends holds that whoever others wait for can be waited for.
func depends(p *types.Project, s types.ServiceConfig, say sayer) {
	for _, on := range slices.Sorted(maps.Keys(s.DependsOn)) {
		other := p.Services[on]
		switch condition := s.DependsOn[on].Condition; {
		case condition == types.ServiceConditionHealthy && other.HealthCheck == nil:
			say("it waits until %s is healthy, which nobody looks at", on)
		case condition == types.ServiceConditionCompletedSuccessfully && !strings.HasPrefix(other.Restart, "on-failure"):
			say("it waits until %s has ended, which is started again and again", on)
		case condition == types.ServiceConditionStarted:
			say("it starts before %s can be used", on)
		}
	}
	if !strings.HasPrefix(s.Restart, "on-failure") && s.HealthCheck == nil {
		say("nobody looks whether it is healthy")
	}
}

// spoken holds that our program understands the command and the health check.
func spoken(s types.ServiceConfig, say sayer) {
	if err := app.Understands(s.Command, workflows.All()...); err != nil {
		say("its command: %v", err)
	}
	if s.HealthCheck == nil {
		return
	}
	test := s.HealthCheck.Test
	if len(test) < 3 || test[0] != "CMD" || test[1] != "/usr/local/bin/pawl" {
		say("its health check needs more than the image has: %q", test)
		return
	}
	if err := app.Understands(test[2:], workflows.All()...); err != nil {
		say("its health check: %v", err)
	}
	asked, listens := argument(test, "--listen"), argument(s.Command, "--listen")
	if s.Command[0] == "demo" {
		listens = "127.0.0.1:8480" // its Pawl's
	}
	if asked != listens {
		say("its health check asks %s, and it listens on %s", asked, listens)
	}
}

// argument is what follows a flag, or empty.
func argument(words []string, flag string) string {
	if at := slices.Index(words, flag); at >= 0 && at+1 < len(words) {
		return words[at+1]
	}
	return ""
}

// placed holds that every path the program is given is one it has, that nothing is mounted where it never looks, and
// that it stops before it is killed.
func placed(s types.ServiceConfig, say sayer) {
	targets := map[string]bool{}
	for _, v := range s.Volumes {
		targets[v.Target] = true
		if v.Type == types.VolumeTypeBind && !v.ReadOnly {
			say("%s can be written from inside", v.Target)
		}
		if v.Type == types.VolumeTypeBind && v.Bind != nil && bool(v.Bind.CreateHostPath) {
			say("%s is made as an empty folder when it is not there", v.Source)
		}
	}
	data, config := argument(s.Command, "--data"), argument(s.Command, "--config")
	for what, dir := range map[string]string{"--data": data, "--config": path.Dir(config)} {
		if dir != "" && dir != "." && !targets[dir] {
			say("%s is %s, where nothing is mounted", what, dir)
		}
		delete(targets, dir)
	}
	for _, target := range slices.Sorted(maps.Keys(targets)) {
		say("%s is mounted, and it never looks there", target)
	}
	if _, memory := find(s.Tmpfs, "/tmp"); data != "" && !memory {
		say("it has no /tmp")
	}
	if s.Command[0] != "namespace" && (s.StopGracePeriod == nil || *s.StopGracePeriod < types.Duration(Drain+5*time.Second)) {
		say("it is killed before it could end: it may take 10 s, and a little more")
	}
}

func find(all []string, dir string) (string, bool) {
	at := slices.IndexFunc(all, func(t string) bool { return t == dir || strings.HasPrefix(t, dir+":") })
	if at < 0 {
		return "", false
	}
	return all[at], true
}

// known holds that our program reads each variable.
func known(s types.ServiceConfig, say sayer) {
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if !variables.Known(name) {
			say("it does not read %s", name)
		}
	}
}

// knownElsewhere holds the same of the images of others.
func knownElsewhere(s types.ServiceConfig, read theirs, say sayer) {
	image, _, _ := strings.Cut(s.Image, ":")
	names, ok := read[image]
	if !ok {
		say("nobody knows which variables %s reads", image)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if ok && !slices.Contains(names, name) {
			say("it does not read %s", name)
		}
	}
}

// apart holds that the databases and the engine can be reached by nobody but those who work with them.
func apart(p *types.Project) []string {
	var found []string
	for _, name := range []string{"data", "engine"} {
		if !p.Networks[name].Internal {
			found = append(found, "the network "+name+" leads out")
		}
	}
	for _, name := range []string{"postgres", "temporal", "temporal-schema", "temporal-namespace"} {
		for network := range p.Services[name].Networks {
			if !p.Networks[network].Internal {
				found = append(found, name+": it is in the network "+network+", which leads out")
			}
		}
	}
	return found
}

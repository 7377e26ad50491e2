package proof

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// stack runs services of a compose file, as far as this machine can.
type stack struct {
	project *types.Project
	dir     string // of roots and volumes
	images  map[string]image
	extra   map[string][]string                    // more environment, by service: what leads to the sandbox
	own     map[string]func(context.Context) error // starts what is not run in a box
	checks  map[string]func(context.Context) error // and its health checks
	said    map[string]*output
	up      map[string]*running
	net     [2]byte // 127.net.net.0/24 is ours
}

func newStack(p *types.Project, dir string) *stack {
	return &stack{
		project: p, dir: dir, images: map[string]image{}, extra: map[string][]string{}, own: map[string]func(context.Context) error{}, checks: map[string]func(context.Context) error{},
		said: map[string]*output{}, up: map[string]*running{},
		net: [2]byte{byte(64 + rand.IntN(128)), byte(rand.IntN(256))},
	}
}

// address is where a service is: all of 127.0.0.0/8 is this machine.
func (s *stack) address(service string) string {
	at := slices.Index(slices.Sorted(maps.Keys(s.project.Services)), service)
	return fmt.Sprintf("127.%d.%d.%d", s.net[0], s.net[1], at+10)
}

// here says what a service says of itself: in a container 127.0.0.1 is the container's own, and 0.0.0.0 all it has.
func (s *stack) here(service, text string) string {
	return strings.NewReplacer("127.0.0.1", s.address(service), "0.0.0.0", s.address(service)).Replace(text)
}

// start starts a service and, before, all it depends on, each as far as its condition says.
func (s *stack) start(ctx context.Context, name string) error {
	if s.up[name] != nil {
		return nil
	}
	service := s.project.Services[name]
	for _, on := range slices.Sorted(maps.Keys(service.DependsOn)) {
		err := s.start(ctx, on)
		if err == nil {
			err = s.until(ctx, on, service.DependsOn[on].Condition)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return s.begin(ctx, name)
}

// begin starts a service as it is.
func (s *stack) begin(ctx context.Context, name string) error {
	if own := s.own[name]; own != nil {
		s.up[name] = &running{}
		return own(ctx)
	}
	b, err := s.box(name, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if s.said[name] == nil {
		s.said[name] = &output{}
	}
	s.up[name], err = b.start(s.said[name])
	return err
}

// until waits for the condition of a dependency.
func (s *stack) until(ctx context.Context, name, condition string) error {
	switch condition {
	case types.ServiceConditionCompletedSuccessfully:
		select {
		case <-s.up[name].done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if code := s.up[name].cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("%s ended with %d: %s", name, code, s.said[name])
		}
		return nil
	case types.ServiceConditionHealthy:
		return s.healthy(ctx, name)
	default:
		return fmt.Errorf("nobody knows when %s is %q", name, condition)
	}
}

// healthy waits until the health check of a service passes, as long as the file allows: in the time of its start-up a failure
// does not count, and after that so many in a row make it unhealthy.
func (s *stack) healthy(ctx context.Context, name string) error {
	check := s.project.Services[name].HealthCheck
	within := time.Duration(*check.StartPeriod) + time.Duration(*check.Retries)*time.Duration(*check.Interval)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	for {
		if err := s.again(ctx, name); err != nil {
			return err
		}
		err := s.check(ctx, name)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not healthy: %w", name, last)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// again starts a service that has ended once more, as `restart: unless-stopped` says.
func (s *stack) again(ctx context.Context, name string) error {
	r := s.up[name]
	if r == nil || r.cmd == nil || s.project.Services[name].Restart != types.RestartPolicyUnlessStopped {
		return nil
	}
	select {
	case <-r.done:
		return s.begin(ctx, name)
	default:
		return nil
	}
}

// check runs the health check of a service once, in a box like the service's.
func (s *stack) check(ctx context.Context, name string) error {
	if own := s.checks[name]; own != nil {
		return own(ctx)
	}
	check := s.project.Services[name].HealthCheck
	if check.Test[0] != "CMD" {
		return fmt.Errorf("a health check of the kind %s needs a shell", check.Test[0])
	}
	b, err := s.box(name, check.Test[1:])
	if err != nil {
		return err
	}
	return b.run(ctx)
}

// stop ends a service as its container would be ended, and returns how long that took. One that has to be killed is an
// error.
func (s *stack) stop(name string) (time.Duration, error) {
	r := s.up[name]
	delete(s.up, name)
	began := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-r.done:
		return time.Since(began), nil
	case <-time.After(time.Duration(*s.project.Services[name].StopGracePeriod)):
		r.kill()
		return time.Since(began), fmt.Errorf("%s had to be killed", name)
	}
}

// kill ends services at once. Those that are waited for come back, as the file says.
func (s *stack) kill(names ...string) {
	for _, name := range names {
		if r := s.up[name]; r != nil && r.cmd != nil {
			r.kill()
		}
	}
}

// box is what a service's container sees. Another command than its own is for a health check.
func (s *stack) box(name string, command []string) (box, error) {
	service := s.project.Services[name]
	img, err := s.image(name)
	if err != nil {
		return box{}, err
	}
	b := box{
		Root: img.Root, UID: img.UID, GID: img.GID, Dir: img.Dir, ReadOnly: service.ReadOnly,
		Drop: slices.Contains(service.CapDrop, "ALL"), NoNew: slices.Contains(service.SecurityOpt, "no-new-privileges:true"),
		Env: append(slices.Clone(img.Env), s.extra[name]...), Tmpfs: service.Tmpfs,
	}
	if service.User != "" {
		if _, err := fmt.Sscanf(service.User, "%d:%d", &b.UID, &b.GID); err != nil {
			return box{}, fmt.Errorf("the user %q: %w", service.User, err)
		}
	}
	for _, v := range slices.Sorted(maps.Keys(service.Environment)) {
		b.Env = append(b.Env, v+"="+s.here(name, *service.Environment[v]))
	}
	if command == nil {
		command = slices.Concat(img.Entry, img.Command)
		if service.Command != nil {
			command = slices.Concat(img.Entry, service.Command)
		}
	}
	for _, word := range command {
		b.Command = append(b.Command, s.here(name, word))
	}
	b.Mounts, err = s.mounts(name, img)
	return b, err
}

func (s *stack) mounts(name string, img image) ([]mount, error) {
	service := s.project.Services[name]
	var all []mount
	for _, v := range service.Volumes {
		m := mount{From: v.Source, To: v.Target, ReadOnly: v.ReadOnly}
		if v.Type == types.VolumeTypeVolume {
			var err error
			if m.From, err = s.volume(v.Source, filepath.Join(img.Root, v.Target)); err != nil {
				return nil, err
			}
		}
		all = append(all, m)
	}
	for _, secret := range service.Secrets {
		target := secret.Target
		if target == "" {
			target = "/run/secrets/" + secret.Source
		}
		all = append(all, mount{From: s.project.Secrets[secret.Source].File, To: target, ReadOnly: true})
	}
	hosts, err := s.hosts(name)
	return append(all, mount{From: hosts, To: "/etc/hosts", ReadOnly: true}), err
}

// volume is the folder of a named volume. A new one has the owner and the mode that the image has there
// (https://docs.docker.com/engine/storage/volumes/#populate-a-volume-using-a-container).
func (s *stack) volume(name, like string) (string, error) {
	dir := filepath.Join(s.dir, "volume-"+name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	mode, uid, gid := os.FileMode(0o755), 0, 0
	if info, err := os.Stat(like); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok {
			mode, uid, gid = info.Mode(), int(owner.Uid), int(owner.Gid)
		}
	}
	return dir, errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, mode), os.Chown(dir, uid, gid))
}

// hosts is the file with the names that a service may know: its own, and those in one of its networks.
func (s *stack) hosts(name string) (string, error) {
	var b strings.Builder
	for _, other := range slices.Sorted(maps.Keys(s.project.Services)) {
		for network := range s.project.Services[other].Networks {
			if _, shared := s.project.Services[name].Networks[network]; shared {
				fmt.Fprintf(&b, "%s\t%s\n", s.address(other), other)
				break
			}
		}
	}
	file := filepath.Join(s.dir, "hosts-"+name)
	return file, os.WriteFile(file, []byte(b.String()), 0o644) //nolint:gosec // everybody reads it, as in a container
}

// image gives each service a root of its own, made from what stands in for its image.
func (s *stack) image(name string) (image, error) {
	if img, ok := s.images[name]; ok {
		return img, nil
	}
	return image{}, fmt.Errorf("nothing stands in for the image of %s here", name)
}

// flag is the value of a setting in PostgreSQL's command: "-c max_connections=200".
func flag(command []string, setting string) (int, error) {
	for i, word := range command {
		if value, ok := strings.CutPrefix(word, setting+"="); ok && i > 0 && command[i-1] == "-c" {
			return strconv.Atoi(value)
		}
	}
	return 0, fmt.Errorf("PostgreSQL's command does not set %s", setting)
}

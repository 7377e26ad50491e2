package setup

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/config"
)

// Guess finds out what can be known without asking: the e-mail address git knows, and the time zone of the machine. It
// takes two seconds at most.
func Guess(ctx context.Context) Guesses {
	return Guesses{Email: gitEmail(ctx), Zone: zoneOf(os.Getenv("TZ"), "/etc/timezone", "/etc/localtime")}
}

func gitEmail(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "git", "config", "user.email").Output()
	email := strings.ToLower(strings.TrimSpace(string(out)))
	if err != nil || !config.IsEmail(email) || strings.HasSuffix(email, ".noreply.github.com") {
		return ""
	}
	return email
}

// zoneOf is the name of the machine's time zone: what TZ says, or Debian's file, or where the link to the zone's file leads.
func zoneOf(tz, named, link string) string {
	text, _ := os.ReadFile(named) // not everywhere
	target, _ := filepath.EvalSymlinks(link)
	_, linked, _ := strings.Cut(target, "/zoneinfo/")
	for _, zone := range []string{strings.TrimPrefix(tz, ":"), linked, strings.TrimSpace(string(text))} {
		zone = strings.TrimPrefix(strings.TrimPrefix(zone, "posix/"), "right/")
		if CheckZone(zone) == nil {
			return zone
		}
	}
	return ""
}

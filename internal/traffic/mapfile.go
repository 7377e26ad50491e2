package traffic

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/job"
)

// Limits of a map file and of a name in it.
const (
	LargestMap  = 1 << 20 // bytes
	longestName = 64      // characters
)

// onFile is who serves users by HAProxy's map file alone, for those who gave us no admin socket to ask. HAProxy reads the file
// when it starts and is told of changes beside it; whoever switches writes the file first, because a reload reads it again and
// forgets what it was told. So the file is what users will get, also after the next reload.
func (b *Balancers) onFile(ctx context.Context, t job.Traffic) (string, error) {
	text, err := b.o.Files.ReadFile(ctx, t.Host, t.Map, LargestMap)
	if err != nil {
		return "", fmt.Errorf("reading the map: %w", err)
	}
	name, err := Find(string(text), t.Key)
	if err != nil {
		return "", fmt.Errorf("reading the map %s on %s: %w", t.Map, t.Host.Name, err)
	}
	return instanceOf(t, name), nil
}

// Find gives the value of a key in the text of a map file, which has a line for every environment, its name and the name of the
// backend behind it, and comments:
//
//	# environment   backend
//	shop/master     blue
//	shop/staging    green
func Find(text, key string) (string, error) {
	value, at := "", 0
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || words[0] != key {
			continue
		}
		if at > 0 {
			return "", fmt.Errorf("lines %d and %d both say which instance of %s serves users", at, n+1, key)
		}
		if len(words) != 2 {
			// HAProxy takes everything after the key as one value: a name no backend has, and 503 for every user.
			return "", fmt.Errorf("line %d has %d words after %q, it should be the name of one instance", n+1, len(words)-1, key)
		}
		if value, at = words[1], n+1; !plausible(value) {
			return "", fmt.Errorf("line %d does not say the name of an instance after %q", at, key)
		}
	}
	if at == 0 {
		return "", fmt.Errorf("no line begins with %q", key)
	}
	return value, nil
}

// plausible reports whether a word may be somebody's name: short, and nothing in it that cannot be seen.
func plausible(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= longestName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Co, r) })
}

// instanceOf is the instance that a load balancer knows by this name. A map of HAProxy may have the names of instances, too, where
// its configuration makes those of backends from them (`use_backend shop_master_%[...]`). One that nobody told us about is returned
// as it is: whoever asked compares.
func instanceOf(t job.Traffic, backend string) string {
	for instance, name := range t.Backends {
		if name == backend {
			return instance
		}
	}
	return backend
}

// backendOf is what a load balancer knows an instance by. Without a word in pawl.yaml it is its name.
func backendOf(t job.Traffic, instance string) (string, bool) {
	if name := t.Backends[instance]; name != "" {
		return name, true
	}
	return instance, len(t.Backends) == 0 && (t.Kind == job.TrafficHAProxy || t.Kind == job.TrafficScript)
}

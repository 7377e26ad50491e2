package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/internal/secrets"
	"github.com/pawl-ops/pawl/job"
)

// maxSecret is the size in bytes of the largest file a secret is read from: keys and certificates fit.
const maxSecret = 64 << 10

// secret reads {env: NAME} or {file: PATH}. Nothing that stands in its place is ever shown: it may be the secret.
func (r *reader) secret(v value) job.Secret {
	node, ok := r.plain(v)
	if !ok {
		return job.Secret{}
	}
	pairs, ok := pairsOf(node)
	if !ok {
		r.at(v.node, "%s is a secret and never stands in this file; write {env: NAME} or {file: PATH}", v.name())
		return job.Secret{}
	}
	if len(pairs) == 1 {
		key := pairs[0].Key.GetToken().Value
		from := value{pairs[0].Value, below(v.path, key)}
		switch key {
		case "env":
			r.came(v, from)
			return r.keep(r.secretEnv(from))
		case "file":
			r.came(v, from)
			return r.keep(r.secretFile(from))
		}
	}
	r.at(v.node, "%s needs exactly one of {env: NAME} and {file: PATH}", v.name())
	return job.Secret{}
}

// SecretSource is where a secret of the file comes from. It never holds the secret.
type SecretSource struct {
	Name string // which one, as a path in the file: "syncs.deals.from.token"
	Env  string // the environment variable; or
	File string // the file, as pawl.yaml names it
}

// came notes where a secret comes from.
func (r *reader) came(v, from value) {
	s := SecretSource{Name: v.path}
	text, ok := textOf(from)
	switch {
	case !ok:
		return
	case strings.HasSuffix(from.path, ".env"):
		s.Env = text
	default:
		s.File = text
	}
	if !slices.Contains(r.sources, s) {
		r.sources = append(r.sources, s)
	}
}

// SecretSources say where the secrets that the file names come from, each once, by name.
func (c *Config) SecretSources() []SecretSource {
	return slices.SortedFunc(slices.Values(c.reader.sources), func(a, b SecretSource) int { return strings.Compare(a.Name, b.Name) })
}

func (r *reader) secretEnv(v value) job.Secret {
	name, ok := r.text(v)
	if !ok {
		return job.Secret{}
	}
	// Other names are legal, but what is not in capitals is more likely to be the secret itself.
	if !regexp.MustCompile(schema.EnvName).MatchString(name) {
		r.at(v.node, "%s takes the name of an environment variable, in capitals: HUBSPOT_TOKEN", v.name())
		return job.Secret{}
	}
	text, _ := r.env(name)
	if text = strings.TrimSpace(text); text == "" {
		r.at(v.node, "%s: the environment variable %s is not set", v.name(), name)
	}
	return job.NewSecret(text)
}

func (r *reader) secretFile(v value) job.Secret {
	path, ok := r.text(v)
	if !ok {
		return job.Secret{}
	}
	content, err := readFile(r.path(path), maxSecret)
	text := strings.TrimRight(string(content), "\r\n")
	switch {
	case err != nil:
		r.at(v.node, "%s: the file cannot be read: %v", v.name(), reason(err))
	case strings.TrimSpace(text) == "":
		r.at(v.node, "%s: the file is empty", v.name())
	}
	return job.NewSecret(text)
}

// OwnSource says where a secret of Pawl's own comes from, or would: the variable of its name, or the file that another names.
func (c *Config) OwnSource(name string) SecretSource {
	value, _ := c.reader.env(name)
	path, _ := c.reader.env(name + secrets.FileSuffix)
	if path = strings.TrimSpace(path); strings.TrimSpace(value) != "" {
		path = ""
	}
	if path != "" {
		return SecretSource{Name: name, File: path}
	}
	return SecretSource{Name: name, Env: name}
}

// own finds a secret of Pawl's own.
func (c *Config) own(name string) job.Secret {
	secret, warning, err := secrets.Find(c.reader.env, name)
	if err != nil {
		c.reader.problems.List = append(c.reader.problems.List, Problem{Text: err.Error()})
	}
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	return c.reader.keep(secret)
}

// keep notes a secret, for Secrets.
func (r *reader) keep(s job.Secret) job.Secret {
	if !s.Empty() && !slices.Contains(r.read, s) {
		r.read = append(r.read, s)
	}
	return s
}

// Secrets are all secrets that were read: those the file names anywhere, sections of jobs included, and Slack's. They are
// for whoever must see to it that none is shown.
func (c *Config) Secrets() []job.Secret { return slices.Clone(c.reader.read) }

// Secret looks up a secret that a step names, at the moment of use: what was changed meanwhile counts. The error does not
// show it.
func (c *Config) Secret(ref job.SecretRef) (job.Secret, error) {
	if ref.Env != "" {
		if s := secretFromEnv(c.reader.env, ref.Env); !s.Empty() {
			return s, nil
		}
		return job.Secret{}, fmt.Errorf("the environment variable %s is not set", ref.Env)
	}
	content, err := readFile(ref.File, maxSecret)
	if err != nil {
		return job.Secret{}, fmt.Errorf("reading the file of a secret: %w", reason(err))
	}
	s := job.NewSecret(strings.TrimRight(string(content), "\r\n"))
	if s.Empty() {
		return s, errors.New("the file of a secret is empty")
	}
	return s, nil
}

// reason is an error without the path it names, which may be the secret itself.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s is larger than %d KiB", filepath.Base(path), limit>>10)
	}
	return content, nil
}

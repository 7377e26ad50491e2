package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

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
			return r.secretEnv(from)
		case "file":
			return r.secretFile(from)
		}
	}
	r.at(v.node, "%s needs exactly one of {env: NAME} and {file: PATH}", v.name())
	return job.Secret{}
}

func (r *reader) secretEnv(v value) job.Secret {
	name, ok := r.text(v)
	if !ok {
		return job.Secret{}
	}
	// Other names are legal, but what is not in capitals is more likely to be the secret itself.
	if !regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`).MatchString(name) {
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

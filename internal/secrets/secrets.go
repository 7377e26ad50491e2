// Package secrets reads what Pawl itself is let in with: Slack's tokens, the way to the ledger, the key of a Temporal
// cluster.
//
// Each has a name. Its value is in the environment variable of that name, or in the file that the variable NAME_FILE
// names, as containers and systemd hand secrets over: a file is seen by nobody who lists processes, and is not inherited
// by what Pawl starts. What stands in pawl.yaml is read by package config.
package secrets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// FileSuffix makes the name of a secret that of the variable which names its file.
const FileSuffix = "_FILE"

// most is the size in bytes of the largest secret.
const most = 64 << 10

// mounted is where container engines put secrets. They choose the mode, and nobody else lives in a container.
const mounted = "/run/secrets/"

// Lookup finds a variable of the environment, as [os.LookupEnv] does.
type Lookup func(name string) (value string, set bool)

// Find gives the secret of that name, without white space around it. It is empty when neither variable is set; whether that
// is a mistake depends on what is going to be done. Setting both is a mistake, and so is a file that cannot be read, is
// empty or larger than 64 KiB. The warning, a sentence, is about a file that other users of the machine may read; it is
// empty when there is none. Neither shows the secret, nor a value that may be one by mistake.
func Find(env Lookup, name string) (secret job.Secret, warning string, err error) {
	value, _ := env(name)
	value = strings.TrimSpace(value)
	path, _ := env(name + FileSuffix)
	path = strings.TrimSpace(path)
	switch {
	case path == "":
		return job.NewSecret(value), "", nil
	case value != "":
		return job.Secret{}, "", fmt.Errorf("%s and %s%s are both set, and only one can count: unset one of them", name, name, FileSuffix)
	}
	text, mode, err := read(path)
	if err != nil {
		return job.Secret{}, "", fmt.Errorf("%s%s: the file%s cannot be read: %w", name, FileSuffix, shown(path), err)
	}
	if text = strings.TrimSpace(text); text == "" {
		return job.Secret{}, "", fmt.Errorf("%s%s: the file%s is empty: write the secret into it, on one line", name, FileSuffix, shown(path))
	}
	if mode.Perm()&0o007 != 0 && !strings.HasPrefix(path, mounted) {
		warning = fmt.Sprintf("%s%s: everybody on this machine may read the file%s: chmod o= it", name, FileSuffix, shown(path))
	}
	return job.NewSecret(text), warning, nil
}

func read(path string) (text string, mode os.FileMode, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, reason(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", 0, reason(err)
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", 0, reason(err)
	case len(content) > most:
		return "", 0, fmt.Errorf("it is larger than %d KiB", most>>10)
	}
	return string(content), info.Mode(), nil
}

// shown is a path in a sentence. Somebody may have written the secret itself where its file was asked for, and that is not
// shown.
func shown(path string) string {
	if strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") {
		return " " + path
	}
	return ""
}

// reason is an error without the path it names.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

package proof

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// moduleDir is where a module's source is.
func moduleDir(ctx context.Context, module string) (dir, version string, err error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", module).Output() //nolint:gosec // one of our modules
	if err != nil {
		return "", "", fmt.Errorf("finding %s: %w", module, err)
	}
	dir, version, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	return dir, strings.TrimPrefix(version, "v"), nil
}

// readTheirs finds in their sources which variables the images of others read, and in our scripts which those do.
func readTheirs(ctx context.Context, root string) (theirs, error) {
	server, _, err := moduleDir(ctx, serverModule)
	if err != nil {
		return nil, err
	}
	ui, _, err := moduleDir(ctx, "github.com/temporalio/ui-server/v2")
	if err != nil {
		return nil, err
	}
	template := regexp.MustCompile(`env "([A-Z0-9_]+)"`)
	shell := regexp.MustCompile(`\$\{?:? ?([A-Z][A-Z0-9_]+)`)
	read := theirs{
		// https://hub.docker.com/_/postgres, "Environment Variables"
		"postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "POSTGRES_DB", "POSTGRES_INITDB_ARGS", "PGDATA"},
	}
	scripts := filepath.Join(root, "deploy/compose")
	for _, source := range []struct {
		image, file string
		pattern     *regexp.Regexp
	}{
		{"postgres", filepath.Join(scripts, "postgres.sh"), shell},
		{"temporalio/server", filepath.Join(server, "common/config/config_template_embedded.yaml"), template},
		{"temporalio/server", filepath.Join(server, "common/config/loader.go"), regexp.MustCompile(`= "(TEMPORAL_[A-Z_]+)"`)},
		{"temporalio/server", filepath.Join(scripts, "temporal.sh"), shell},
		{"temporalio/admin-tools", filepath.Join(server, "tools/sql/main.go"), regexp.MustCompile(`EnvVar: +"([A-Z_]+)"`)},
		{"temporalio/admin-tools", filepath.Join(scripts, "temporal-schema.sh"), shell},
		{"temporalio/ui", filepath.Join(ui, "config/docker.yaml"), template},
	} {
		text, err := os.ReadFile(source.file)
		if err != nil {
			return nil, err
		}
		for _, m := range source.pattern.FindAllStringSubmatch(string(text), -1) {
			read[source.image] = append(read[source.image], m[1])
		}
	}
	return read, nil
}

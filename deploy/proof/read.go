package proof

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// Profiles are the profiles of the compose file; "" is a start without any.
func Profiles() []string { return []string{"", "demo"} }

// Read reads a compose file as Docker Compose does, with these profiles and no variable of whoever runs this: what needs
// one that has no default is an error. So is every key that the specification does not know, and every service, network,
// volume or secret that is named and not there (https://compose-spec.github.io/compose-spec/spec.html).
func Read(ctx context.Context, file string, profiles ...string) (*types.Project, error) {
	o, err := cli.NewProjectOptions([]string{file},
		cli.WithWorkingDirectory(filepath.Dir(file)), cli.WithProfiles(profiles), cli.WithEnv(nil),
		cli.WithInterpolation(true), cli.WithConsistency(true), cli.WithNormalization(true), cli.WithResolvedPaths(true))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	p, err := o.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return p, nil
}

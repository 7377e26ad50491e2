package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/internal/dotenv"
	"github.com/pawl-ops/pawl/internal/setup"
)

// besideEnv has a command that reads no pawl.yaml take the .env beside it, where the way to the ledger or to a cluster may
// be as it is for `pawl up`.
func besideEnv(cmd *cobra.Command) {
	config := cmd.Flags().String("config", "pawl.yaml", "the configuration; only the .env beside it is read")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return takeEnv(*config, cmd.ErrOrStderr()) }
}

// takeEnv takes the variables of the .env beside pawl.yaml into this process, so that everything that reads the
// environment finds them. What is set already wins, also when it is set to nothing. Without such a file nothing happens;
// one that cannot be read is an error, with each of its lines. What people should know about it is written to warn.
func takeEnv(config string, warn io.Writer) error {
	path := filepath.Join(filepath.Dir(config), setup.EnvFile)
	f, err := dotenv.Read(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case f.Open:
		fmt.Fprintf(warn, "%s can be read by others on this machine, and there are tokens in it: chmod %s %s\n", path, f.Mend, path)
	}
	_, err = f.Apply(os.LookupEnv, os.Setenv)
	return err
}

package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pawl-ops/pawl/app/reference"
	"github.com/pawl-ops/pawl/internal/setup"
	"github.com/pawl-ops/pawl/workflows/frame"
)

func newSchema(jobs []frame.Definition) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of pawl.yaml, for editors",
		Long: `Print the JSON Schema of pawl.yaml, as this program reads it: with the sections of all its
jobs, also your own. Editors complete and explain keys with it, and underline mistakes.
pawl init saves it beside pawl.yaml; do so again after an upgrade. A pawl.yaml that was
there before wants this first line:

  # yaml-language-server: $schema=pawl.schema.json

VS Code (with the YAML extension), Neovim, Helix and others with the YAML language server read
this line. In an IDE of JetBrains name the file under JSON Schema Mappings in the settings.
What depends on other files and on the world only pawl check can see.`,
		Example: "  pawl schema > pawl.schema.json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := reference.Schema(jobs)
			if err != nil {
				return err
			}
			if _, err := cmd.OutOrStdout().Write(text); err != nil {
				return fmt.Errorf("printing the schema: %w", err)
			}
			return nil
		},
	}
}

// schemaWarning says when editors go by something else than what this program accepts; empty: they do not.
func (h *house) schemaWarning() string {
	text, err := os.ReadFile(h.opt.Config)
	if err != nil {
		return ""
	}
	named := setup.SchemaOf(text)
	if named == "" || strings.Contains(named, "://") {
		return ""
	}
	path := named
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(h.opt.Config), named)
	}
	want, err := reference.Schema(h.jobs)
	if err != nil {
		return ""
	}
	switch have, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("Its first line names %s for editors, and that is not there: pawl schema > %[1]s", path)
	case err == nil && !bytes.Equal(have, want):
		return fmt.Sprintf("%s, by which editors know it, is of another version of this program: pawl schema > %[1]s", path)
	}
	return ""
}

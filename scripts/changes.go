package scripts

import _ "embed"

//go:embed changes/git.sh
var changes string

// Changes returns the text of the script that prints the changes between two versions out of a git repository on its host.
func Changes() string { return changes }

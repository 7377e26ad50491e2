package setup

import (
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml/token"
)

// The names of the files, beside each other. That of pawl.yaml is said with --config.
const (
	EnvFile      = ".env"
	ManifestFile = "slack-app.yaml"
	SchemaFile   = "pawl.schema.json"
)

// File is one that is to be written.
type File struct {
	Path string
	Text []byte
	Mode fs.FileMode
}

//go:embed pawl.yaml.tmpl
var configuration string

// Files are what the answers make: pawl.yaml at config, and the others beside it.
func (a Answers) Files(config string) ([]File, error) {
	text, err := a.yaml()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(config)
	files := []File{
		{config, text, 0o644},
		{filepath.Join(dir, EnvFile), a.env(), 0o600},
		{filepath.Join(dir, ManifestFile), a.App.YAML(), 0o644},
	}
	if a.Schema != nil {
		files = append(files, File{filepath.Join(dir, SchemaFile), a.Schema, 0o644})
	}
	return files, nil
}

// SchemaOf is the schema that a pawl.yaml names for editors, as it stands there: a path beside it or an address
// (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema). Empty: it names none.
func SchemaOf(text []byte) string {
	m := regexp.MustCompile(`(?m)^[ \t]*#[ \t]*yaml-language-server[ \t]*:[ \t]*\$schema=(\S+)`).FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// yaml is pawl.yaml.
func (a Answers) yaml() ([]byte, error) {
	t, err := template.New("pawl.yaml").Parse(configuration)
	if err != nil {
		return nil, fmt.Errorf("reading the template of pawl.yaml: %w", err)
	}
	commands := "try out"
	if a.Toy() {
		commands = "toy, toy undo, " + commands
	}
	from := hostName(a.From, "db-master")
	to := ""
	if a.To != "" {
		to = hostName(a.To, "toys", from)
	}
	schema := ""
	if a.Schema != nil {
		schema = SchemaFile
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Schema": schema,
		"Team":   a.team(), "Zone": scalar(a.Zone), "Names": a.names(), "Everyone": a.Everyone(), "Ops": strconv.Quote(a.Ops),
		"Commands": commands, "Toy": a.Toy(), "From": scalar(a.From), "FromName": scalar(from), "To": scalar(a.To), "ToName": scalar(to),
		"Database": scalar(a.File), "Hide": strings.Join(a.Hide, ", "),
	})
	if err != nil {
		return nil, fmt.Errorf("writing pawl.yaml: %w", err)
	}
	return out.Bytes(), nil
}

// team is whose Pawl it is, as far as the e-mail addresses say.
func (a Answers) team() string {
	for _, who := range a.People {
		if _, domain, found := strings.Cut(strings.TrimPrefix(who, "@"), "@"); found {
			return domain
		}
	}
	return "your company"
}

// scalar is a text as YAML takes it, between quotation marks only where it needs them.
func scalar(text string) string {
	plain := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/@+-]*$`).MatchString(text)
	if text == "" || plain && !token.IsNeedQuoted(text) {
		return text
	}
	return strconv.Quote(text)
}

// env is .env with everything that has to be filled in.
func (a Answers) env() []byte {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	line("# The secrets of Pawl: not for git, and nobody else on this machine may read them. What the environment has set")
	line("# already wins. A name without a value is not set.")
	line("")
	line("# Bot User OAuth Token, xoxb-...: your app at https://api.slack.com/apps, OAuth & Permissions, after it was installed.")
	line("SLACK_BOT_TOKEN=")
	line("")
	if a.App.RequestURL == "" {
		line("# App-level token, xapp-..., with the scope connections:write: the same app, Basic Information, App-Level Tokens.")
		line("SLACK_APP_TOKEN=")
	} else {
		line("# Signing Secret: the same app, Basic Information, App Credentials.")
		line("SLACK_SIGNING_SECRET=")
	}
	return []byte(b.String())
}

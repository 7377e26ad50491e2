package slack

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Control is the hand that reaches into the pretend world, for tests: faults,
// changes of the workspace, the log. It speaks HTTP, like Person.
type Control struct {
	base string
	http *http.Client
}

// NewControl reaches into the server at an address. A nil client is
// http.DefaultClient.
func NewControl(base string, client *http.Client) *Control {
	if client == nil {
		client = http.DefaultClient
	}
	return &Control{base: strings.TrimSuffix(base, "/"), http: client}
}

// State says who and what there is.
func (c *Control) State(ctx context.Context) (State, error) {
	var s State
	err := getJSON(ctx, c.http, c.base+"/sandbox/state", &s)
	return s, err
}

// SetFault makes something wrong with Slack.
func (c *Control) SetFault(ctx context.Context, f Fault) (Fault, error) {
	var answer struct{ Fault Fault }
	err := postJSON(ctx, c.http, c.base+"/sandbox/faults", "setting a fault", f, &answer)
	return answer.Fault, err
}

// ClearFaults removes the faults of a kind, all for an empty kind.
func (c *Control) ClearFaults(ctx context.Context, kind string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.base+"/sandbox/faults?kind="+kind, nil)
	if err != nil {
		return err
	}
	return do(c.http, req, "clearing faults", nil)
}

// Edit changes who and what there is.
func (c *Control) Edit(ctx context.Context, edit Edit) error {
	return postJSON(ctx, c.http, c.base+"/sandbox/workspace", "editing the workspace", edit, nil)
}

// Log returns what went over the wire after entry n.
func (c *Control) Log(ctx context.Context, n int64) ([]Entry, error) {
	var answer struct{ Entries []Entry }
	err := getJSON(ctx, c.http, fmt.Sprintf("%s/sandbox/log?since=%d", c.base, n), &answer)
	return answer.Entries, err
}

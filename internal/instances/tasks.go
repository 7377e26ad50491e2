package instances

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// Task is something an instance works at.
type Task struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since,omitzero"` // zero when it does not say
	Note  string    `json:"note,omitempty"` // how far it is, in its own words
}

// ErrNoTasks says that an instance has no tasks to show: nobody configured where they are.
var ErrNoTasks = errors.New("it has no tasks to show")

// Tasks asks an instance what it works at, in its own order. The error's text is a sentence for people without a full
// stop.
func (c *Client) Tasks(ctx context.Context, i job.Instance) ([]Task, error) {
	if i.Tasks == "" {
		return nil, ErrNoTasks
	}
	r, err := c.get(ctx, i, i.Tasks)
	switch {
	case err != nil:
		return nil, errors.New(sentence(err))
	case r.code < 200 || r.code > 299:
		return nil, fmt.Errorf("%d: %s", r.code, (&Health{}).reason(r))
	case !r.whole:
		return nil, fmt.Errorf("its list of tasks is larger than %d kB", largestBody>>10)
	}
	var body struct {
		Tasks *[]struct {
			Name    string `json:"name"`
			Started any    `json:"started"`
			Note    string `json:"note"`
		} `json:"tasks"`
	}
	if err := json.Unmarshal(r.body, &body); err != nil || body.Tasks == nil {
		return nil, errors.New("what it answers is no list of tasks")
	}
	tasks := make([]Task, 0, len(*body.Tasks))
	for _, t := range *body.Tasks {
		name := line(t.Name, shownWord)
		if name == "" {
			name = "a task without a name"
		}
		tasks = append(tasks, Task{Name: name, Since: moment(t.Started), Note: line(t.Note, shownSentence)})
	}
	return tasks, nil
}

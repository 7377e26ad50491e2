package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/jq"
	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// jqWithin is how long a program in jq may take for an answer.
const jqWithin = 2 * time.Second

// expected reports whether a status is good; without any, those that say so are.
func expected(good []job.StatusRange, status int) bool {
	if len(good) == 0 {
		return status >= 200 && status < 300
	}
	return slices.ContainsFunc(good, func(r job.StatusRange) bool { return r.From <= status && status <= r.To })
}

// holds asks an answer what pawl.yaml asks of it.
func (e exchange) holds(ctx context.Context, program string, status int, body []byte) error {
	fault := func(says string, cause error) *job.Fault {
		return &job.Fault{Class: job.FaultData, Says: says, Shown: e.shown(status, body), Cause: cause}
	}
	said := fmt.Sprintf("%s answered %d", e.who(), status)
	v, err := one(ctx, program, body)
	var odd *notJSONError
	switch {
	case errors.As(err, &odd):
		return fault(said+", and "+odd.Error()+".", odd.cause)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("asking the answer of %s: %w", e.who(), ctx.Err())
	case err != nil:
		return fault(said+", and that could not be judged.", e.hide.Error(err))
	case v != true:
		return fault(fmt.Sprintf("%s, but not as expected: `%s` does not hold%s.", said, shown.Line(program, 80), e.inShort(body)), nil)
	}
	return nil
}

// line makes what is shown beside the step.
func (a *Answer) line(ctx context.Context, program string) {
	if program == "" {
		return
	}
	v, err := one(ctx, program, a.body)
	if err != nil {
		a.NoLine = a.hide.Error(err)
		return
	}
	a.Line = shown.Line(a.hide.Hide(text(v)), 200)
}

// text is a value as people read it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// notJSONError says that an answer cannot be read by jq.
type notJSONError struct {
	says  string
	cause error
}

func (e *notJSONError) Error() string { return e.says }

// one gives the one value that a program makes of an answer.
func one(ctx context.Context, program string, body []byte) (any, error) {
	all, err := values(ctx, program, body, 1)
	switch {
	case errors.Is(err, jq.ErrMore):
		return nil, errors.New("its jq gives more than one value")
	case err != nil || len(all) == 0:
		return nil, err
	}
	return all[0], nil
}

// values gives what a program makes of an answer. With jq.ErrMore there is more than asked for.
func values(ctx context.Context, program string, body []byte, most int) ([]any, error) {
	p, err := jq.Compile(program)
	if err != nil {
		return nil, err
	}
	if len(body) > mostRead {
		return nil, &notJSONError{says: fmt.Sprintf("that is more than %d MB", mostRead>>20)}
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var input any
	if err := d.Decode(&input); err != nil {
		return nil, &notJSONError{says: "that is no JSON", cause: err}
	}
	if d.More() {
		return nil, &notJSONError{says: "that is more than one JSON"}
	}
	limited, cancel := context.WithTimeout(ctx, jqWithin)
	defer cancel()
	all, err := p.All(limited, input, most)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("its jq did not end within %s", jqWithin)
	}
	return all, err
}

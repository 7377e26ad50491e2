//go:build !slim

package engine

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/common/log/tag"
)

func TestServerLinesThatWereToBeExpected(t *testing.T) {
	t.Parallel()
	component := tag.NewStringTag("component", "outbound-queue-processor")
	for _, c := range []struct {
		msg   string
		tags  []tag.Tag
		level string
	}{
		{"No worker polling control queue", nil, "debug"},
		{"Fail to process task", []tag.Tag{component, tag.Error(errors.New("upstream timeout"))}, "debug"},
		{"Fail to process task", []tag.Tag{tag.Error(errors.New("disk full"))}, "warn"},
		{"Unable to call matching.PollWorkflowTaskQueue.", []tag.Tag{tag.Error(serviceerror.NewUnavailable("context canceled"))}, "debug"},
		{"Persistent store operation Failure", []tag.Tag{tag.Error(context.DeadlineExceeded)}, "warn"},
	} {
		var out bytes.Buffer
		l := serverLogger{to: zerolog.New(&out), phase: &phase{}}
		l.phase.serving.Store(true)
		l.With(c.tags...).Warn(c.msg, c.tags...)
		require.Contains(t, out.String(), `"level":"`+c.level+`"`, c.msg)
	}
	var out bytes.Buffer
	l := serverLogger{to: zerolog.New(&out), phase: &phase{}}
	l.phase.serving.Store(true)
	l.With(component).Warn("Fail to process task")
	require.Contains(t, out.String(), `"level":"debug"`, "the component is known from before")
}

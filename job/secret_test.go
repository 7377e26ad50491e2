package job_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestASecretCannotPrintItself(t *testing.T) {
	t.Parallel()
	const value = "correct horse battery staple"
	s := job.NewSecret(value)
	inside := struct {
		Token job.Secret
		Ptr   *job.Secret
	}{s, &s}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("here", "token", s, "in", inside)
	encoded, err := json.Marshal(inside)
	require.NoError(t, err)
	for _, text := range []string{
		s.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%v %+v %#v", inside, inside, inside), fmt.Sprintf("%v", &inside), string(encoded), log.String(),
		fmt.Errorf("using %v: %s", s, s).Error(),
	} {
		require.NotContains(t, text, "horse")
		require.NotContains(t, text, fmt.Sprintf("%x", value))
	}
	require.Equal(t, value, s.Reveal())
	require.True(t, job.Secret{}.Empty())
	require.False(t, s.Empty())
}

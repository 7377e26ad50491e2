package jq_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/jq"
)

func TestAProgramMakesValues(t *testing.T) {
	t.Parallel()
	input := map[string]any{"items": []any{json.Number("1"), json.Number("12345678901234567890")}, "ok": true}
	p, err := jq.Compile(".items[]")
	require.NoError(t, err)
	require.Nil(t, p.Path())
	all, err := p.All(t.Context(), input, 2)
	require.NoError(t, err)
	require.Equal(t, []any{json.Number("1"), json.Number("12345678901234567890")}, all, "no digit is lost")
	all, err = p.All(t.Context(), input, 1)
	require.ErrorIs(t, err, jq.ErrMore)
	require.Len(t, all, 1)
	_, err = p.One(t.Context(), input)
	require.EqualError(t, err, "its jq gives more than one value")

	p, err = jq.Compile(`.ok`)
	require.NoError(t, err)
	require.Equal(t, []string{"ok"}, p.Path())
	v, err := p.One(t.Context(), input)
	require.NoError(t, err)
	require.Equal(t, true, v)

	p, err = jq.Compile("empty")
	require.NoError(t, err)
	v, err = p.One(t.Context(), input)
	require.NoError(t, err)
	require.Nil(t, v)
}

func TestAProgramSeesNothingButItsInput(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ".a.", "env", "$ENV.PATH", "input", "debug", `import "a" as a; .`, "$x", strings.Repeat("(", 10_001), "\xff", "halt"} {
		require.Error(t, jq.Check(text), text)
	}
	require.EqualError(t, jq.Check(".a | env"), `its jq uses env at character 6 of ".a | env": a value is made of the record and of nothing else`)
	require.NoError(t, jq.Check(".a | length"))
}

func TestAProgramEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p, err := jq.Compile("[recurse(.)] | length")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = p.All(ctx, 1, 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	p, err = jq.Compile(`error("no")`)
	require.NoError(t, err)
	_, err = p.One(t.Context(), 1)
	require.EqualError(t, err, "its jq says: error: no")
}

package shown_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

func TestASecretIsHiddenInEveryForm(t *testing.T) {
	t.Parallel()
	const token = `s3cr/et&"tok+en`
	m := shown.NewMask(job.NewSecret("Bearer "+token), job.NewSecret(""))
	for _, form := range []string{
		token, "Bearer " + token, url.QueryEscape(token), url.PathEscape(token), fmt.Sprintf("%x", token), `s3cr\/et&"tok+en`, `s3cr/et&amp;&#34;tok+en`,
		`s3cr/et\u0026\"tok+en`, base64.StdEncoding.EncodeToString([]byte(token)), base64.RawURLEncoding.EncodeToString([]byte(token)),
	} {
		said := m.Hide("they said: " + form + ".")
		require.Equal(t, "they said: <secret>.", strings.Replace(said, "Bearer <secret>", "<secret>", 1), form)
	}
	require.Equal(t, "Bearer of bad news", m.Hide("Bearer of bad news"))
	require.Equal(t, "nothing", shown.Mask{}.Hide("nothing"))

	kept := errors.New("no answer")
	require.Same(t, kept, m.Error(kept))
	require.NoError(t, m.Error(nil))
	require.EqualError(t, m.Error(fmt.Errorf("asking with %s: no", token)), "asking with <secret>: no")
}

func TestALineIsShortAndHarmless(t *testing.T) {
	t.Parallel()
	require.Equal(t, "one two three", shown.Line("one\n\ttwo\x00\u202e three\ue000", 100))
	require.Equal(t, "ab…", shown.Line("abcdefgh", 5))
	require.Equal(t, "GET /deals -> 502 Bad Gateway", shown.Mask{}.Exchange("GET /deals", 502, ""))
	require.Equal(t, `GET /deals -> 502 Bad Gateway "no upstream"`, shown.Mask{}.Exchange("GET /deals", 502, "no\nupstream"))
	require.Equal(t, "GET /deals -> connection refused", shown.Mask{}.Exchange("GET /deals", 0, "connection refused"))
	long := shown.Mask{}.Exchange("GET /"+strings.Repeat("ö", 300), 200, strings.Repeat("ä", 900))
	require.LessOrEqual(t, len(long), shown.Longest)
	require.True(t, utf8.ValidString(long))
	require.True(t, strings.HasSuffix(long, `…"`))
}

package jenkins

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// printed answers like progressiveText of a log; more says whether the build runs.
func printed(log func() (text string, more bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, more := log()
		start, _ := strconv.Atoi(r.URL.Query().Get("start"))
		if start > len(text) {
			start = 0 // it began anew
		}
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		w.Header().Set("X-Text-Size", strconv.Itoa(len(text)))
		if more {
			w.Header().Set("X-More-Data", "true")
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(text[start:], "\n", "\r\n")))
	}
}

const logText = shopBuild + "/3/logText/progressiveText"

func TestALogInParts(t *testing.T) {
	t.Parallel()
	text, more := "", true
	b := serve(t, routes{"GET " + logText: printed(func() (string, bool) { return text, more })})
	s := open(t, b.URL)
	var at Mark
	read := func() []string {
		t.Helper()
		log, err := s.Log(t.Context(), ref(3), at)
		require.NoError(t, err)
		require.Equal(t, more, log.More)
		at = log.Next
		return log.Lines
	}
	require.Empty(t, read())
	text += "Started by user Alice\nFetch"
	require.Equal(t, []string{"Started by user Alice"}, read())
	require.Equal(t, Mark{Offset: 27, Part: "Fetch"}, at)
	text += "ing \xc3"
	require.Empty(t, read())
	require.Equal(t, Mark{Offset: 31, Part: "Fetching "}, at, "half a letter is left for later")
	text += "\xbc\n\n"
	require.Equal(t, []string{"Fetching ü", ""}, read())
	require.Empty(t, read())
	text, more = text+"Finished: SUCCESS", false
	require.Equal(t, []string{"Finished: SUCCESS"}, read())
	require.Equal(t, Mark{Offset: int64(len(text))}, at)

	text = "Anew\n"
	log, err := s.Log(t.Context(), ref(3), at)
	require.NoError(t, err)
	require.True(t, log.Anew)
	require.Equal(t, []string{"Anew"}, log.Lines)
	require.EqualValues(t, 5, log.Next.Offset)
}

func TestALogOfAnySize(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&all, "line %d ü\n", i)
	}
	b := serve(t, routes{"GET " + logText: printed(func() (string, bool) { return all.String(), false })})
	s := open(t, b.URL, func(o *Options) { o.LargestLog = 7001 })
	var got []string
	var at Mark
	for more := true; more; {
		log, err := s.Log(t.Context(), ref(3), at)
		require.NoError(t, err)
		got, at, more = append(got, log.Lines...), log.Next, log.More
	}
	require.Equal(t, all.String(), strings.Join(got, "\n")+"\n")

	tail, err := s.Tail(t.Context(), ref(3), 2)
	require.NoError(t, err)
	require.Equal(t, []string{"line 4998 ü", "line 4999 ü"}, tail)
}

func TestTheEndOfALog(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("much before\n", 20000) + "[Pipeline] stage\n[Pipeline] { (Build)\n+ make\n\nok\n[Pipeline] }\n"
	b := serve(t, routes{"GET " + logText: printed(func() (string, bool) { return text, true })})
	s := open(t, b.URL)
	tail, err := s.Tail(t.Context(), ref(3), 3)
	require.NoError(t, err)
	require.Equal(t, []string{"much before", "+ make", "ok"}, tail)
	text = "+ short"
	tail, err = s.Tail(t.Context(), ref(3), 3)
	require.NoError(t, err)
	require.Equal(t, []string{"+ short"}, tail)
	tail, err = s.Tail(t.Context(), Ref{Job: "shop/build", Queue: 1}, 3)
	require.NoError(t, err)
	require.Empty(t, tail)
	log, err := s.Log(t.Context(), Ref{Job: "shop/build", Queue: 1}, Mark{})
	require.NoError(t, err)
	require.Equal(t, Log{More: true}, log)
}

func TestLinesForPeople(t *testing.T) {
	t.Parallel()
	note := "\x1b[8mha:AAAAlh+LCAAA/b85aBtbiIQTGjNKU4P0+vIKU3NyQYAAA==\x1b[0m"
	require.Equal(t, []string{
		"Started by Alice", "green", "100 %", "a title", "evil gnp.exe", "bad \ufffd", "\ttab", "", strings.Repeat("x", 1997) + "…",
	}, lines("Started by "+note+"Alice\r\n\x1b[1;32mgreen\x1b[m\n 1 %\r 50 %\r100 %\r\n\x1b]0;x\x07a title\nevil \u202egnp.exe\nbad \xff\n\ttab\n\x00\n"+strings.Repeat("x", 3000)+"\n"))
	require.Empty(t, lines(""))
	require.Equal(t, []string{""}, lines("\n\n")[:1])
}

func TestALogThatIsNone(t *testing.T) {
	t.Parallel()
	for says, answer := range map[string]http.HandlerFunc{
		"Jenkins has nothing at this address, or the user pawl may not see it (404).": status(404, ""),
		"Something in front of Jenkins answered with a web page instead of data.":     status(200, "Maintenance"),
	} {
		b := serve(t, routes{"GET " + logText: answer})
		s := open(t, b.URL)
		log, err := s.Log(t.Context(), ref(3), Mark{Offset: 5})
		f, _ := fault(t, err)
		require.Equal(t, says, f.Says)
		require.EqualValues(t, 5, log.Next.Offset)
		_, err = s.Tail(t.Context(), ref(3), 1)
		require.Error(t, err)
	}
}

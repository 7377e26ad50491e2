package jenkins_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

const text = "/job/shop/job/build/1/logText/progressiveText?start="

func TestTheLogComesInPieces(t *testing.T) {
	t.Parallel()
	c := open(t, jenkins.Options{})
	require.Equal(t, http.StatusNotFound, c.get(text+"0").status)
	c.trigger()
	a := c.get(text + "0")
	require.Equal(t, "text/plain;charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "true", a.header.Get("X-More-Data"))
	require.True(t, strings.HasPrefix(a.body, "Started by user Pawl\r\n[Pipeline] Start of Pipeline\r\n"), a.body)
	size, err := strconv.Atoi(a.header.Get("X-Text-Size"))
	require.NoError(t, err)
	require.Greater(t, size, len(a.body), "what is hidden in the log counts, and is not sent")

	c.time.pass(6 * time.Second)
	a = c.get(text + strconv.Itoa(size))
	require.Equal(t, "+ make 1.0\r\n", a.body)
	next := a.header.Get("X-Text-Size")
	require.Equal(t, strconv.Itoa(size+len("+ make 1.0\n")), next, "the log itself has no CR")
	a = c.get(text + next)
	require.Empty(t, a.body)
	require.Equal(t, next, a.header.Get("X-Text-Size"))
	require.Equal(t, "true", a.header.Get("X-More-Data"))

	c.time.pass(time.Minute)
	a = c.get(text + next)
	require.Empty(t, a.header.Get("X-More-Data"))
	require.True(t, strings.HasSuffix(a.body, "[Pipeline] End of Pipeline\r\nFinished: SUCCESS\r\n"), a.body)
	whole := c.get(text + "0").body
	over := c.get(text + "999999")
	require.Equal(t, whole, over.body, "an offset behind the end begins anew")
	require.Equal(t, whole, strings.ReplaceAll(c.get("/job/shop/job/build/1/consoleText").body, "\n", "\r\n"))
	require.Equal(t, http.StatusInternalServerError, c.get(text+"x").status)
}

func TestALongLogComesTenThousandLinesAtATime(t *testing.T) {
	t.Parallel()
	j := shop()
	j.Stages = []jenkins.Stage{{Name: "Chat", Takes: 10 * time.Second, Lines: 25_000}, {Name: "Wait", Takes: time.Hour}}
	c := open(t, jenkins.Options{Jobs: []jenkins.Job{j}})
	c.trigger()
	c.time.pass(11 * time.Second)
	var all strings.Builder
	next := "0"
	for _, want := range []int{10_000, 10_000, 5_000 + 13} {
		a := c.get(text + next)
		require.Equal(t, want, strings.Count(a.body, "\r\n"))
		require.Equal(t, "true", a.header.Get("X-More-Data"), "also when there is nothing more right now")
		next = a.header.Get("X-Text-Size")
		all.WriteString(a.body)
	}
	require.Equal(t, 1, strings.Count(all.String(), "Chat: line 10001 of 25000\r\n"))
	require.Equal(t, 1, strings.Count(all.String(), "Chat: line 25000 of 25000\r\n"))
	c.time.pass(2 * time.Hour)
	require.Greater(t, strings.Count(c.get(text+"0").body, "\n"), 25_000, "once it ended everything comes at once")
}

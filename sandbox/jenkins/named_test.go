package jenkins_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// A build is a number until its pipeline has given it a name, and its past ones were built long ago.
func TestABuildGivesItselfAName(t *testing.T) {
	t.Parallel()
	stored := ""
	c := open(t, jenkins.Options{Quiet: -1, Jobs: []jenkins.Job{{
		Name: "named", Display: "$VERSION", First: 7, Params: []jenkins.Param{{Name: "VERSION"}, {Name: "PR"}},
		Vars: func(number int, param func(string) string) map[string]string {
			if param("VERSION") != "" {
				return nil
			}
			return map[string]string{"VERSION": string(rune('a'+number)) + "-pr-" + param("PR")}
		},
		Brings: func(_ int, value func(string) string) []jenkins.Change {
			return []jenkins.Change{{ID: "0123456789", Author: "eve", Message: "Work on " + value("VERSION")}}
		},
		History: []jenkins.Past{{Params: map[string]string{"VERSION": "old"}, By: "pawl", Ago: time.Hour, Changes: []jenkins.Change{{ID: "01", Author: "eve", Message: "Old"}}}},
		Stages: []jenkins.Stage{
			{Name: "Check out", Takes: time.Second, Log: []string{"HEAD is now at $HEAD"}},
			{Name: "Store", Takes: time.Second, Then: func(value func(string) string) { stored = value("VERSION") }},
		},
	}}})
	old := c.json("/job/named/lastSuccessfulBuild/api/json")
	require.Equal(t, []any{"old", "named old", "7", "SUCCESS"}, []any{old["displayName"], old["fullDisplayName"], old["id"], old["result"]})
	require.InDelta(t, -1, old["queueId"], 0)
	require.Equal(t, "Old", within(t, old, "changeSets", "0", "items", "0", "msg"))
	require.Contains(t, c.get("/job/named/7/consoleText").body, "HEAD is now at 01 Old\n")
	require.Equal(t, "old", stored)

	c.post("/job/named/buildWithParameters", "PR", "12")
	b := c.json("/job/named/8/api/json")
	require.Equal(t, "#8", b["displayName"])
	require.Equal(t, "Work on i-pr-12", within(t, b, "changeSets", "0", "items", "0", "msg"))
	require.Empty(t, within(t, b, "actions", "0", "parameters", "0", "value"), "what it worked out is no parameter")
	c.time.pass(1500 * time.Millisecond)
	require.Equal(t, "i-pr-12", c.json("/job/named/8/api/json")["displayName"])
	require.Equal(t, "i-pr-12", c.json("/job/named/8/wfapi/describe")["name"])
	require.Equal(t, "old", stored, "not yet")
	c.time.pass(time.Second)
	require.Equal(t, "SUCCESS", c.json("/job/named/8/api/json")["result"])
	require.Equal(t, "i-pr-12", stored)
	require.Contains(t, c.get("/job/named/8/consoleText").body, "HEAD is now at 0123456 Work on i-pr-12\n")
}

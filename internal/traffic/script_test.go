package traffic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// ours is a company's own script: users are where a file says.
const ours = `
case $action in
active) echo "pawl: active $(cat users)" ;;
switch)
	[ "$(cat users)" = "$from" ] || { echo "pawl: refuse Users are on $(cat users)."; exit 1; }
	echo "moving $key to $backend_to ($token)"
	echo "pawl: note that takes a moment"
	echo "$to" >users
	echo "pawl: switched"
	;;
settle) echo "pawl: active $(cat users)" ;;
drained) echo "pawl: left 3" ;;
count) [ "$instance" = blue ] && echo "pawl: count 1204 3" || echo "pawl: uncounted" ;;
esac
`

func TestACompanysOwnScript(t *testing.T) {
	t.Parallel()
	c := newColours(t, job.TrafficScript)
	c.lb.Script = ours
	c.write("users", "blue\n")
	require.Equal(t, "blue", c.active())
	require.NoError(t, c.move("a", "blue", "green"))
	require.Equal(t, "green", c.active())
	require.Equal(t, "Users are on green.", c.refused(c.move("b", "blue", "green")))
	left, err := c.balancer.Drained(t.Context(), c.lb, "blue")
	require.NoError(t, err)
	require.Equal(t, 3, left)
	count, err := c.balancer.Count(t.Context(), c.lb, "blue")
	require.NoError(t, err)
	require.Equal(t, traffic.Count{Requests: 1204, Failed: 3}, count)
	_, err = c.balancer.Count(t.Context(), c.lb, "green")
	require.ErrorIs(t, err, traffic.ErrNotCounted)
	name, err := c.balancer.Settle(t.Context(), c.lb, "a")
	require.NoError(t, err)
	require.Equal(t, "green", name)
}

// Whatever is not exactly what it should be is unknown: users may have been moved.
func TestASwitchThatIsNotSaidClearlyIsUnknown(t *testing.T) {
	t.Parallel()
	c := newColours(t, job.TrafficScript)
	for script, want := range map[string]string{
		"":                             "I do not know whether users were moved: lb did not say.",
		"echo oops; exit 3":            "I do not know whether users were moved: lb did not say. (the script ended with exit code 3: oops)",
		"exit 124":                     "I do not know whether users were moved: lb did not say. (the script did not end in time and was stopped)",
		"echo pawl: switched; exit 1":  "I do not know whether users were moved: what lb says is not clear. (it said that it switched, and ended with exit code 1)",
		"echo pawl: refuse No.":        "I do not know whether users were moved: what lb says is not clear. (it refused, and ended with exit code 0)",
		"echo pawl: refuse; exit 1":    "I do not know whether users were moved: lb did not say. (the script ended with exit code 1)",
		"echo pawl: problem The fuse.": "The fuse.",
		"echo pawl: switched; echo pawl: problem X":           "I do not know whether users were moved: what lb says is not clear. (it said more than one thing)",
		"echo pawl: active a b c":                             `I do not know whether users were moved: what lb says is not clear. (I do not understand "pawl: active a b c")`,
		"echo pawl: left -1":                                  `I do not know whether users were moved: what lb says is not clear. (I do not understand "pawl: left -1")`,
		"echo pawl: count 1":                                  `I do not know whether users were moved: what lb says is not clear. (I do not understand "pawl: count 1")`,
		"echo pawl: left 1":                                   "I do not know whether users were moved: lb did not say.",
		`printf 'pawl: problem \033[31mred\a  <!channel>\n'`:  "[31mred  <!channel>",
		"echo pawl: problem " + strings.Repeat("long ", 1000): strings.Repeat("long ", 79) + "long…",
	} {
		c.lb.Script = script
		err := c.move("a", "blue", "green")
		c.unknown(err)
		require.EqualError(t, err, want, script)
		if strings.HasPrefix(script, "echo pawl: left 1") {
			continue
		}
		_, err = c.balancer.Active(t.Context(), c.lb)
		require.ErrorContains(t, err, "asking lb who has users: ", script)
		_, err = c.balancer.Drained(t.Context(), c.lb, "blue")
		require.ErrorContains(t, err, "asking lb ", script)
		_, err = c.balancer.Count(t.Context(), c.lb, "blue")
		require.ErrorContains(t, err, "asking lb ", script)
	}
	c.lb.Script = "echo pawl: switched"
	require.Contains(t, c.refused(c.move("", "blue", "green")), "I was not told whom to move where")
	require.Contains(t, c.refused(c.move("a", "blue", "blue")), "I was not told whom to move where")
	c.lb.Backends = map[string]string{"blue": "b"}
	require.Contains(t, c.refused(c.move("a", "blue", "green")), "green does not take turns")
	require.Contains(t, c.refused(c.move("a", "green", "blue")), "green does not take turns")
	c.lb = job.Traffic{Kind: "f5"}
	_, err := c.balancer.Active(t.Context(), c.lb)
	require.ErrorContains(t, err, `there is no kind of load balancer "f5"`)
	c.lb = job.Traffic{}
	require.Contains(t, c.refused(c.move("a", "green", "blue")), "Nothing says how users of this environment are moved")
	_, err = c.balancer.Drained(t.Context(), c.lb, "blue")
	require.Error(t, err)
	_, err = c.balancer.Settle(t.Context(), c.lb, "a")
	require.Error(t, err)
}

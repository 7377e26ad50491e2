package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/job"
)

// acme is a small company: who is in which group, and what the file says.
func acme() (access.Policy, map[string]job.Actor) {
	actor := func(name string, groups ...string) job.Actor {
		return job.Actor{Kind: job.SlackUser, ID: "U" + name, Name: name, Groups: groups}
	}
	policy := access.Policy{Rules: []access.Rule{
		{Who: "everyone", Command: "status", Line: 20},
		{Who: "engineers", Command: "toy", Line: 21},
		{Who: "engineers", Command: "deploy staging", Line: 21},
		{Who: "product", Command: "deploy staging", Line: 22},
		{Who: "product", Command: "deploy master", Line: 22},
		{Who: "oncall", Command: "deploy", Line: 23},
		{Who: "oncall", Command: "force restart", Line: 23},
		{Who: "oncall", Command: "toy", Line: 23},
		{Who: "trainees", Command: "toy undo", Deny: true, Line: 26},
		{Who: "everyone", Command: "deploy master now", Deny: true, Line: 27},
	}}
	return policy, map[string]job.Actor{
		"alice": actor("alice", "engineers"),
		"bob":   actor("bob", "engineers", "oncall"),
		"carol": actor("carol", "oncall"),
		"petra": actor("petra", "product"),
		"tom":   actor("tom", "engineers", "trainees"),
		"sam":   actor("sam"),
		// A handle is chosen by its owner and proves nothing.
		"mallory": {Kind: job.SlackUser, ID: "U666", Name: "oncall", Full: "engineers"},
	}
}

func TestWhoMayTypeWhat(t *testing.T) {
	t.Parallel()
	policy, people := acme()
	for _, c := range []struct {
		who, types string
		may        bool
		because    string
		isFor      []string
	}{
		{"sam", "status", true, "may.everyone line 20", []string{"everyone"}},
		{"sam", "status shop", true, "may.everyone line 20", []string{"everyone"}},
		{"sam", "toy", false, "", []string{"engineers", "oncall"}},
		{"alice", "toy", true, "may.engineers line 21", []string{"engineers", "oncall"}},
		{"alice", "toy undo", true, "may.engineers line 21", []string{"engineers", "oncall"}},
		{"alice", "toyota", false, "", nil},
		{"alice", "to", false, "", nil},
		{"alice", "staging deploy", false, "", nil},
		{"alice", "deploy staging", true, "may.engineers line 21", []string{"engineers", "oncall", "product"}},
		{"alice", "Deploy STAGING", true, "may.engineers line 21", []string{"engineers", "oncall", "product"}},
		{"alice", "deploy staging-2", false, "", []string{"oncall"}},
		{"alice", "deploy master", false, "", []string{"oncall", "product"}},
		{"alice", "deploy", false, "", []string{"oncall"}},
		{"alice", "force restart", false, "", []string{"oncall"}},
		{"petra", "deploy master", true, "may.product line 22", []string{"oncall", "product"}},
		{"petra", "deploy master now", false, "may not.everyone line 27", nil},
		{"bob", "toy", true, "may.engineers line 21", []string{"engineers", "oncall"}},
		{"carol", "toy", true, "may.oncall line 23", []string{"engineers", "oncall"}},
		{"carol", "deploy anything at all", true, "may.oncall line 23", []string{"oncall"}},
		{"tom", "toy", true, "may.engineers line 21", []string{"engineers", "oncall"}},
		{"tom", "toy undo", false, "may not.trainees line 26", []string{"engineers", "oncall"}},
		{"mallory", "force restart", false, "", []string{"oncall"}},
		{"mallory", "toy", false, "", []string{"engineers", "oncall"}},
		{"alice", "", false, "", nil},
	} {
		t.Run(c.who+" types "+c.types, func(t *testing.T) {
			t.Parallel()
			want := access.Decision{Allowed: c.may, Rule: c.because, Who: c.isFor}
			require.Equal(t, want, access.Decide(policy, people[c.who], c.types))
		})
	}
}

func TestNothingWrittenMeansNo(t *testing.T) {
	t.Parallel()
	_, people := acme()
	for _, a := range people {
		require.Equal(t, access.Decision{}, access.Decide(access.Policy{}, a, "status"))
	}
	empty := access.Policy{Rules: []access.Rule{{Who: access.Everyone, Command: "  ", Line: 1}}}
	require.False(t, access.Decide(empty, people["alice"], "toy").Allowed, "a rule without words covers nothing")
}

func TestHelpShowsWhatAPersonMayTypeInPart(t *testing.T) {
	t.Parallel()
	policy, people := acme()
	for _, c := range []struct {
		who, command string
		shown        bool
	}{
		{"petra", "deploy", true},
		{"alice", "deploy", true},
		{"sam", "deploy", false},
		{"alice", "toy undo", true},
		{"tom", "toy undo", false},
		{"tom", "toy", true},
		{"alice", "dep", false},
		{"alice", "force restart", false},
	} {
		require.Equal(t, c.shown, access.Any(policy, people[c.who], c.command), "%s, %s", c.who, c.command)
	}

	withheld := access.Policy{Rules: []access.Rule{
		{Who: "engineers", Command: "deploy staging", Line: 1},
		{Who: "engineers", Command: "deploy", Deny: true, Line: 2},
	}}
	require.False(t, access.Any(withheld, people["alice"], "deploy"))
}

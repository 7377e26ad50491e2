package access_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/job"
)

// world draws policies, actors and commands from a vocabulary so small that rules collide all the time, with words
// that are prefixes of each other.
type world struct{ *rand.Rand }

func (w world) pick(from ...string) string { return from[w.IntN(len(from))] }

func (w world) command() string {
	words := make([]string, 1+w.IntN(4))
	for i := range words {
		words[i] = w.pick("toy", "toyota", "undo", "deploy", "Deploy", "master", "ma")
	}
	return strings.Join(words, " ")
}

func (w world) rule() access.Rule {
	return access.Rule{
		Who:     w.pick("engineers", "oncall", "product", access.Everyone),
		Command: w.command(),
		Deny:    w.IntN(4) == 0,
		Line:    1 + w.IntN(12),
	}
}

func (w world) policy() access.Policy {
	rules := make([]access.Rule, w.IntN(10))
	for i := range rules {
		rules[i] = w.rule()
	}
	return access.Policy{Rules: rules}
}

func (w world) actor() job.Actor {
	a := job.Actor{Kind: job.SlackUser, ID: "U1", Name: w.pick("alice", "oncall", "everyone")}
	for _, g := range []string{"engineers", "oncall", "product"} {
		if w.IntN(2) == 0 {
			a.Groups = append(a.Groups, g)
		}
	}
	return a
}

// forMany checks a law on many drawn cases; the seed of a failing one is in the message.
func forMany(t *testing.T, law func(*require.Assertions, world)) {
	t.Helper()
	for seed := range uint64(5_000) {
		law(require.New(seedT{t, seed}), world{rand.New(rand.NewPCG(seed, 1))})
	}
}

type seedT struct {
	*testing.T
	seed uint64
}

func (s seedT) Errorf(format string, args ...any) {
	s.Helper()
	s.T.Errorf("seed %d: "+format, append([]any{s.seed}, args...)...)
}

func TestAddingAnAllowRuleNeverTakesAPermissionAway(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, a, c, more := w.policy(), w.actor(), w.command(), w.rule()
		more.Deny = false
		if access.Decide(p, a, c).Allowed {
			must.True(access.Decide(with(p, more), a, c).Allowed)
		}
	})
}

func TestAddingADenyRuleNeverGivesAPermission(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, a, c, more := w.policy(), w.actor(), w.command(), w.rule()
		more.Deny = true
		if !access.Decide(p, a, c).Allowed {
			must.False(access.Decide(with(p, more), a, c).Allowed)
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, a, c := w.policy(), w.actor(), w.command()
		before := access.Decide(p, a, c)
		shuffled := access.Policy{Rules: slices.Clone(p.Rules)}
		w.Shuffle(len(p.Rules), func(i, j int) {
			shuffled.Rules[i], shuffled.Rules[j] = shuffled.Rules[j], shuffled.Rules[i]
		})
		slices.Reverse(a.Groups)
		must.Equal(before, access.Decide(shuffled, a, c))
	})
}

// The answer is compared with the sentence of the documentation written out a second time, without any cleverness.
func TestTheAnswerAndTheLineAreThoseOfTheSentence(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, a, c := w.policy(), w.actor(), w.command()
		got := access.Decide(p, a, c)

		var allows, denies []string
		for line := 1; line <= 12; line++ {
			for _, r := range p.Rules {
				begins := strings.HasPrefix(strings.ToLower(c)+" ", strings.ToLower(r.Command)+" ")
				mine := r.Who == access.Everyone || slices.Contains(a.Groups, r.Who)
				if r.Line != line || !begins || !mine {
					continue
				}
				if r.Deny {
					denies = append(denies, r.String())
				} else {
					allows = append(allows, r.String())
				}
			}
		}
		must.Equal(len(allows) > 0 && len(denies) == 0, got.Allowed)
		switch {
		case len(denies) > 0:
			must.Contains(denies, got.Rule)
			must.Equal(line(denies[0]), line(got.Rule), "the highest line is named")
		case len(allows) > 0:
			must.Contains(allows, got.Rule)
			must.Equal(line(allows[0]), line(got.Rule), "the highest line is named")
		default:
			must.Empty(got.Rule)
		}
	})
}

func TestAnActorOfANamedGroupIsAllowed(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, c := w.policy(), w.command()
		for _, group := range access.Decide(p, job.Actor{}, c).Who {
			member := job.Actor{Kind: job.SlackUser, ID: "U2"}
			if group != access.Everyone {
				member.Groups = []string{group}
			}
			must.True(access.Decide(p, member, c).Allowed, "a refusal must not send people to %s", group)
		}
	})
}

func TestWhatMayBeTypedIsInHelp(t *testing.T) {
	t.Parallel()
	forMany(t, func(must *require.Assertions, w world) {
		p, a, c := w.policy(), w.actor(), w.command()
		if access.Decide(p, a, c).Allowed {
			must.True(access.Any(p, a, c))
		}
		if access.Any(p, a, c) && !access.Decide(p, a, c).Allowed {
			must.True(slices.ContainsFunc(p.Rules, func(r access.Rule) bool {
				narrower := strings.HasPrefix(strings.ToLower(r.Command), strings.ToLower(c)+" ")
				return narrower && access.Decide(p, a, r.Command).Allowed
			}), "a command is shown only for a form of it that may be typed")
		}
	})
}

func with(p access.Policy, more access.Rule) access.Policy {
	return access.Policy{Rules: append(slices.Clone(p.Rules), more)}
}

// covers says it a second time: a command begins with the words of a line, in any case.
func covers(words, command string) bool {
	return strings.HasPrefix(strings.ToLower(command)+" ", strings.ToLower(words)+" ")
}

func split(s string) []string { return strings.Fields(s) }

// line cuts "line 21" out of "may.engineers line 21".
func line(rule string) string { return rule[strings.LastIndex(rule, "line"):] }

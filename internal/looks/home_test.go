package looks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/job"
)

// homes makes Home tabs in which everybody answers the questions that are put to a name of theirs, and those of their runs.
func homes(l *ledger.Ledger) *looks.Home {
	return looks.NewHome(looks.HomeOptions{
		Ledger: l, Specs: []job.Spec{{Name: "toy", Help: "Refresh your own toy database."}, {Name: "restart", Help: "Restart an instance."}},
		May:   func(a job.Actor, command string) bool { return command == "toy" || a.Name == "bob" },
		Again: func(a job.Actor, r ledger.Run) bool { return r.Job == "toy" },
		Awaits: func(_ context.Context, r ledger.Run, a job.Actor) (open []ledger.Waiting, err error) {
			for _, w := range r.Waits {
				if w.For == ledger.ForPerson && (len(w.By) == 0 && r.Actor.Same(a) || len(w.By) > 0 && !r.Actor.Same(a) && len(a.Groups) > 0 && a.Groups[0] == w.By[0]) {
					open = append(open, w)
				}
			}
			return open, nil
		},
		Link: func(_ context.Context, at job.Posted) (string, error) {
			if at.Channel == "C0LOST" {
				return "", errors.New("no such channel")
			}
			return "https://acme.test/" + at.Channel + "/" + at.TS, nil
		},
	})
}

// shows is a person's Home as plain text, section by section.
func shows(t *testing.T, h *looks.Home, a job.Actor) (sections []string, page board.Page) {
	t.Helper()
	page, err := h.Of(t.Context(), a)
	require.NoError(t, err)
	for _, s := range page.Sections {
		text := s.Head + "\n"
		for _, m := range s.Items {
			text += m.Plain()
		}
		sections = append(sections, text)
	}
	require.Len(t, sections, 3)
	return sections, page
}

func homeBob() job.Actor { return job.Actor{Kind: job.SlackUser, ID: "U2", Name: "bob", Full: "Bob"} }

func homeCarol() job.Actor {
	return job.Actor{Kind: job.SlackUser, ID: "U3", Name: "carol", Full: "Carol", Groups: []string{"oncall"}}
}

// asksForApproval lets Bob's restart ask those on call.
func asksForApproval(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	record(t, l, ledger.Entry{
		At: two, Key: "2", Kind: ledger.KindAllowed, Run: "restart-3x9q7d", Job: "restart", Actor: homeBob(),
		Text: "force restart master blue because it hangs", Place: job.Place{Channel: "D2", Direct: true},
	})
	record(t, l, ledger.Entry{Key: "2", Kind: ledger.KindWaiting(1), Data: ledger.Waiting{
		For: ledger.ForPerson, Who: []string{"@oncall"}, By: []string{"oncall"}, Ask: 1, Words: []string{"approve", "deny"}, Until: two.Add(15 * time.Minute),
		Text: `Bob asks to *force restart shop master blue*: "it hangs".`,
		Says: []string{board.Mentions([]string{"oncall"}) + ` Bob asks to *force restart shop master blue*: "it hangs".`, "blue serves all users now."},
		Buttons: []board.Button{
			{Label: "Approve force restart shop master blue", Action: "decide", Value: job.DecisionValue("restart-3x9q7d", 1, "approve")},
			{Label: "Deny", Action: "reason", Value: job.DecisionValue("restart-3x9q7d", 1, "deny")},
		},
	}})
	record(t, l, ledger.Entry{Key: "2", Kind: ledger.KindQuestion(1), Data: job.Posted{Channel: "C0OPS", TS: "7.8"}})
	record(t, l, ledger.Entry{Key: "2", Kind: ledger.KindBoard, Data: job.Posted{Channel: "D2", TS: "1.2"}})
}

func TestHomeShowsTheQuestionAsItStandsToThoseItIsFor(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	asksForApproval(t, l)
	sections, page := shows(t, homes(l), homeCarol())
	require.Equal(t, "Waiting for you\n"+
		"Bob asks to *force restart shop master blue*: \"it hangs\".\n"+
		"blue serves all users now.\n"+
		"[ Approve force restart shop master blue ]   [ Deny ]\n"+
		"Until "+two.Add(15*time.Minute).Format("2 Jan 15:04")+". Open the conversation. Or type `approve restart-3x9q7d` or `deny ...`.\n", sections[0])
	require.Contains(t, page.Sections[0].Items[0].Hint, "https://acme.test/C0OPS/7.8", "where she can see it, not where Bob asked")
	require.NotContains(t, fmt.Sprint(page), "D2")
	require.Contains(t, sections[1], "You have asked for nothing yet.")
	require.Contains(t, sections[2], "`toy` · refresh your own toy database")
	require.NotContains(t, sections[2], "restart")

	sections, page = shows(t, homes(l), homeBob())
	require.Equal(t, "Waiting for you\nNothing waits for you.\n", sections[0], "not by who asked")
	require.Contains(t, sections[1], "*force restart master blue*  restart-3x9q7d\nwaiting for a decision of @oncall since")
	require.Contains(t, page.Sections[1].Items[0].Lines[0], "https://acme.test/D2/1.2")

	sections, _ = shows(t, homes(l), job.Actor{Kind: job.SlackUser, ID: "U4", Name: "dave", Full: "Dave"})
	require.NotContains(t, strings.Join(sections, ""), "restart-3x9q7d", "what is asked of others is nobody else's")
}

func TestHomeTellsWhatBecameOfWhatSomebodyAskedFor(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	bob := homeBob()
	for i, state := range []board.State{board.Done, board.Failed, board.Cancelled, board.Denied, board.Done, board.Done, board.Done} {
		key, id := fmt.Sprint(i), fmt.Sprintf("toy-aaaaa%d", i)
		start(t, l, key, id, "toy", bob, i)
		record(t, l, ledger.Entry{Key: job.Key(key), Kind: ledger.KindBoard, Data: job.Posted{Channel: "C0LOST", TS: "1.2"}})
		record(t, l, ledger.Entry{At: two.Add(time.Hour), Key: job.Key(key), Kind: ledger.KindOutcome, Run: id, Job: "toy", Data: ledger.Outcome{State: state, Text: "the disk is full", Took: 228 * time.Second}})
	}
	start(t, l, "9", "restart-bbbbbb", "restart `green`", bob, 9)
	start(t, l, "10", "toy-cccccc", "toy", homeCarol(), 10)
	sections, page := shows(t, homes(l), bob)
	runs := page.Sections[1].Items
	require.Len(t, runs, 6, "one under way, and the last five")
	require.Contains(t, sections[1], "*restart green*  restart-bbbbbb\nunder way since")
	require.Contains(t, sections[1], "*toy*  toy-aaaaa6\ndone, "+two.Add(time.Hour).Format("2 Jan 15:04")+", after 3 min 48 s\n[ Again ]\n")
	require.Contains(t, sections[1], "*toy*  toy-aaaaa3\ndenied, ")
	require.Contains(t, sections[1], "the disk is full")
	require.NotContains(t, sections[1], "toy-aaaaa1", "older ones are not shown")
	require.NotContains(t, sections[1], "toy-cccccc", "it is Carol's")
	require.Equal(t, 1, strings.Count(sections[1], "[ Again ]"), "one button for the same command")
	require.Equal(t, board.Button{Label: "Again", Says: "Again: toy", Action: "again", Value: "toy-aaaaa6"}, runs[1].Buttons[0])

	start(t, l, "11", "toy-dddddd", "toy", bob, 11)
	sections, _ = shows(t, homes(l), bob)
	require.NotContains(t, sections[1], "[ Again ]", "it is under way")
}

func TestHomeOfAQuestionOfAnEarlierPawl(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	start(t, l, "1", "toy-aaaaaa", "toy", alice, 0)
	record(t, l, ledger.Entry{Key: "1", Kind: ledger.KindBoard, Data: job.Posted{Channel: "C1", TS: "1.2"}})
	record(t, l, ledger.Entry{Key: "1", Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForPerson, Text: "The disk is full.", Ask: 1, Words: []string{"retry", "stop"}}})
	_, page := shows(t, homes(l), alice)
	q := page.Sections[0].Items[0]
	require.Equal(t, "toy · you", q.Head)
	require.Equal(t, []string{"The disk is full."}, q.Lines)
	require.Len(t, q.Buttons, 1)
	require.Equal(t, "open", q.Buttons[0].Action)
	require.Equal(t, "https://acme.test/C1/1.2", q.Buttons[0].Value)
}

func TestHomeIsBounded(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	for i := range 40 {
		key := fmt.Sprint(i)
		start(t, l, key, fmt.Sprintf("toy-aaaa%02d", i), "toy "+strings.Repeat("long ", 100), alice, i)
		record(t, l, ledger.Entry{Key: job.Key(key), Kind: ledger.KindWaiting(1), Data: ledger.Waiting{For: ledger.ForPerson, Text: strings.Repeat("é", 5000), Ask: 1, Words: []string{"retry"}}})
	}
	sections, page := shows(t, homes(l), alice)
	require.Len(t, page.Sections[0].Items, 11)
	require.Contains(t, sections[0], "And 30 more questions.")
	require.Contains(t, sections[0], "toy-aaaa00", "the one that waited longest is first")
	require.Len(t, page.Sections[1].Items, 11)
	require.Contains(t, sections[1], "And 30 more under way.")
}

func TestHomeWithoutALedger(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	require.NoError(t, l.Close())
	_, err := homes(l).Of(t.Context(), alice)
	var down *ledger.DownError
	require.ErrorAs(t, err, &down)
}

package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// household is what the Home tabs of a test show.
type household struct {
	mu    sync.Mutex
	page  func(a job.Actor) (board.Page, error)
	news  int64
	asked int // how often a page was made
}

func (h *household) home(_ context.Context, a job.Actor) (board.Page, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	return h.page(a)
}

// happens changes what the tabs show, and says that something was written down.
func (h *household) happens(page func(a job.Actor) (board.Page, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.page = page
	h.news++
}

func (h *household) newest(context.Context) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.news, nil
}

// last is the newest of what was written down.
func (h *household) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.news
}

// approval is the question whether blue may be restarted.
func approval() board.Message {
	return board.Message{
		Head: "force restart master blue · Bob", ID: "restart-3x9q7d", Lines: []string{"Bob asks to *force restart shop master blue*.", "blue serves all users now."},
		Buttons: []board.Button{
			{Label: "Approve force restart shop master blue", Says: "Approve", Action: ActionDecide, Value: job.DecisionValue("restart-3x9q7d", 1, "approve"), Style: board.Primary},
			denyButton(),
		},
		Hint: "Until 16:46. Or type `approve restart-3x9q7d`.",
	}
}

// page is a Home tab with these questions, a run that has ended and what can be said.
func page(questions ...board.Message) func(job.Actor) (board.Page, error) {
	return func(a job.Actor) (board.Page, error) {
		return board.Page{Sections: []board.Section{
			{Head: "Waiting for you", Items: append([]board.Message{{Lines: []string{"Hello " + board.UpperFirst(a.Name) + "."}}}, questions...)},
			{Head: "Your runs", Items: []board.Message{{
				Head: "toy", ID: "toy-k4m7q2", Lines: []string{"done"},
				Buttons: []board.Button{{Label: "Again", Says: "Again: toy", Action: ActionAgain, Value: "toy-k4m7q2"}},
			}}},
			{Head: "You can say", Items: []board.Message{{Lines: []string{"`toy`, `runs`"}}}},
		}}, nil
	}
}

// atHome is a world whose people have Home tabs.
func atHome(t *testing.T, o slack.Options, tune ...func(*Options)) (*world, *household) {
	t.Helper()
	h := &household{page: page(approval())}
	return connected(t, o, append([]func(*Options){h.into}, tune...)...), h
}

func (h *household) into(o *Options) {
	o.Home, o.News, o.Timers.Home = h.home, h.newest, 20*time.Millisecond
	o.Asked = func(context.Context, job.Actor, string, int) (job.Place, bool) {
		return job.Place{Channel: "C0OPS"}, true
	}
	o.Again = func(context.Context, string) (job.Command, string, bool) {
		return job.Command{Name: "toy", Text: "toy"}, "", true
	}
}

// opens opens the Home tab of somebody and waits until it says something.
func (w *world) opens(who, text string) slack.View {
	w.Helper()
	require.NoError(w, w.person(who).OpenHome(w.ctx))
	return w.homeSays(who, text)
}

func (w *world) homeSays(who, text string) slack.View {
	w.Helper()
	var v slack.View
	w.eventually(func() bool {
		var err error
		v, err = w.person(who).Home(w.ctx)
		require.NoError(w, err)
		return strings.Contains(string(v.Blocks), text)
	}, who+"'s home tab says "+text)
	return v
}

func TestTheHomeTabIsMadeForWhoeverOpensIt(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	v := w.opens("carol", "Hello Carol.")
	require.Equal(t, homeCallback, v.Callback)
	for _, text := range []string{"*force restart master blue* · Bob", "blue serves all users now", "Approve force restart", "Until 16:46", "Your runs", "You can say", "As of "} {
		require.Contains(t, string(v.Blocks), text)
	}
	w.opens("alice", "Hello Alice.")
	w.eventually(func() bool { return w.calls("views.publish") == 2 }, "each was published once")
	w.quiet()
	require.Equal(t, 2, w.acks("app_home_opened"))
}

func TestAnotherTabIsNoneOfOurs(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/sandbox/home", strings.NewReader(`{"token":"xoxp-alice","tab":"messages"}`))
	require.NoError(t, err)
	answer, err := w.client.Do(req)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	w.eventually(func() bool { return w.acks("app_home_opened") == 1 }, "it is acknowledged")
	h.mu.Lock()
	defer h.mu.Unlock()
	require.Zero(t, h.asked)
}

func TestWhoMayAskForNothingIsToldWhomToAsk(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	v := w.opens("gus", "not from guests")
	require.Contains(t, string(v.Blocks), "Ask whoever works with you here")
	require.NotContains(t, string(v.Blocks), "Waiting for you")
	h.mu.Lock()
	defer h.mu.Unlock()
	require.Zero(t, h.asked, "nothing is looked up for a guest")
}

func TestTheHomeTabWithoutALedgerMendsItself(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	h.happens(func(job.Actor) (board.Page, error) { return board.Page{}, errors.New("the disk is gone") })
	v := w.opens("carol", "the ledger does not answer")
	require.NotContains(t, string(v.Blocks), "the disk is gone")
	h.mu.Lock()
	h.page = page(approval()) // and nothing was written down
	h.mu.Unlock()
	w.homeSays("carol", "Hello Carol.")
}

func TestAHundredQuestionsFitIntoAHomeTab(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	var many []board.Message
	for i := range 100 {
		m := approval()
		m.Lines = append(m.Lines, fmt.Sprint(i), strings.Repeat("long & <odd> ", 250))
		many = append(many, m)
	}
	h.happens(page(many...))
	v := w.opens("carol", "Hello Carol.")
	require.Contains(t, string(v.Blocks), " more.")
	require.Contains(t, string(v.Blocks), "You can say", "what comes after it is shown, too")
	w.eventually(func() bool { return w.calls("views.publish") > 0 }, "the call is logged")
	require.Equal(t, 1, w.calls("views.publish"), "slack took it at once")
}

func TestAnOpenHomeTabFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm())
	w.opens("carol", "Approve force restart")
	h.happens(page())
	w.eventually(func() bool {
		v, err := w.person("carol").Home(w.ctx)
		require.NoError(t, err)
		return !strings.Contains(string(v.Blocks), "Approve force restart")
	}, "the question is gone")
	for range 20 { // something happens all the time
		h.happens(page())
	}
	w.eventually(func() bool {
		w.bridge.tabs.mu.Lock()
		defer w.bridge.tabs.mu.Unlock()
		return w.bridge.tabs.news == h.last()
	}, "that is heard of")
	require.Equal(t, 2, w.calls("views.publish"), "what says the same is not published again")
}

func TestOnePersonCostsSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	now, one := time.Now(), &tab{}
	for range tabBurst {
		require.Zero(t, one.rest(now, tabEvery), "what was opened and pressed is shown at once")
	}
	require.Equal(t, tabEvery, one.rest(now, tabEvery))
	require.Equal(t, tabEvery-time.Second, one.rest(now.Add(time.Second), tabEvery))
	require.Zero(t, one.rest(now.Add(3*tabEvery), tabEvery))
}

func TestWhatBecameOfAPressIsToldBeforeTheBridgeEnds(t *testing.T) {
	t.Parallel()
	w, h := atHome(t, calm(), func(o *Options) { o.Timers.Home = time.Hour })
	w.opens("carol", "Hello Carol.")
	for n := 2; n <= tabBurst; n++ {
		h.happens(page(make([]board.Message, n)...))
		w.bridge.showHome("U0CAROL", board.Change)
		w.eventually(func() bool { return w.calls("views.publish") == n }, "it is published")
	}
	h.happens(page())
	w.bridge.showHome("U0CAROL", board.Tail) // it has to wait now
	w.bridge.noted("U0CAROL", "Counted.")
	require.NoError(t, w.bridge.Drain(w.ctx))
	w.homeSays("carol", "Counted.")
}

func TestATabNobodyOpenedLatelyIsLeftAlone(t *testing.T) {
	t.Parallel()
	w, _ := atHome(t, calm())
	w.opens("carol", "Hello Carol.")
	require.Equal(t, []string{"U0CAROL"}, w.bridge.tabs.lately(time.Now(), true))
	// Nobody is forgotten while their tab is being published, and that may not be over yet.
	w.eventually(func() bool { return len(w.bridge.tabs.lately(time.Now().Add(tabFor+time.Second), true)) == 0 }, "it is forgotten")
}

func TestSlackWithTroubleStillGetsTheHomeTab(t *testing.T) {
	t.Parallel()
	for _, f := range []slack.Fault{
		{Kind: "429", Method: "views.publish", Times: 1, Millis: 1000},
		{Kind: "500", Method: "views.publish", Times: 1},
		{Kind: "lost_answer", Method: "views.publish", Times: 1},
	} {
		t.Run(f.Kind, func(t *testing.T) {
			t.Parallel()
			w, _ := atHome(t, calm())
			w.fault(f)
			w.opens("carol", "Hello Carol.")
		})
	}
}

func TestAnAppWithoutAHomeTabIsToldWhatToSwitchOn(t *testing.T) {
	t.Parallel()
	o := calm()
	o.NoHome = true
	w, _ := atHome(t, o)
	w.bridge.noted("U0CAROL", "Counted.") // as after a press in a tab of yesterday
	w.eventually(func() bool { return strings.Contains(w.logs.String(), "switch it on under App Home") }, "it is said")
	require.Equal(t, 1, w.calls("views.publish"))
}

func TestABridgeWithoutHomeTabs(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	require.NoError(t, w.person("carol").OpenHome(w.ctx))
	w.eventually(func() bool { return w.acks("app_home_opened") == 1 }, "it is acknowledged")
	w.quiet()
	require.Zero(t, w.calls("views.publish"))
}

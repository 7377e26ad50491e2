package slackbridge

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/manifest"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

func (w *world) probe(tune ...func(*ProbeOptions)) *Probe {
	o := ProbeOptions{APIURL: w.url + "/api/", BotToken: job.NewSecret(botToken), AppToken: job.NewSecret(appToken), Timeout: 20 * time.Second}
	for _, f := range tune {
		f(&o)
	}
	p := NewProbe(o)
	w.Cleanup(p.Close)
	return p
}

func TestProbeOfAWorkspaceWhereAllIsWell(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.probe()
	me, err := p.Hello(w.ctx)
	require.NoError(t, err)
	require.Equal(t, "Acme", me.Team)
	require.Equal(t, "pawl", me.Bot)
	require.Zero(t, me.Ahead)
	missing, _ := manifest.Lacking(me.Scopes)
	require.Empty(t, missing, "the sandbox grants what the manifest asks for")
	require.NoError(t, p.Sockets(w.ctx))

	require.NoError(t, w.server.Edit(slack.Edit{Channel: "releases", Archived: new(true)}))
	require.NoError(t, w.server.Edit(slack.Edit{Channel: "secret", Private: true, Add: []string{"alice"}}))
	places, err := p.Places(w.ctx, []string{"#ops", "#general", "#releases", "#secret", "#nowhere", "C0SALESDATA", "C0NOWHERE"})
	require.NoError(t, err)
	require.Equal(t, map[string]ProbePlace{
		"#ops":        {Name: "ops", ID: "C0OPS", Member: true},
		"#general":    {Name: "general", ID: "C0GENERAL"},
		"#releases":   {Name: "releases", ID: "C0RELEASES", Member: true, Archived: true},
		"C0SALESDATA": {Name: "sales-data", ID: "C0SALESDATA", Member: true},
	}, places, "a private one without us is not to be seen")

	groups, err := p.Groups(w.ctx)
	require.NoError(t, err)
	require.Len(t, groups["oncall"].Members, 2)
	require.NotContains(t, groups, "nobody")
}

func TestProbeOfPeople(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.probe()
	me, err := p.Hello(w.ctx)
	require.NoError(t, err)
	jana, ok, err := p.ByEmail(w.ctx, "Jana@acme.test", me)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "jana", jana.Name)
	require.Empty(t, jana.Not)
	_, ok, err = p.ByEmail(w.ctx, "nobody@acme.test", me)
	require.NoError(t, err)
	require.False(t, ok)
	gus, ok, err := p.ByEmail(w.ctx, "gus@acme.test", me)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "a guest", gus.Not)

	for text, want := range map[string]string{"petra": "petra", "@Petra": "petra", "petra novak": "petra", "U0BOB": "bob"} {
		all, err := p.ByName(w.ctx, text, me)
		require.NoError(t, err)
		require.Len(t, all, 1, text)
		require.Equal(t, want, all[0].Name)
	}
	maxim, err := p.ByName(w.ctx, "max", me)
	require.NoError(t, err)
	require.Equal(t, "from another workspace", maxim[0].Not)
	all, err := p.ByEmails(w.ctx, []string{"jana@acme.test", "gus@acme.test", "nobody@acme.test"}, me)
	require.NoError(t, err)
	require.Equal(t, map[string]ProbePerson{"jana@acme.test": jana, "gus@acme.test": gus}, all, "as one by one")
	none, err := p.ByName(w.ctx, "nobody", me)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestProbeSaysWhatToMend(t *testing.T) {
	t.Parallel()
	scant := calm()
	scant.Scopes = []string{"users:read", "channels:read"}
	w := openWorld(t, scant)
	secret := func(text string) job.Secret { return job.NewSecret(text) }
	for _, c := range []struct {
		name string
		ask  func() error
		says string
		mend string
	}{
		{"wrong bot token", func() error {
			_, err := w.probe(func(o *ProbeOptions) { o.BotToken = secret("xoxb-sesame") }).Hello(w.ctx)
			return err
		}, "Slack does not know SLACK_BOT_TOKEN (invalid_auth)", "OAuth & Permissions"},
		{"a person's token", func() error {
			_, err := w.probe(func(o *ProbeOptions) { o.BotToken = secret("xoxp-alice") }).Hello(w.ctx)
			return err
		}, "SLACK_BOT_TOKEN belongs to the person alice, not to a bot", "xoxb-"},
		{"swapped: the app's as the bot's", func() error {
			_, err := w.probe(func(o *ProbeOptions) { o.BotToken = secret(appToken) }).Hello(w.ctx)
			return err
		}, "SLACK_BOT_TOKEN is another kind of token (not_allowed_token_type)", "OAuth & Permissions"},
		{"swapped: the bot's as the app's", func() error {
			return w.probe(func(o *ProbeOptions) { o.AppToken = secret(botToken) }).Sockets(w.ctx)
		}, "SLACK_APP_TOKEN is another kind of token (not_allowed_token_type)", "App-Level Tokens"},
		{"a scope is missing", func() error { _, err := w.probe().Groups(w.ctx); return err }, "the scope usergroups:read is missing", "Reinstall"},
		{"nobody answers", func() error {
			_, err := w.probe(func(o *ProbeOptions) { o.APIURL = "http://127.0.0.1:1/" }).Hello(w.ctx)
			return err
		}, "Slack cannot be reached", "HTTPS_PROXY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p *ProbeError
			require.ErrorAs(t, c.ask(), &p)
			require.Contains(t, p.Says, c.says)
			require.Contains(t, p.Mend, c.mend)
			require.NotContains(t, p.Says+p.Mend, "sesame")
		})
	}
	me, err := w.probe().Hello(w.ctx)
	require.NoError(t, err)
	missing, _ := manifest.Lacking(me.Scopes)
	require.Len(t, missing, len(manifest.Scopes())-2)
}

func TestProbeWhileSlackIsSlowOrHurried(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	w.mu.Lock()
	w.front = func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("Retry-After", "30")
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	w.mu.Unlock()
	_, err := w.probe().Hello(w.ctx)
	require.ErrorContains(t, err, "patience")

	w.mu.Lock()
	w.front = func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees that its client left only when it has read all of it
		<-r.Context().Done()
		return true
	}
	w.mu.Unlock()
	_, err = w.probe(func(o *ProbeOptions) { o.Timeout = 100 * time.Millisecond }).Hello(w.ctx)
	require.EqualError(t, err, "Slack cannot be reached: no answer in time")
}

func TestProbeOfClocksThatAreApart(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	for _, off := range []time.Duration{-10 * time.Minute, time.Minute} {
		w.mu.Lock()
		w.front = func(rw http.ResponseWriter, _ *http.Request) bool {
			rw.Header().Set("Date", time.Now().Add(-off).UTC().Format(http.TimeFormat))
			return false
		}
		w.mu.Unlock()
		began := time.Now()
		me, err := w.probe().Hello(w.ctx)
		took := time.Since(began)
		require.NoError(t, err)
		require.InDelta(t, off.Seconds(), me.Ahead.Seconds(), 2+took.Seconds())
	}
}

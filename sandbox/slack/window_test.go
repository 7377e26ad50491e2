package slack_test

import (
	"encoding/json"
	"strings"
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

const modal = `{"type":"modal","callback_id":"why","private_metadata":"mine","title":{"type":"plain_text","text":"Why?"},
	"submit":{"type":"plain_text","text":"Deny"},"notify_on_close":true,"blocks":[
	{"type":"section","text":{"type":"mrkdwn","text":"Say why."}},
	{"type":"input","block_id":"r","label":{"type":"plain_text","text":"Reason"},"element":{"type":"plain_text_input","action_id":"t","max_length":10,"min_length":2}},
	{"type":"input","block_id":"o","optional":true,"label":{"type":"plain_text","text":"More"},"element":{"type":"plain_text_input","action_id":"t"}}]}`

// opened presses a button as bob and opens a modal.
func (w *world) opened(a *app, view string) slack.View {
	w.Helper()
	ts := w.ask(ops)
	pressed := w.press("bob", ops, ts, "yes")
	e := a.next()
	trigger := e.Data.(slackgo.InteractionCallback).TriggerID
	w.must(pawl, "views.open", fields{"trigger_id": trigger, "view": view})
	a.ack(e)
	require.NoError(w, <-pressed)
	all, err := w.person("bob").Views(w.ctx)
	require.NoError(w, err)
	return all[len(all)-1]
}

// values are what stands in the first field.
func values(text string) map[string]map[string]string {
	return map[string]map[string]string{"r": {"t": text}}
}

func quietly() slack.Options {
	opts := calm()
	opts.Events = []string{}
	return opts
}

func TestAModalIsSentIn(t *testing.T) {
	t.Parallel()
	w := open(t, quietly())
	a := w.app()
	watch := w.watch("bob")
	v := w.opened(a, modal)
	e, err := watch.Until(kind("view"))
	require.NoError(t, err)
	var shown struct{ View slack.View }
	require.NoError(t, json.Unmarshal(e.Raw, &shown))
	require.Equal(t, v.ID, shown.View.ID)
	none, err := w.person("carol").Views(w.ctx)
	require.NoError(t, err)
	require.Empty(t, none, "it is before bob alone")
	_, err = w.person("carol").Submit(w.ctx, v.ID, values("fine"))
	require.Equal(t, "view_not_found", refusal(err))

	for text, says := range map[string]string{"": "Please complete this required field.", "   ": "Please complete this required field.", "x": "That is too short.", "much too long": "That is too long."} {
		wrong, err := w.person("bob").Submit(w.ctx, v.ID, values(text))
		require.NoError(t, err)
		require.Equal(t, map[string]string{"r": says}, wrong, "Slack's client sees to it, the app hears nothing")
	}
	submit := func(text string) (<-chan map[string]string, <-chan error) {
		wrong, failed := make(chan map[string]string, 1), make(chan error, 1)
		go func() {
			errors, err := w.person("bob").Submit(w.ctx, v.ID, values(text))
			wrong <- errors
			failed <- err
		}()
		return wrong, failed
	}
	answer := func(payload any) {
		event := a.next()
		in := event.Data.(slackgo.InteractionCallback)
		require.Equal(t, slackgo.InteractionTypeViewSubmission, in.Type)
		require.Equal(t, []any{v.ID, "why", "mine", "U0BOB"}, []any{in.View.ID, in.View.CallbackID, in.View.PrivateMetadata, in.User.ID})
		require.Equal(t, "fine", in.View.State.Values["r"]["t"].Value)
		require.Empty(t, in.View.State.Values["o"]["t"].Value)
		require.NoError(t, a.AckCtx(w.ctx, event.Request.EnvelopeID, payload))
	}
	wrong, failed := submit("fine")
	answer(slackgo.NewErrorsViewSubmissionResponse(map[string]string{"r": "Not that."}))
	require.Equal(t, map[string]string{"r": "Not that."}, <-wrong)
	require.NoError(t, <-failed)
	for name, payload := range map[string]any{
		"an error beside no field": slackgo.NewErrorsViewSubmissionResponse(map[string]string{"nowhere": "x"}),
		"no error":                 slackgo.NewErrorsViewSubmissionResponse(map[string]string{}),
		"an unknown action":        map[string]string{"response_action": "explode"},
	} {
		wrong, failed = submit("fine")
		answer(payload)
		<-wrong
		require.Equal(t, "invalid_response", refusal(<-failed), name)
	}
	wrong, failed = submit("fine")
	answer(nil)
	require.Empty(t, <-wrong)
	require.NoError(t, <-failed)
	_, err = watch.Until(kind("view_closed"))
	require.NoError(t, err)
	_, err = w.person("bob").Submit(w.ctx, v.ID, values("fine"))
	require.Equal(t, "view_not_found", refusal(err), "a modal is sent in once")
}

func TestAModalIsClosed(t *testing.T) {
	t.Parallel()
	w := open(t, quietly())
	a := w.app()
	v := w.opened(a, modal)
	closed := make(chan error, 1)
	go func() { closed <- w.person("bob").CloseView(w.ctx, v.ID) }()
	e := a.next()
	in := e.Data.(slackgo.InteractionCallback)
	require.Equal(t, slackgo.InteractionTypeViewClosed, in.Type)
	require.Equal(t, v.ID, in.View.ID)
	a.ack(e)
	require.NoError(t, <-closed)
	silent := w.opened(a, strings.Replace(modal, `"notify_on_close":true,`, "", 1))
	require.NoError(t, w.person("bob").CloseView(w.ctx, silent.ID), "who did not ask is not told")
	require.Empty(t, a.events)
}

func TestModalsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := open(t, quietly())
	a := w.app()
	ts := w.ask(ops)
	for name, change := range map[string][2]string{
		"no submit":       {`"submit":{"type":"plain_text","text":"Deny"},`, ""},
		"a long submit":   {`"text":"Deny"`, `"text":"Deny it for a reason that is long"`},
		"a long title":    {`"text":"Why?"`, `"text":"Why do you want that, after all?"`},
		"mrkdwn label":    {`"label":{"type":"plain_text","text":"Reason"}`, `"label":{"type":"mrkdwn","text":"Reason"}`},
		"no label":        {`"label":{"type":"plain_text","text":"Reason"},`, ""},
		"a long text":     {`"max_length":10`, `"max_length":3001`},
		"half a letter":   {`"max_length":10`, `"max_length":1.5`},
		"an unknown kind": {`"type":"plain_text_input","action_id":"t","max_length"`, `"type":"telepathy","action_id":"t","max_length"`},
		"one id twice":    {`"block_id":"o"`, `"block_id":"r"`},
	} {
		t.Run(name, func(t *testing.T) {
			pressed := w.press("bob", ops, ts, "yes")
			e := a.next()
			view := strings.Replace(modal, change[0], change[1], 1)
			require.NotEqual(t, modal, view)
			got := w.call(pawl, "views.open", fields{"trigger_id": e.Data.(slackgo.InteractionCallback).TriggerID, "view": view})
			require.Equal(t, "invalid_arguments", got.code())
			a.ack(e)
			require.NoError(t, <-pressed)
		})
	}
	blocks := `[{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"plain_text_input"}}]`
	require.Equal(t, "invalid_blocks", w.call(pawl, "chat.postMessage", fields{"channel": ops, "text": "x", "blocks": blocks}).code())
}

func TestUsersConversations(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	all, next, err := w.bot.GetConversationsForUserContext(w.ctx, &slackgo.GetConversationsForUserParameters{Types: []string{"public_channel", "private_channel"}})
	require.NoError(t, err)
	require.Empty(t, next)
	names := []string{}
	for _, c := range all {
		names = append(names, c.Name)
	}
	require.Equal(t, []string{"shop-dev", "ops", "ops-alerts", "releases", "sales-data", "shared-partner"}, names, "those it is in")
	require.Equal(t, "invalid_types", w.call(pawl, "users.conversations", fields{"types": "all"}).code())
	require.Equal(t, "method_not_supported_for_channel_type", w.call(pawl, "users.conversations", fields{"user": "U0BOB"}).code())
	require.Equal(t, "invalid_cursor", w.call(pawl, "users.conversations", fields{"cursor": "x"}).code())
}

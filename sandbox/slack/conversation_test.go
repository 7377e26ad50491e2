package slack_test

import (
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestConversationWithSlackGo(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	a := w.app()
	alice, watch := w.person("alice"), w.watch("alice")

	ts, err := alice.Say(w.ctx, dm, "toy", "")
	require.NoError(t, err)
	e := a.next()
	message := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent)
	require.Equal(t, "toy", message.Text)
	require.Equal(t, "U0ALICE", message.User)
	require.Equal(t, "im", message.ChannelType)
	require.Equal(t, ts, message.TimeStamp)
	a.ack(e)

	_, posted, err := w.bot.PostMessageContext(w.ctx, dm, slackgo.MsgOptionTS(ts),
		slackgo.MsgOptionText("Refreshing your toy database", false), slackgo.MsgOptionBlocks(cancelButton()))
	require.NoError(t, err)
	push, err := watch.Until(func(e slack.Event) bool { return e.Type == "push" })
	require.NoError(t, err)
	require.Equal(t, posted, push.TS)
	a.ack(a.next()) // the app hears itself in a direct message

	pressed := make(chan error, 1)
	go func() { pressed <- alice.Click(w.ctx, dm, posted, "cancel") }()
	click := a.next()
	callback := click.Data.(slackgo.InteractionCallback)
	require.Equal(t, "run-1", callback.ActionCallback.BlockActions[0].Value)
	require.Equal(t, ts, callback.Container.ThreadTs)
	require.Equal(t, "U0ALICE", callback.User.ID)
	require.Equal(t, slack.TeamID, callback.User.TeamID)
	require.Equal(t, posted, callback.Message.Timestamp)
	a.ack(click)
	require.NoError(t, <-pressed)
}

func cancelButton() slackgo.Block {
	label := slackgo.NewTextBlockObject(slackgo.PlainTextType, "Cancel", false, false)
	return slackgo.NewActionBlock("board", slackgo.NewButtonBlockElement("cancel", "run-1", label))
}

func eventTS(e socketmode.Event) string {
	return e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent).TimeStamp
}

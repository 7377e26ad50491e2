package e2e

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/crm"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

const salesData = "#sales-data"

// announcing is a world whose deals have times of which none comes while anybody looks.
func announcing(o *sandbox.Options) {
	o.Slack.Limits.Off, o.CRM = true, steadyCRM()
	o.When, o.Extra = "on the 31st at 3:00", o.Extra+", schedule run"
}

// channel is what Pawl says in #sales-data, the oldest first, each with the thread under it.
func (f *fleet) channel() (news [][]slack.Message) {
	f.t.Helper()
	jana := f.person("jana")
	all, err := jana.History(f.t.Context(), channelID(salesData))
	require.NoError(f.t, err)
	slices.SortFunc(all, func(a, b slack.Message) int { return strings.Compare(a.TS, b.TS) })
	for _, m := range all {
		if m.BotID == "" || m.ThreadTS != "" && m.ThreadTS != m.TS {
			continue
		}
		thread, err := jana.Replies(f.t.Context(), channelID(salesData), m.TS)
		require.NoError(f.t, err)
		news = append(news, thread)
	}
	return news
}

// reads waits until the newest message in #sales-data and the last one in its thread say this.
func (f *fleet) reads(news int, says, last string) []slack.Message {
	f.t.Helper()
	var thread []slack.Message
	f.eventually(40*time.Second, fmt.Sprintf("news %d says %q, and under it %q", news, says, last), func() error {
		all := f.channel()
		if len(all) != news {
			return fmt.Errorf("there are %d", len(all))
		}
		thread = all[news-1]
		if text := shownBy(thread[0]); !strings.Contains(text, says) {
			return errors.New(text)
		}
		if text := shownBy(thread[len(thread)-1]); !strings.Contains(text, last) {
			return errors.New(text)
		}
		return nil
	})
	return thread
}

// quiet waits until no run is under way.
func (f *fleet) quiet() {
	f.t.Helper()
	f.eventually(20*time.Second, "nothing is going on", func() error {
		if runs := f.person("alice").look("runs"); !strings.Contains(runs, "Nothing is going on") {
			return errors.New(runs)
		}
		return nil
	})
}

// due has the schedule of the deals run out of turn, as if its time had come.
func (f *fleet) due() {
	f.t.Helper()
	f.person("alice").types("schedule run sync deals").sees(20*time.Second, "speaks in #sales-data")
}

// One message a day says how the deals are, a new one only when they stand worse; who mends them is called once, and once
// more when they are well again. A kill while that is so changes nothing.
func TestASyncTellsItsChannel(t *testing.T) {
	t.Parallel()
	f := newFleet(t, announcing)
	f.up(haste)
	for range 2 {
		f.due()
		thread := f.reads(1, "up to date", "430 rows, none rejected.")
		require.Len(t, thread, 1, "whoever uses the numbers is not told more")
		f.quiet()
	}

	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.BadGateway, Page: 3}))
	f.due()
	thread := f.reads(2, "not updated", "deals stopped at page 3.")
	require.Contains(t, shownBy(thread[0]), "(430 rows). It is complete and safe to use, only older.\nHubSpot does not answer properly; the fault is on their side.")
	require.Contains(t, shownBy(thread[1]), "<@U0JANA> deals stopped at page 3. HubSpot answered 502 five times")
	require.Contains(t, shownBy(thread[1]), "(*theirs*). The file was not touched.")
	require.Contains(t, shownBy(thread[1]), "502 Bad Gateway")
	require.Contains(t, shownBy(f.channel()[0][0]), "What happened since is told in a newer message.")
	before, err := os.ReadFile(f.world.Sheets.File("deals"))
	require.NoError(t, err)

	f.kill()
	f.up(haste)
	jana := f.person("jana")
	jana.clicks(salesData, thread[1], "Try now")
	// It is asked once more under another number, in the same message.
	f.eventually(40*time.Second, "it was tried once more", func() error {
		again := f.reads(2, "not updated", "Tried 2 times since")
		require.Len(t, again, 2, "nobody is called twice")
		thread = again
		return nil
	})
	now, err := os.ReadFile(f.world.Sheets.File("deals"))
	require.NoError(t, err)
	require.Equal(t, before, now)

	f.world.CRM.Clear("")
	_, err = jana.Say(t.Context(), channelID(salesData), "retry", thread[0].TS)
	require.NoError(t, err)
	thread = f.reads(2, "up to date", "<@U0JANA> deals recovered when Jana Jovanovic had it tried again")
	require.Contains(t, shownBy(thread[0]), "430 rows, none rejected.")
	require.Contains(t, shownBy(thread[0]), "HubSpot did not answer properly")
	require.Empty(t, buttonsOf(thread[1].Blocks))
	require.Contains(t, shownBy(thread[1]), "It has been fine since")

	// Asked, Pawl says the same.
	require.Contains(t, f.person("sam").look("last sync"), "up to date")
	require.Contains(t, f.person("sam").look("sync history deals"), "*theirs*: HubSpot answered 502 five times")
}

// clicks presses the button with this label under a message of a channel.
func (p *person) clicks(channel string, m slack.Message, label string) {
	p.f.t.Helper()
	action := actionOf(m.Blocks, label)
	require.NotEmpty(p.f.t, action, "there is no button %q in %s", label, shownBy(m))
	require.NoError(p.f.t, p.Click(p.f.t.Context(), channelID(channel), m.TS, action))
}

// A sync that is paused where it was told broken is left alone until somebody resumes it; and what the chat did not take
// is told when it does again.
func TestASyncIsPausedFromItsNews(t *testing.T) {
	t.Parallel()
	f := newFleet(t, announcing)
	f.up(haste)
	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.Revoked}))
	f.due()
	thread := f.reads(1, "HubSpot does not let me in any more.", "(*access*). The file was not touched.")
	require.Contains(t, shownBy(thread[0]), "There are no numbers from me yet")
	jana := f.person("jana")
	jana.clicks(salesData, thread[1], "Pause")
	thread = f.reads(1, "It is paused by Jana Jovanovic. `sync resume deals` lets it go on.", "To try it now, type `sync run deals`.")
	require.Len(t, thread, 2)
	require.Contains(t, f.person("sam").look("schedules"), "paused by Jana Jovanovic")
	require.NoFileExists(t, f.world.Sheets.File("deals"))

	f.kill() // a pause outlives everything
	f.up(haste)
	require.Contains(t, f.person("sam").look("sync"), "paused")
	f.world.CRM.Clear("")
	jana.types("sync run deals").sees(30*time.Second, "430 rows, none rejected.")
	thread = f.reads(1, "up to date", "deals recovered when Jana Jovanovic ran it")
	require.Contains(t, shownBy(thread[0]), "It is paused by Jana Jovanovic")
	jana.types("sync resume deals").sees(20*time.Second, "runs again")
	thread = f.reads(1, "up to date", "recovered")
	require.NotContains(t, shownBy(thread[0]), "paused")
}

// An announcement that somebody took away is made anew when there is something to say, and where the channel is gone it is
// said where questions are asked.
func TestAnAnnouncementFindsAPlace(t *testing.T) {
	t.Parallel()
	f := newFleet(t, announcing)
	f.up(haste)
	f.due()
	first := f.reads(1, "up to date", "430 rows, none rejected.")[0]
	f.quiet()
	require.NoError(t, f.takesAway(channelID(salesData), first.TS))
	f.due()
	second := f.reads(1, "up to date", "430 rows, none rejected.")[0]
	require.NotEqual(t, first.TS, second.TS)
	f.quiet()

	chat := slack.NewControl(f.world.URL, nil)
	require.NoError(t, chat.Edit(t.Context(), slack.Edit{Channel: channelID(salesData), Archived: new(true)}))
	require.NoError(t, f.world.CRM.Set(crm.Fault{Kind: crm.BadGateway, Page: 3}))
	f.due()
	alice := f.person("alice")
	f.eventually(40*time.Second, "it is said in #ops", func() error {
		for _, m := range alice.stands("#ops") {
			if strings.Contains(shownBy(m), "not updated") {
				return nil
			}
		}
		return errors.New("not yet")
	})
}

package slackbridge

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// files are the files of a thread, or of a conversation.
func (w *world) files(who, channel, thread string) []slack.File {
	w.Helper()
	all, err := w.person(who).History(w.ctx, channel)
	if thread != "" {
		all, err = w.person(who).Replies(w.ctx, channel, thread)
	}
	require.NoError(w, err)
	var found []slack.File
	for _, m := range all {
		found = append(found, m.Files...)
	}
	return found
}

func TestALongTextBecomesAFile(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	at := job.Place{Channel: shopDev, Thread: root}
	require.NoError(t, p.File(w.ctx, at, "../etc/restore log.log", "Log of "+board.Mention(job.Actor{Kind: job.SlackUser, ID: alice, Name: "alice"}), []byte("one\n\x1b[31mtwo\x00\nthree\n")))
	f := w.files("alice", shopDev, root)
	require.Len(t, f, 1)
	require.Equal(t, "restore-log.log", f[0].Name)
	require.Equal(t, "Log of @alice", f[0].Title)
	require.Equal(t, "one\n[31mtwo\nthree", f[0].Preview, "what a terminal would obey is gone")

	require.NoError(t, p.File(w.ctx, job.Place{Channel: alice}, "x.log", "x", []byte("x")))
	require.Len(t, w.files("alice", dmAlice, ""), 1, "the id of a person is the direct message with them")
	for _, empty := range []string{"", "\n \n", "\x00"} {
		require.ErrorIs(t, p.File(w.ctx, at, "x.log", "x", []byte(empty)), ErrEmptyFile)
	}
	require.ErrorIs(t, p.File(w.ctx, job.Place{Channel: "C0GENERAL"}, "x.log", "x", []byte("x")), board.ErrNoPlace)
	require.NoError(t, w.person("alice").Delete(w.ctx, shopDev, w.say("alice", shopDev, "gone", "")))
	require.NoError(t, p.File(w.ctx, job.Place{Channel: shopDev, Thread: "1700000000.000001"}, "x.log", "x", []byte("x")))
	require.Len(t, w.files("alice", shopDev, ""), 1, "without its thread it stands in the conversation")
}

func TestAnUnclearAnswerToAFile(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	w.fault(slack.Fault{Kind: "lost_answer", Method: "files.completeUploadExternal", Times: 1})
	require.NoError(t, p.File(w.ctx, job.Place{Channel: "C0OPS"}, "x.log", "x", []byte("x")), "it is shared: that can be looked up")
	require.Len(t, w.files("bob", "C0OPS", ""), 1)
	w.fault(slack.Fault{Kind: "500", Method: "files.completeUploadExternal", Times: 1})
	var unclear *board.AmbiguousError
	require.ErrorAs(t, p.File(w.ctx, job.Place{Channel: "C0OPS"}, "x.log", "x", []byte("x")), &unclear)
	require.Len(t, w.files("bob", "C0OPS", ""), 1)
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/upload/") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(rw, "no", http.StatusBadGateway)
		return true
	})
	require.ErrorAs(t, p.File(w.ctx, job.Place{Channel: "C0OPS"}, "x.log", "x", []byte("x")), &unclear)
}

func TestAVeryLongFileLosesItsMiddle(t *testing.T) {
	t.Parallel()
	line := []byte(strings.Repeat("x", 99) + "\n")
	long := append([]byte("first\n"), bytes.Repeat(line, 20_000)...)
	long = append(long, "last\n"...)
	short := readable(long)
	require.Less(t, len(short), maxFile+100)
	require.True(t, bytes.HasPrefix(short, []byte("first\n")))
	require.True(t, bytes.HasSuffix(short, []byte("last\n")))
	require.Contains(t, string(short), "bytes left out")
	require.Equal(t, []byte("as it is\n"), readable([]byte("as it is\n")))
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"restore.log": "restore.log", "": "log.txt", "..": "log.txt", "/": "log.txt", `..\..\boot.ini`: "boot.ini", "a b;rm -rf.log": "a-b-rm--rf.log",
		"żółw.log": "w.log", strings.Repeat("n", 300) + ".log": strings.Repeat("n", 96) + ".log", "a\r\nb": "a--b", ".profile": "profile",
	} {
		require.Equal(t, want, fileName(name), name)
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("restore.log")
	f.Add("../../\x00")
	f.Fuzz(func(t *testing.T, name string) {
		is := fileName(name)
		require.NotEmpty(t, is)
		require.LessOrEqual(t, len(is), maxFileName)
		require.NotContains(t, is, "/")
		require.NotContains(t, is, `\`)
		require.Equal(t, is, fileName(is), "a good name stays")
	})
}

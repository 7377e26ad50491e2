package slack_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// upload brings bytes to an upload URL, as the body or as a form.
func (w *world) upload(address, content string, form bool) int {
	w.Helper()
	var body bytes.Buffer
	contentType := "application/octet-stream"
	if form {
		parts := multipart.NewWriter(&body)
		part, err := parts.CreateFormFile("file", "x.log")
		require.NoError(w, err)
		_, err = io.WriteString(part, content)
		require.NoError(w, err)
		require.NoError(w, parts.Close())
		contentType = parts.FormDataContentType()
	} else {
		body.WriteString(content)
	}
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, address, &body)
	require.NoError(w, err)
	req.Header.Set("Content-Type", contentType)
	return w.do(req).Status
}

// begin asks for an upload URL.
func (w *world) begin(length int) (id, address string) {
	w.Helper()
	got := w.must(pawl, "files.getUploadURLExternal", fields{"filename": "restore.log", "length": strconv.Itoa(length)})
	return got["file_id"].(string), got["upload_url"].(string)
}

func TestFilesWithSlackGo(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Path = filepath.Join(t.TempDir(), "slack.db")
	w := open(t, opts)
	root := w.say("xoxp-alice", shopDev, "toy", "")
	watch := w.watch("bob")
	content := "one\ntwo\nthree\nfour\nfive\nsix\n"
	summary, err := w.bot.UploadFileContext(w.ctx, slackgo.UploadFileParameters{
		Filename: "restore.log", Title: "Log of the restore", FileSize: len(content), Content: content, Channel: shopDev, ThreadTimestamp: root,
	})
	require.NoError(t, err)
	e, err := watch.Until(kind("message"))
	require.NoError(t, err)
	require.Equal(t, "file_share", e.Message.Subtype)
	require.Equal(t, root, e.Message.ThreadTS)
	f := e.Message.Files[0]
	require.Equal(t, summary.ID, f.ID)
	require.Equal(t, []any{"restore.log", "Log of the restore", len(content), "snippet", "one\ntwo\nthree\nfour\nfive", 6, 1},
		[]any{f.Name, f.Title, f.Size, f.Mode, f.Preview, f.Lines, f.LinesMore})
	info, _, _, err := w.bot.GetFileInfoContext(w.ctx, f.ID, 1, 1)
	require.NoError(t, err)
	require.Equal(t, []string{shopDev}, info.Channels)

	get := func(token string) (int, string) {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, f.URLPrivateDownload, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}
	status, body := get("xoxp-bob")
	require.Equal(t, []any{http.StatusOK, content}, []any{status, body})
	for _, token := range []string{"xoxp-max", "", "nonsense", "xapp-sandbox-pawl"} {
		status, _ = get(token)
		require.Equal(t, http.StatusNotFound, status, token)
	}
	w.close()
	again := open(t, opts)
	all, err := again.person("bob").Replies(again.ctx, shopDev, root)
	require.NoError(t, err)
	require.Equal(t, f.ID, all[1].Files[0].ID, "files survive")
	_, _, _, err = again.bot.GetFileInfoContext(again.ctx, f.ID, 1, 1)
	require.NoError(t, err)
}

func TestFileRefusals(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	for name, c := range map[string]struct {
		method string
		form   fields
		code   string
	}{
		"no name":         {"files.getUploadURLExternal", fields{"length": "5"}, "invalid_arguments"},
		"no length":       {"files.getUploadURLExternal", fields{"filename": "x"}, "invalid_arguments"},
		"an empty file":   {"files.getUploadURLExternal", fields{"filename": "x", "length": "0"}, "invalid_arguments"},
		"a huge file":     {"files.getUploadURLExternal", fields{"filename": "x", "length": "99999999"}, "file_upload_size_restricted"},
		"a huge snippet":  {"files.getUploadURLExternal", fields{"filename": "x", "length": "1048577", "snippet_type": "text"}, "snippet_too_large"},
		"no files":        {"files.completeUploadExternal", fields{"files": "[]"}, "invalid_arguments"},
		"no list":         {"files.completeUploadExternal", fields{"files": "F1"}, "invalid_arguments"},
		"an unknown file": {"files.completeUploadExternal", fields{"files": `[{"id":"F1"}]`}, "file_not_found"},
		"info of nothing": {"files.info", fields{"file": "F1"}, "file_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.code, w.call(pawl, c.method, c.form).code())
		})
	}
	id, address := w.begin(5)
	complete := func(token string, more fields) string {
		form := fields{"files": `[{"id":"` + id + `"}]`}
		for name, value := range more {
			form[name] = value
		}
		return w.call(token, "files.completeUploadExternal", form).code()
	}
	require.Equal(t, "file_not_found", complete(pawl, nil), "nothing was uploaded yet")
	require.Equal(t, http.StatusBadRequest, w.upload(address, "too long for it", true))
	require.Equal(t, http.StatusOK, w.upload(address, "12345", true))
	require.Equal(t, http.StatusNotFound, w.upload(address, "12345", false), "once")
	require.Equal(t, "file_not_found", complete("xoxb-otherbot", nil), "somebody else's")
	require.Equal(t, "not_in_channel", complete(pawl, fields{"channel_id": "C0GENERAL"}))
	require.Equal(t, "channel_not_found", complete(pawl, fields{"channel_id": "C0NOWHERE"}))
	require.Equal(t, "channel_not_found", complete(pawl, fields{"channel_id": "#ops"}), "ids only")
	require.Equal(t, "channels_limit_exceeded", complete(pawl, fields{"channels": "C0OPS,C0SHOPDEV"}))
	archived := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "releases", Archived: &archived}))
	require.Equal(t, "posting_to_channel_denied", complete(pawl, fields{"channel_id": "C0RELEASES"}))
	require.Empty(t, complete(pawl, fields{"channel_id": ops, "thread_ts": "1700000000.000001"}))
	all, err := w.person("bob").History(w.ctx, ops)
	require.NoError(t, err)
	require.Len(t, all, 1, "a thread that is gone: it stands in the channel")
	require.Equal(t, "restore.log", all[0].Files[0].Title)
	require.Equal(t, "file_not_found", complete(pawl, nil), "shared once")

	_, address = w.begin(3)
	require.Equal(t, http.StatusOK, w.upload(address, "abc", false), "the body itself does as well")
	few := calm()
	few.Scopes = []string{"chat:write"}
	poor := open(t, few)
	require.Equal(t, "missing_scope", poor.call(pawl, "files.getUploadURLExternal", fields{"filename": "x", "length": "1"}).code())
	require.NotContains(t, address, pawl)
}

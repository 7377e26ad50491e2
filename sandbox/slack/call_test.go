package slack_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"
)

// answer is what the Web API said, raw.
type answer struct {
	Status int
	Header http.Header
	Body   map[string]any
}

func (a answer) code() string {
	code, _ := a.Body["error"].(string)
	return code
}

func (a answer) cursor() string {
	about, _ := a.Body["response_metadata"].(map[string]any)
	next, _ := about["next_cursor"].(string)
	return next
}

const pawl = "xoxb-sandbox-pawl"

type fields = map[string]string

// call sends a form with the token in the header. Nothing is parsed that is not
// on the wire.
func (w *world) call(token, method string, form fields) answer {
	w.Helper()
	values := url.Values{}
	for name, value := range maps.All(form) {
		values.Set(name, value)
	}
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/api/"+method, strings.NewReader(values.Encode()))
	require.NoError(w, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+token)
	return w.do(req)
}

func (w *world) do(req *http.Request) answer {
	w.Helper()
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // every address here was made by the server of the test
	require.NoError(w, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(w, err)
	a := answer{Status: resp.StatusCode, Header: resp.Header}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		require.NoError(w, json.Unmarshal(body, &a.Body), string(body))
	}
	return a
}

// must calls and insists on ok.
func (w *world) must(token, method string, form fields) map[string]any {
	w.Helper()
	a := w.call(token, method, form)
	require.Equal(w, true, a.Body["ok"], "%s: %v", method, a.Body)
	return a.Body
}

// say posts as somebody and returns the ts.
func (w *world) say(token, channel, text, thread string) string {
	w.Helper()
	form := fields{"channel": channel, "text": text}
	if thread != "" {
		form["thread_ts"] = thread
	}
	return w.must(token, "chat.postMessage", form)["ts"].(string)
}

// texts are the texts of a list of messages.
func texts(reply map[string]any) []string {
	found := []string{}
	for _, m := range reply["messages"].([]any) {
		found = append(found, m.(map[string]any)["text"].(string))
	}
	return found
}

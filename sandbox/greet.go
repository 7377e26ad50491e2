package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

const greeting = "Hello Alice. Type `toy`, and while it runs press *Pull the plug*."

// Greet has Pawl say the first word to Alice, in a conversation in which nothing was said yet.
func (w *World) Greet(ctx context.Context) error {
	alice := slack.NewPerson(w.URL, "xoxp-alice", nil)
	channel, err := alice.DM(ctx)
	if err != nil {
		return fmt.Errorf("opening Alice's conversation: %w", err)
	}
	said, err := alice.History(ctx, channel)
	if err != nil {
		return fmt.Errorf("reading Alice's conversation: %w", err)
	}
	if len(said) > 0 {
		return nil
	}
	form := url.Values{"token": {BotToken}, "channel": {channel}, "text": {greeting}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/api/chat.postMessage", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("greeting Alice: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("greeting Alice: %w", err)
	}
	defer res.Body.Close()
	var answer struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Errorf("greeting Alice: %w", err)
	}
	if !answer.OK {
		return fmt.Errorf("greeting Alice: slack answered %s", answer.Error)
	}
	return nil
}

package slack

import (
	"encoding/json"
	"regexp"
)

// maxMetadata is the size of a metadata argument in bytes. Slack has a limit
// (metadata_too_large) and does not publish it; this one is ours.
const maxMetadata = 8 << 10

// checkMetadata reads the metadata of a message: an event_type and a flat payload
// whose keys are lower case words
// (https://docs.slack.dev/messaging/message-metadata).
func checkMetadata(text []byte) (*Metadata, *apiError) {
	if len(text) > maxMetadata {
		return nil, refuse("metadata_too_large")
	}
	var m Metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if m.EventType == "" && len(m.EventPayload) == 0 {
		return nil, nil // {} is no metadata
	}
	var payload map[string]any
	if m.EventType == "" || json.Unmarshal(m.EventPayload, &payload) != nil || payload == nil {
		return nil, refuse("invalid_metadata_format")
	}
	key := regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	for name, value := range payload {
		if _, nested := value.(map[string]any); nested || !key.MatchString(name) {
			return nil, refuse("invalid_metadata_schema")
		}
	}
	return &m, nil
}

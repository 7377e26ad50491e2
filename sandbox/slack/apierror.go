package slack

import "fmt"

// apiError is a refusal in Slack's words.
type apiError struct {
	code     string
	messages []string // response_metadata.messages
	extra    map[string]any
}

func (e *apiError) Error() string { return e.code }

func refuse(code string) *apiError { return &apiError{code: code} }

// invalidArguments names each argument that is missing or wrong, as Slack does.
func invalidArguments(format string, args ...any) *apiError {
	return &apiError{code: "invalid_arguments", messages: []string{"[ERROR] " + fmt.Sprintf(format, args...)}}
}

// missing is the refusal of a call without a required argument.
func missing(name string) *apiError { return invalidArguments("missing required field: %s", name) }

func errorReply(code string) map[string]any { return map[string]any{"ok": false, "error": code} }

func (e *apiError) reply() map[string]any {
	reply := errorReply(e.code)
	for name, value := range e.extra {
		reply[name] = value
	}
	if len(e.messages) > 0 {
		reply["response_metadata"] = map[string]any{"messages": e.messages}
	}
	return reply
}

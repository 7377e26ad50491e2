package crm

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
)

// Categories of HubSpot's errors (https://developers.hubspot.com/docs/api/error-handling).
const (
	notAuthenticated = "INVALID_AUTHENTICATION"
	notInScope       = "MISSING_SCOPES"
	notValid         = "VALIDATION_ERROR"
	notFound         = "OBJECT_NOT_FOUND"
	tooOften         = "RATE_LIMITS"
)

// refusal is an error as HubSpot answers it.
type refusal struct {
	status int
	header http.Header

	Status        string   `json:"status"` // always "error"
	Message       string   `json:"message"`
	ErrorType     string   `json:"errorType,omitempty"`
	CorrelationID string   `json:"correlationId"`
	Category      string   `json:"category,omitempty"`
	PolicyName    string   `json:"policyName,omitempty"`
	Errors        []detail `json:"errors,omitempty"`
}

// detail says more about an error.
type detail struct {
	Message string              `json:"message"`
	Context map[string][]string `json:"context,omitempty"`
}

func invalid(format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Category: notValid}
}

// unauthenticated is the answer to no token, a wrong one, and one that was revoked: HubSpot does not say which.
func unauthenticated() *refusal {
	return &refusal{
		status: http.StatusUnauthorized, Category: notAuthenticated,
		Message: "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
	}
}

// outOfScope is the answer to a token that may do other things.
func outOfScope(object string) *refusal {
	return &refusal{
		status: http.StatusForbidden, Category: notInScope,
		Message: "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
		Errors: []detail{{
			Message: "One or more of the following scopes are required.",
			Context: map[string][]string{"requiredGranularScopes": {"crm.objects." + object + ".read"}},
		}},
	}
}

func (f refusal) send(w http.ResponseWriter) {
	f.Status, f.CorrelationID = "error", correlation()
	for name, values := range f.header {
		w.Header()[name] = values
	}
	w.Header().Set("X-HubSpot-Correlation-Id", f.CorrelationID)
	send(w, f.status, encode(f))
}

// encode is JSON as HubSpot writes it: "<" stays "<".
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // texts, numbers and maps of them: they all encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader is gone, nothing to be done
}

// correlation is the id of an answer, by which HubSpot's support finds it.
func correlation() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, or ends the program
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is how much of a request is read, in bytes. Slack's own limit is not
// published; the largest legitimate call is far below.
const maxBody = 1 << 20

// args are the arguments of a call. Structured values (blocks, metadata) are kept
// as their JSON text, however they were sent.
type args map[string]string

func (a args) has(name string) bool { return a[name] != "" }

// flag reads a boolean the way Slack does: true, 1 and t are yes.
func (a args) flag(name string) bool {
	yes, err := strconv.ParseBool(a[name])
	return err == nil && yes
}

// number reads a whole number, or the fallback when the argument is absent.
func (a args) number(name string, fallback int) (int, bool) {
	if !a.has(name) {
		return fallback, true
	}
	n, err := strconv.Atoi(a[name])
	return n, err == nil
}

// callBody is a request taken apart, before anything is known about its method.
type callBody struct {
	args args
	json bool
	// warnings are Slack's remarks about the form of the request.
	warnings []string
}

// readCall takes a request apart. Arguments come in the query, in a form or in a
// JSON object; a JSON body cannot carry a token
// (https://docs.slack.dev/apis/web-api/#post-bodies).
func readCall(r *http.Request) (callBody, *apiError) {
	call := callBody{args: args{}}
	call.args.take(r.URL.Query())
	delete(call.args, "token") // tokens in the query string are refused since 2021
	if r.Method == http.MethodGet {
		return call, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return call, refuse("invalid_form_data")
	}
	contentType := r.Header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return call, refuse("invalid_post_type")
	}
	switch media {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return call, refuse("invalid_form_data")
		}
		call.args.take(form)
	case "multipart/form-data":
		form := url.Values{}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return call, refuse("invalid_form_data")
		}
		for name, values := range r.MultipartForm.Value {
			form[name] = values
		}
		call.args.take(form)
	case "application/json":
		call.json = true
		if !strings.EqualFold(params["charset"], "utf-8") {
			call.warnings = append(call.warnings, "missing_charset")
		}
		if e := call.args.takeJSON(body); e != nil {
			return call, e
		}
	case "":
		if len(body) > 0 {
			return call, refuse("missing_post_type")
		}
	default:
		return call, refuse("invalid_post_type")
	}
	return call, nil
}

func (a args) take(form url.Values) {
	for name, values := range form {
		if len(values) > 0 {
			a[name] = values[len(values)-1]
		}
	}
}

func (a args) takeJSON(body []byte) *apiError {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !json.Valid(body) {
		return refuse("invalid_json")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return refuse("json_not_object")
	}
	delete(object, "token")
	for name, raw := range object {
		var text string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			a[name] = text
		default:
			a[name] = string(raw)
		}
	}
	return nil
}

// bearer finds the token of a request: in the Authorization header, or in a form.
func bearer(r *http.Request, a args) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token)
	}
	return a["token"]
}

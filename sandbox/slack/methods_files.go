package slack

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// maxUpload is how large a file this Slack takes; the real one takes a gigabyte.
	maxUpload = 16 << 20
	// maxSnippet is up to where a text is a snippet that people read in place.
	maxSnippet = 1 << 20
	// previewLines is how much of a snippet a message shows.
	previewLines = 5
	// uploadLife is how long an upload URL may be used, once. Slack does not publish it.
	uploadLife = 10 * time.Minute
)

// file is something that was uploaded.
type file struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	User     string   `json:"user"`
	Created  int64    `json:"created"`
	Content  []byte   `json:"content"`
	Channels []string `json:"channels,omitempty"` // where it is shared
}

// upload is a URL that waits for its file.
type upload struct {
	file   *file
	length int
	end    time.Time
	done   bool
}

// filesGetUploadURL is files.getUploadURLExternal: the first of three steps
// (https://docs.slack.dev/messaging/working-with-files#upload).
func filesGetUploadURL(c *call) (reply, *apiError) {
	length, ok := c.args.number("length", 0)
	switch {
	case !ok || length < 1:
		return nil, invalidArguments("must be a positive number [json-pointer:/length]")
	case length > maxUpload:
		return nil, refuse("file_upload_size_restricted")
	case c.args.has("snippet_type") && length > maxSnippet:
		return nil, refuse("snippet_too_large")
	}
	for ticket, old := range c.uploads {
		if c.opts.Now().After(old.end) {
			delete(c.uploads, ticket)
		}
	}
	f := &file{ID: "F0" + randomID(9), Name: path.Base(c.args["filename"]), User: c.who.user.ID, Created: c.opts.Now().Unix()}
	ticket := randomID(32)
	c.uploads[ticket] = &upload{file: f, length: length, end: c.opts.Now().Add(uploadLife)}
	return reply{"upload_url": c.base + "/upload/v1/" + ticket, "file_id": f.ID}, nil
}

// serveUpload is POST on an upload URL: the second step. The bytes come as the body, or as a form with one file; there
// have to be as many as were announced.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	content, ok := uploaded(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[r.PathValue("ticket")]
	entry := Entry{Kind: "upload"}
	defer func() { s.log.add(entry) }()
	switch {
	case u == nil || u.done || s.opts.Now().After(u.end):
		entry.Error = "expired_url"
		http.Error(w, "expired", http.StatusNotFound)
	case !ok || len(content) != u.length:
		entry.Error = "wrong_length"
		http.Error(w, "the file is not as long as was announced", http.StatusBadRequest)
	default:
		u.file.Content, u.done = content, true
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("OK - " + strconv.Itoa(len(content))))
	}
}

// uploaded reads the bytes of a file out of a request.
func uploaded(r *http.Request) ([]byte, bool) {
	body := io.LimitReader(r.Body, maxUpload+maxBody)
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		content, err := io.ReadAll(body)
		return content, err == nil
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, false
		}
		if part.FileName() != "" {
			content, err := io.ReadAll(part)
			return content, err == nil
		}
	}
}

// filesComplete is files.completeUploadExternal: the third step shares what was uploaded.
func filesComplete(c *call) (reply, *apiError) {
	var asked []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if !c.decode("files", &asked) || len(asked) == 0 {
		return nil, invalidArguments("must provide an array of files [json-pointer:/files]")
	}
	if c.args.has("channels") {
		return nil, refuse("channels_limit_exceeded") // several at once: not one of the ways in which this project shares
	}
	var shown []map[string]any
	var files []*file
	for _, a := range asked {
		u := c.uploadOf(a.ID)
		if u == nil || !u.done || u.file.User != c.who.user.ID {
			return nil, refuse("file_not_found")
		}
		f := *u.file
		f.Title = a.Title
		if f.Title == "" {
			f.Title = f.Name
		}
		files = append(files, &f)
		shown = append(shown, map[string]any{"id": f.ID, "title": f.Title})
	}
	if to := c.args["channel_id"]; to != "" {
		if err := c.share(to, files); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		c.put(f)
		delete(c.uploads, c.ticketOf(f.ID))
	}
	return reply{"files": shown}, nil
}

// share posts files as a message.
func (c *call) share(to string, files []*file) *apiError {
	ch, err := c.writable(to)
	switch {
	case err != nil && err.code == "is_archived":
		return refuse("posting_to_channel_denied")
	case err != nil:
		return err
	case ch.ID != to:
		return refuse("channel_not_found") // names and people are for chat.postMessage
	}
	thread := ""
	if asked := c.args["thread_ts"]; asked != "" {
		if _, ok := parseTS(asked); !ok {
			return invalidArguments("invalid thread_ts [json-pointer:/thread_ts]")
		}
		thread = c.thread(ch, asked)
	}
	said := content{text: normalise(c.args["initial_comment"])}
	p := c.compose(c.who.user, ch, said, thread)
	p.Subtype = "file_share"
	for _, f := range files {
		f.Channels = append(f.Channels, ch.ID)
		p.Files = append(p.Files, c.shownFile(f))
	}
	c.publish(ch, p)
	return nil
}

// filesInfo is files.info.
func filesInfo(c *call) (reply, *apiError) {
	f := c.dir.file(c.args["file"])
	if f == nil || !c.seesFile(c.who.user, f) {
		return nil, refuse("file_not_found")
	}
	shown, err := json.Marshal(c.shownFile(f))
	about := map[string]any{}
	if err != nil || json.Unmarshal(shown, &about) != nil {
		return nil, refuse("internal_error")
	}
	channels, groups, ims := []string{}, []string{}, []string{}
	for _, id := range f.Channels {
		switch ch := c.dir.channel(id); {
		case ch == nil:
		case ch.IM:
			ims = append(ims, id)
		case ch.Private:
			groups = append(groups, id)
		default:
			channels = append(channels, id)
		}
	}
	about["channels"], about["groups"], about["ims"] = channels, groups, ims
	return reply{"file": about, "comments": []any{}, "response_metadata": nextCursor("")}, nil
}

// seesFile reports whether somebody may open a file: whoever uploaded it, and whoever sees where it is shared.
func (s *Server) seesFile(u *user, f *file) bool {
	if f.User == u.ID {
		return true
	}
	for _, id := range f.Channels {
		if ch := s.dir.channel(id); ch != nil && s.dir.sees(u, ch) {
			return true
		}
	}
	return false
}

func (c *call) uploadOf(id string) *upload { return c.uploads[c.ticketOf(id)] }

func (c *call) ticketOf(id string) string {
	for ticket, u := range c.uploads {
		if u.file.ID == id {
			return ticket
		}
	}
	return ""
}

// shownFile renders a file (https://docs.slack.dev/reference/objects/file-object). All of them are texts here.
func (c *call) shownFile(f *file) File {
	lines := strings.Split(strings.TrimRight(string(f.Content), "\n"), "\n")
	preview := lines[:min(len(lines), previewLines)]
	shown := File{
		ID: f.ID, Created: f.Created, Timestamp: f.Created, Name: f.Name, Title: f.Title, Mimetype: "text/plain",
		Filetype: "text", PrettyType: "Plain Text", User: f.User, Size: len(f.Content), Mode: "hosted",
		URLPrivate: c.fileURL(f, ""), URLPrivateDownload: c.fileURL(f, "download/"),
	}
	if len(f.Content) <= maxSnippet {
		shown.Mode, shown.Editable = "snippet", true
		shown.Preview = cut(strings.Join(preview, "\n"), 1000)
		shown.Lines, shown.LinesMore = len(lines), len(lines)-len(preview)
	}
	return shown
}

func (c *call) fileURL(f *file, how string) string {
	return c.base + "/files-pri/" + c.dir.teamID + "-" + f.ID + "/" + how + url.PathEscape(f.Name)
}

// serveFile is GET on a file's address. It wants a token, as Slack does; a page cannot send one with a link, so that it
// may stand in the query.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	token := bearer(r, args{"token": r.URL.Query().Get("token")})
	s.mu.Lock()
	who, err := s.authenticate(token, botOrPerson)
	_, id, _ := strings.Cut(r.PathValue("file"), "-")
	f := s.dir.file(id)
	ok := err == nil && f != nil && s.seesFile(who.user, f)
	var content []byte
	name := ""
	if ok {
		content, name = f.Content, f.Name
	}
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = w.Write(content)
}

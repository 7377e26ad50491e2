package jenkins_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// root is where Jenkins believes it is: behind a proxy, elsewhere than it is reached.
const root = "https://ci.acme.example/jenkins"

// shop is a pipeline of two stages of ten seconds each, with a run id.
func shop() jenkins.Job {
	return jenkins.Job{
		Name:   "shop/build",
		Params: []jenkins.Param{{Name: "VERSION", Default: "1.0"}, {Name: "PAWL_RUN_ID"}},
		Stages: []jenkins.Stage{
			{Name: "Compile", Takes: 10 * time.Second, Log: []string{"+ make $VERSION", "ok"}},
			{Name: "Test", Takes: 10 * time.Second, Log: []string{"+ make test", "214 tests"}},
		},
	}
}

// script is a freestyle job of ten seconds without parameters.
func script() jenkins.Job {
	return jenkins.Job{Name: "nightly", Kind: jenkins.Freestyle, Stages: []jenkins.Stage{{Takes: 10 * time.Second, Log: []string{"+ ./nightly.sh", "done"}}}}
}

// ci is a Jenkins behind an address, as a client has it before it.
type ci struct {
	*testing.T
	*jenkins.Server
	URL    string
	client *http.Client
	time   *clock
	as     string // user:secret
}

func open(t *testing.T, o jenkins.Options) *ci {
	t.Helper()
	c := &clock{now: noon}
	if o.Now == nil {
		o.Now = c.Now
	}
	if o.Root == "" {
		o.Root, o.Context = root, "/jenkins"
	}
	if o.Jobs == nil {
		o.Jobs = []jenkins.Job{shop(), script()}
	}
	s, err := jenkins.New(o)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", s.Control())
	mux.Handle("/", s.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &ci{T: t, Server: s, URL: server.URL + o.Context, client: client, time: c, as: jenkins.User + ":" + jenkins.Token}
}

// said is an answer that arrived.
type said struct {
	status int
	header http.Header
	body   string
}

func (c *ci) ask(method, path, body string, header ...string) (said, error) {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(body))
	require.NoError(c, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if user, secret, ok := strings.Cut(c.as, ":"); ok {
		r.SetBasicAuth(user, secret)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.client.Do(r)
	if err != nil {
		return said{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return said{res.StatusCode, res.Header, string(text)}, err
}

func (c *ci) get(path string) said {
	c.Helper()
	a, err := c.ask(http.MethodGet, path, "")
	require.NoError(c, err)
	return a
}

func (c *ci) post(path string, form ...string) said {
	c.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	a, err := c.ask(http.MethodPost, path, values.Encode())
	require.NoError(c, err)
	return a
}

// json is what a path answers, decoded.
func (c *ci) json(path string) map[string]any {
	c.Helper()
	a := c.get(path)
	require.Equal(c, http.StatusOK, a.status, a.body)
	require.Equal(c, "application/json;charset=utf-8", a.header.Get("Content-Type"))
	var v map[string]any
	require.NoError(c, json.Unmarshal([]byte(a.body), &v), a.body)
	return v
}

// trigger starts a build without a quiet period and returns the path of its queue item.
func (c *ci) trigger(form ...string) string {
	c.Helper()
	a := c.post("/job/shop/job/build/buildWithParameters?delay=0sec", form...)
	require.Equal(c, http.StatusCreated, a.status, a.body)
	return c.item(a)
}

// item is the path of the queue item that an answer leads to.
func (c *ci) item(a said) string {
	c.Helper()
	path, ok := strings.CutPrefix(a.header.Get("Location"), root)
	require.True(c, ok, "Location begins with the root URL: %s", a.header.Get("Location"))
	require.Regexp(c, `^/queue/item/\d+/$`, path)
	return path + "api/json"
}

func number(t *testing.T, v any) int {
	t.Helper()
	f, ok := v.(float64)
	require.True(t, ok, v)
	return int(f)
}

func within(t *testing.T, v any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		switch in := v.(type) {
		case map[string]any:
			require.Contains(t, in, key)
			v = in[key]
		case []any:
			i, err := strconv.Atoi(key)
			require.NoError(t, err)
			require.Greater(t, len(in), i)
			v = in[i]
		default:
			require.Failf(t, "not an object", "%v has no %s", v, key)
		}
	}
	return v
}

func decoded[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(text), &v), text)
	return v
}

package crm_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the CRM of the tests was founded.
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

// party is a CRM behind an address, as a client has it before it.
type party struct {
	*testing.T
	*crm.Server
	URL    string
	client *http.Client
	time   *clock
}

func open(t *testing.T, o crm.Options) *party {
	t.Helper()
	c := &clock{now: noon}
	if o.Now == nil {
		o.Now = c.Now
	}
	s, err := crm.New(o)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", s.Control())
	mux.Handle("/", s.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &party{T: t, Server: s, URL: server.URL, client: server.Client(), time: c}
}

// quiet is a CRM nothing happens in, and that may be asked without end.
func quiet(t *testing.T) *party {
	t.Helper()
	return open(t, crm.Options{Every: -1, Limits: crm.Limits{Off: true}})
}

// said is an answer that arrived.
type said struct {
	status int
	header http.Header
	body   string
}

// ask asks with the headers given in pairs; the error is that of the connection.
func (p *party) ask(method, path, body string, header ...string) (said, error) {
	p.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, p.URL+path, strings.NewReader(body))
	require.NoError(p, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		return said{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return said{res.StatusCode, res.Header, string(text)}, err
}

func bearer() []string { return []string{"Authorization", "Bearer " + crm.Token} }

// get asks as Pawl does and expects an answer.
func (p *party) get(path string) said {
	p.Helper()
	a, err := p.ask(http.MethodGet, path, "", bearer()...)
	require.NoError(p, err)
	return a
}

// page is a page of HubSpot's list.
type page struct {
	Results []struct {
		ID         string
		Properties map[string]*string
		CreatedAt  time.Time
		UpdatedAt  time.Time
		Archived   bool
	}
	Paging *struct {
		Next struct{ After, Link string }
	}
}

func (p *party) page(path string) page {
	p.Helper()
	a := p.get(path)
	require.Equal(p, http.StatusOK, a.status, a.body)
	return decoded[page](p.T, a.body)
}

func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &v), text)
	return v
}

// all reads every page and returns the values of one property by id, and how many pages there were.
func (p *party) all(property string) (values map[string]*string, pages int) {
	p.Helper()
	values = map[string]*string{}
	for path := deals + "?limit=100&properties=" + property; path != ""; {
		got := p.page(path)
		pages++
		for _, r := range got.Results {
			_, twice := values[r.ID]
			require.False(p, twice, "%s comes twice", r.ID)
			values[r.ID] = r.Properties[property]
		}
		path = ""
		if got.Paging != nil {
			path = strings.TrimPrefix(got.Paging.Next.Link, p.URL)
		}
	}
	return values, pages
}

const deals = "/crm/v3/objects/deals"

// failed is an error in HubSpot's shape.
type failed struct {
	Status, Message, CorrelationID, Category, ErrorType, PolicyName string
}

func refusal(t *testing.T, a said, status int) failed {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	require.Equal(t, "application/json;charset=utf-8", a.header.Get("Content-Type"))
	f := decoded[failed](t, a.body)
	require.Equal(t, "error", f.Status)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`, f.CorrelationID)
	require.Equal(t, f.CorrelationID, a.header.Get("X-HubSpot-Correlation-Id"))
	return f
}

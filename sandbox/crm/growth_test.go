package crm_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// changes are the times at which every deal was changed last.
func (p *party) changes() map[string]string {
	p.Helper()
	got := map[string]string{}
	values, _ := p.all("hs_lastmodifieddate")
	for id, value := range values {
		got[id] = *value
	}
	return got
}

func TestDealsComeAndMoveOnAsTheClockSays(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Limits: crm.Limits{Off: true}})
	before := p.changes()
	require.Len(t, before, 4812)
	p.time.pass(22 * time.Minute)
	after := p.changes()
	require.Len(t, after, 4812+44, "two a minute")
	fresh, moved := 0, 0
	for id, at := range after {
		switch was, there := before[id]; {
		case !there:
			fresh++
			require.Greater(t, id, "7404812")
		case was != at:
			moved++
			require.Greater(t, at, was)
		}
	}
	require.Equal(t, 44, fresh)
	require.InDelta(t, 85, moved, 5, "about two for each new one, some of them twice")
	p.time.pass(time.Second)
	require.Equal(t, after, p.changes(), "nothing happens in a second")
}

func TestTwoOfThemAreTheSameToTheByte(t *testing.T) {
	t.Parallel()
	one, other := open(t, crm.Options{Limits: crm.Limits{Off: true}}), open(t, crm.Options{Limits: crm.Limits{Off: true}})
	for range 7 {
		one.time.pass(101 * time.Second) // looked at often, or once: the same
		one.Deals()
	}
	other.time.pass(707 * time.Second)
	for _, path := range []string{deals + "?limit=100&after=7404750", "/offset/deals?limit=100", "/link/deals?page=480"} {
		require.Equal(t, strings.ReplaceAll(one.get(path).body, one.URL, ""), strings.ReplaceAll(other.get(path).body, other.URL, ""), path)
	}
}

// The CRM of tomorrow is that of today, and older.
func TestItOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "crm.json")
	c := &clock{now: noon}
	again := func() *party {
		t.Helper()
		return open(t, crm.Options{Path: file, Now: c.Now, Limits: crm.Limits{Off: true}})
	}
	p := again()
	c.pass(10 * time.Minute)
	require.NoError(t, p.Grow(5))
	require.Equal(t, 4812+20+5, p.Deals())
	c.pass(10 * time.Minute)
	before := p.changes()
	require.Len(t, before, 4812+40+5)
	p = again()
	require.Equal(t, before, p.changes())
	require.Equal(t, p.page(deals + "?limit=100&after=7404812").Results[20].CreatedAt, noon.Add(10*time.Minute), "the first that was added by hand")

	c.pass(8 * 24 * time.Hour)
	require.Equal(t, 25_000, p.Deals(), "a CRM that nobody closes still fits")
	require.ErrorContains(t, p.Grow(0), "from 1 to 10000")
}

func TestItIsAskedByManyAtOnce(t *testing.T) {
	t.Parallel()
	var told sync.Map
	c := &clock{now: noon}
	p := open(t, crm.Options{Now: c.Now, Limits: crm.Limits{Off: true}, Changed: func() { told.Store("changed", true) }})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				c.pass(7 * time.Second)
				if got := p.page(deals + "?limit=100&after=7404700"); len(got.Results) < 100 {
					t.Errorf("a page of %d deals", len(got.Results))
				}
				p.Deals()
				p.Clear("")
			}
		})
	}
	wg.Wait()
	_, was := told.Load("changed")
	require.True(t, was)
	require.Equal(t, 4812+18, p.Deals())
}

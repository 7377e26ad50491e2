package config_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/when"
	"github.com/pawl-ops/pawl/job"
)

func TestTheSchedulesOfTheExample(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)
	require.Equal(t, []job.Scheduled{
		{
			Name: "sync deals", Run: "sync run deals", When: "weekdays at 6:00, 12:00 and 18:00", Cron: []string{"0 6,12,18 * * 1-5"}, Zone: "Europe/Prague",
			Overlap: job.OverlapSkip, Missed: job.MissedOnce, Late: 30 * time.Minute, Channel: "#sales-data", Sync: "deals",
		},
		{
			Name: "fresh staging", Run: "deploy staging", When: "weekdays at 5:30", Cron: []string{"30 5 * * 1-5"}, Zone: "Europe/Prague",
			Overlap: job.OverlapSkip, Missed: job.MissedSkip, Channel: "#ops",
		},
	}, c.Schedules)
	require.Equal(t, 7*24*time.Hour, c.Schedules[0].CatchUp())
	require.Equal(t, 5*time.Minute, c.Schedules[1].CatchUp())
}

func TestWhatTheFileMaySayOfASchedule(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), `
people: {product: "@product"}
channels: {releases: "#releases"}
may: {product: [deploy staging]}
schedules:
  fresh staging:
    run: Staging  deploy!
    when: every 90 minutes
    timezone: America/New_York
    overlap: replace
    missed: once
    late: 1h
    paused: true
    channel: releases
    as: product
  toys: {run: toy, when: 0 6 13 * 5, channel: C0123456789}
`), acme())
	require.NoError(t, err)
	require.Equal(t, []job.Scheduled{
		{
			Name: "fresh staging", Run: "Staging  deploy!", When: "every 90 minutes", Every: 90 * time.Minute, Zone: "America/New_York",
			Overlap: job.OverlapReplace, Missed: job.MissedOnce, Late: time.Hour, Paused: true, Channel: "#releases", As: "product",
		},
		{
			Name: "toys", Run: "toy", When: "0 6 13 * 5", Cron: []string{"0 6 13 * *", "0 6 * * 5"}, Zone: "UTC",
			Overlap: job.OverlapSkip, Missed: job.MissedSkip, Channel: "C0123456789",
		},
	}, c.Schedules)
}

func TestTheSyncOfTheExample(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/pawl.yaml", acme())
	require.NoError(t, err)
	require.Equal(t, []job.Sync{{
		Name:  "deals",
		Title: "HubSpot deals into the pipeline table",
		From: job.Source{
			Name: "HubSpot", URL: "https://api.hubapi.com/crm/v3/objects/deals", Records: ".results", Total: ".total",
			Paging: job.Paging{By: job.ByCursor, Next: ".paging.next.after", Param: "after", SizeParam: "limit", Size: 100},
		},
		Columns: []job.Column{
			{Name: "Id", Value: ".id", Type: job.ColumnInteger, Required: true}, // it is the key
			{Name: "Deal", Value: ".properties.dealname", Type: job.ColumnText},
			{Name: "Stage", Value: ".properties.dealstage", Type: job.ColumnText},
			{Name: "Amount", Value: ".properties.amount", Type: job.ColumnNumber},
		},
		To:   job.Sink{Table: "sales.pipeline", Key: []string{"Id"}},
		Told: job.Told{Channel: "#sales-data", Owner: "jana", Late: 30 * time.Minute},
	}}, c.Syncs)
	require.Equal(t, "hush-hubspot", c.SyncSecrets["deals"].Token.Reveal())
	require.Equal(t, "hush-database", c.SyncSecrets["deals"].Database.Reveal())
}

func TestWhatTheFileMaySayOfASync(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, t.TempDir(), `
people: {jana: jana@acme.test}
channels: {sales: "#sales-data"}
syncs:
  people:
    say: Everybody
    from:
      url: http://127.0.0.1:8080/people?active=1
      records: .[]
      paging: link
      header: X-Api-Key
      token: {env: HUBSPOT_TOKEN}
      headers: {Accept: application/json}
    rows: {Z: .z, A: {value: .a, required: true}, M: {value: ".m // {}", type: json}}
    to: {file: people.jsonl}
    channel: sales
    owner: jana
    announce: each
    fewer: 0%
  teams:
    say: Teams
    from: {url: "https://api.acme.test/teams", records: .teams, paging: {offset: skip, size: 50, size param: take}}
    rows: {Team: .name}
    to: {table: teams, database: {env: SALES_DATABASE}}
    when: every 2 minutes
    timezone: Asia/Tokyo
    missed: skip
    paused: true
    late: 5m
    channel: "#teams"
    owner: jana
`), acme())
	require.NoError(t, err)
	require.Equal(t, []job.Sync{
		{
			Name: "people", Title: "Everybody",
			From: job.Source{
				Name: "127.0.0.1", URL: "http://127.0.0.1:8080/people?active=1", Records: ".[]", Paging: job.Paging{By: job.ByLink},
				Header: "X-Api-Key", Headers: map[string]string{"Accept": "application/json"},
			},
			Columns: []job.Column{
				{Name: "Z", Value: ".z", Type: job.ColumnText},
				{Name: "A", Value: ".a", Type: job.ColumnText, Required: true},
				{Name: "M", Value: ".m // {}", Type: job.ColumnJSON},
			},
			To:   job.Sink{File: c.File("people.jsonl")},
			Told: job.Told{Channel: "#sales-data", Owner: "jana", Each: true, Late: 30 * time.Minute},
		},
		{
			Name: "teams", Title: "Teams",
			From: job.Source{
				Name: "api.acme.test", URL: "https://api.acme.test/teams", Records: ".teams",
				Paging: job.Paging{By: job.ByOffset, Param: "skip", SizeParam: "take", Size: 50},
			},
			Columns: []job.Column{{Name: "Team", Value: ".name", Type: job.ColumnText}},
			To:      job.Sink{Table: "teams"},
			Fewer:   60,
			Told:    job.Told{Channel: "#teams", Owner: "jana", Late: 5 * time.Minute},
		},
	}, c.Syncs)
	require.Equal(t, []job.Scheduled{{
		Name: "sync teams", Run: "sync run teams", When: "every 2 minutes", Every: 2 * time.Minute, Zone: "Asia/Tokyo",
		Overlap: job.OverlapSkip, Missed: job.MissedSkip, Late: 5 * time.Minute, Paused: true, Channel: "#teams", Sync: "teams",
	}}, c.Schedules, "a sync without times has none")
}

// TestTheExamplesOfTheManual loads every example of docs/configuration-schedules.md.
func TestTheExamplesOfTheManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/configuration-schedules.md")
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(manual), -1)
	require.Len(t, examples, 3)
	for _, e := range examples {
		_, err := config.Load(write(t, t.TempDir(), `
people: {product: "@product", jana: jana@acme.test}
channels: {ops: "#ops", releases: "#releases"}
may: {product: [deploy staging]}
`+e[1]), acme())
		require.NoError(t, err)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(before(string(manual), "## Schedules"), -1) {
		for text := range strings.SplitSeq(strings.Trim(m[1], "`"), "`, `") {
			_, err := when.Parse(text)
			require.NoError(t, err, text)
		}
	}
}

func before(text, mark string) string {
	text, _, _ = strings.Cut(text, mark)
	return text
}

func TestWithoutAJudgeOfJQItIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	known := acme()
	known.JQ = nil
	c, err := config.Load(write(t, t.TempDir(), `
people: {jana: jana@acme.test}
syncs:
  a: {say: a, from: {url: "http://a", records: "what is this", paging: none}, rows: {A: .a}, to: {file: a.csv}, channel: "#a", owner: jana}
`), known)
	require.NoError(t, err)
	require.Equal(t, "what is this", c.Syncs[0].From.Records)
	require.Empty(t, c.Schedules)
}

func TestTwoSyncsMayWriteToTablesOfOneNameInTwoDatabases(t *testing.T) {
	t.Parallel()
	_, err := config.Load(write(t, t.TempDir(), `
people: {jana: jana@acme.test}
syncs:
  a: {say: a, from: {url: "http://a", records: .r, paging: none}, rows: {A: .a}, to: {table: t, database: {env: SALES_DATABASE}}, channel: "#a", owner: jana}
  b: {say: b, from: {url: "http://b", records: .r, paging: none}, rows: {A: .a}, to: {table: t, database: {env: HUBSPOT_TOKEN}}, channel: "#a", owner: jana}
`), acme())
	require.NoError(t, err)
}

package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/job"
)

const clearCache = `
people: {oncall: "@oncall", product: "@product"}
channels: {ops: "#ops", releases: "#releases"}
hosts: {app-1: pawl@app-1, app-2: pawl@app-2}
jenkins: {url: "https://jenkins.acme.test/ci/", user: pawl, token: {env: HUBSPOT_TOKEN}}

runbooks:
  clear cache:
    help: Empty the shop's page cache and warm it up
    arguments:
      reason:      {words: true, after: because, optional: true}
      branch:      {help: which branch, optional: true}
      pages:       {number: true, from: 1, to: 100, default: 10, help: how many pages are warmed up}
      environment: {one of: [staging, master], help: whose cache}
    examples: [clear cache staging, clear cache master 20 because it is stale]
    lane: cache/{environment}
    safe: The shop works without its cache, only slower.
    always: true
    single: true
    steps:
      - Empty the cache: {script: clear.sh, hosts: [app-1, app-2], rolling: 1, at failure: go on, args: {CACHE_DIR: "/var/cache/{environment}"}, once: true}
      - together:
          - Warm it up: {http: "POST https://shop.acme.test/{environment}/warm"}
          - Tell the search:
              http:
                url: https://search.acme.test/hook?env={environment}
                headers: {Authorization: {env: HUBSPOT_TOKEN}, X-By: Pawl}
                json: {pages: "{pages}", env: "{environment}", why: "because {reason}", deep: [1, true, null, 2.5]}
                expect: [2xx, "404, 409"]
                holds: .ok
                line: .text
                retries: 3
                within: 10s
              must: true
      - Smoke test: {jenkins: shop/smoke}
      - Long test:
          jenkins: {job: shop/long test, branch: "{environment}x", parameters: {ENV: "{environment}"}, run id: RUN, accept: [UNSTABLE], within: 2h}
          atomic: true
      - Go on:      {ask: "Is {environment} fine?"}
      - Open:       {ask: {question: Open it?, by: oncall, within: 15m, button: Open the shop}}
      - Breathe:    {wait: 30s}
      - Healthy:    {wait: "https://shop.acme.test/health?env={environment}"}
      - Steady:     {wait: {until: {url: "https://shop.acme.test/health", headers: {X-By: Pawl}}, expect: 200, holds: .ok, times: 5, within: 3m}}
      - Form:       {http: {method: put, url: "https://shop.acme.test/form", form: {"a b": "x & {environment}", c: d}}}
      - Tell them:  {say: "{environment} is fresh"}
      - Tell all:   {say: {text: "The cache is fresh.", channel: releases}}
  wipe: {retired: "It is called ` + "`clear cache`" + ` now."}

looks:
  stock:
    help: How many are left
    arguments: {article: {help: its number}}
    examples: [stock 4711]
    http: https://shop.acme.test/stock/{article}
    line: .left
  shelf: {retired: "It is called ` + "`stock`" + ` now."}
  load: {help: How busy is it, script: load.sh, host: app-1}

may:
  everyone: [stock, load]
  product: [clear cache staging]
  oncall: [clear cache]
may not: {product: [clear cache staging 100]}
approve: {clear cache: {by: oncall}}
schedules: {nightly: {run: clear cache staging, when: daily at 3:00}}
`

func TestRunbooksAreRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "clear.sh"), []byte("#!/bin/sh\nrm -r \"$CACHE_DIR\"\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "load.sh"), []byte("uptime\n"), 0o600))
	c, err := config.Load(write(t, dir, clearCache), acme())
	require.NoError(t, err)

	require.Equal(t, "https://jenkins.acme.test/ci", c.Jenkins.URL)
	require.Equal(t, "PAWL_RUN_ID", c.Jenkins.RunID)
	require.Len(t, c.Runbooks, 2)
	require.Equal(t, job.Spec{
		Name: "clear cache", Help: "Empty the shop's page cache and warm it up", Always: true, Single: true,
		Examples: []string{"clear cache staging", "clear cache master 20 because it is stale"},
		Params: []job.Param{
			{Name: "environment", Type: job.TypeChoice, OneOf: []string{"staging", "master"}, Help: "whose cache"},
			{Name: "pages", Type: job.TypeNumber, Range: &job.Range{From: 1, To: 100}, Default: "10", Optional: true, Help: "how many pages are warmed up"},
			{Name: "branch", Type: "text", Optional: true, Window: true, Help: "which branch"},
			{Name: "reason", Word: "because", Type: "rest", Optional: true, Window: true},
		},
	}, c.Runbooks[0].Spec)
	require.Equal(t, "It is called `clear cache` now.", c.Runbooks[1].Spec.Retired)

	app1, app2 := job.Host{Name: "app-1", Address: "pawl@app-1"}, job.Host{Name: "app-2", Address: "pawl@app-2"}
	get := func(url job.Text) *job.HTTPStep {
		return &job.HTTPStep{Method: "GET", URL: url, Within: 30 * time.Second}
	}
	steady := get("https://shop.acme.test/health")
	steady.Headers = map[string]job.Text{"X-By": "Pawl"}
	steady.Expect = job.Expected{Status: []job.StatusRange{{From: 200, To: 200}}, Holds: ".ok"}
	require.Equal(t, job.Runbook{
		Name: "clear cache", Takes: []string{"environment", "pages", "branch", "reason"}, Lane: "cache/{environment}", Safe: "The shop works without its cache, only slower.",
		Parts: []job.Stage{
			{{Name: "Empty the cache", Once: true, Script: &job.ScriptStep{
				File: "clear.sh", Body: "#!/bin/sh\nrm -r \"$CACHE_DIR\"\n", Hosts: []job.Host{app1, app2}, Rolling: 1, GoOn: true,
				Args: map[string]job.Text{"CACHE_DIR": "/var/cache/{environment}"},
			}}},
			{
				{Name: "Warm it up", HTTP: &job.HTTPStep{Method: "POST", URL: "https://shop.acme.test/{environment}/warm", Within: 30 * time.Second}},
				{Name: "Tell the search", Must: true, HTTP: &job.HTTPStep{
					Method: "POST", URL: "https://search.acme.test/hook?env={environment}", Headers: map[string]job.Text{"X-By": "Pawl"},
					Secrets: map[string]job.SecretRef{"Authorization": {Env: "HUBSPOT_TOKEN"}}, Kind: "json",
					Body:   `{"pages":{pages},"env":"{environment}","why":"because {reason}","deep":[1,true,null,2.5]}`,
					Expect: job.Expected{Status: []job.StatusRange{{From: 200, To: 299}, {From: 404, To: 404}, {From: 409, To: 409}}, Holds: ".ok"},
					Line:   ".text", Retries: 3, Within: 10 * time.Second,
				}},
			},
			{{Name: "Smoke test", Jenkins: &job.JenkinsStep{Job: "shop/smoke", RunID: "PAWL_RUN_ID"}}},
			{{Name: "Long test", Atomic: true, Jenkins: &job.JenkinsStep{
				Job: "shop/long test", Branch: "{environment}x", Params: map[string]job.Text{"ENV": "{environment}"}, RunID: "RUN", Accept: []string{"UNSTABLE"}, Within: 2 * time.Hour,
			}}},
			{{Name: "Go on", Ask: &job.AskStep{Question: "Is {environment} fine?"}}},
			{{Name: "Open", Ask: &job.AskStep{Question: "Open it?", By: []string{"oncall"}, Within: 15 * time.Minute, Go: "Open the shop"}}},
			{{Name: "Breathe", Wait: &job.WaitStep{For: 30 * time.Second}}},
			{{Name: "Healthy", Wait: &job.WaitStep{Until: get("https://shop.acme.test/health?env={environment}"), Times: 1, Within: 10 * time.Minute}}},
			{{Name: "Steady", Wait: &job.WaitStep{Until: steady, Times: 5, Within: 3 * time.Minute}}},
			{{Name: "Form", HTTP: &job.HTTPStep{Method: "PUT", URL: "https://shop.acme.test/form", Kind: "form", Body: "a+b=x+%26+{environment}&c=d", Within: 30 * time.Second}}},
			{{Name: "Tell them", Say: &job.SayStep{Text: "{environment} is fresh"}}},
			{{Name: "Tell all", Say: &job.SayStep{Text: "The cache is fresh.", Channel: "#releases"}}},
		},
	}, c.Runbooks[0].Runbook)

	require.Equal(t, []config.Asked{
		{
			Spec:  job.Spec{Name: "stock", Look: true, Help: "How many are left", Examples: []string{"stock 4711"}, Params: []job.Param{{Name: "article", Type: "text", Window: true, Help: "its number"}}},
			Asked: job.Asked{Name: "stock", Takes: []string{"article"}, Line: ".left", HTTP: &job.HTTPStep{Method: "GET", URL: "https://shop.acme.test/stock/{article}", Within: 5 * time.Second}},
		},
		{
			Spec:  job.Spec{Name: "shelf", Look: true, Retired: "It is called `stock` now."},
			Asked: job.Asked{Name: "shelf"},
		},
		{
			Spec:  job.Spec{Name: "load", Look: true, Help: "How busy is it"},
			Asked: job.Asked{Name: "load", Script: &job.ScriptStep{File: "load.sh", Body: "uptime\n", Hosts: []job.Host{app1}}},
		},
	}, c.Asked)

	product := job.Actor{Kind: job.SlackUser, ID: "U1", Groups: []string{"product"}}
	require.True(t, access.Decide(c.Policy, product, "clear cache staging 10").Allowed)
	require.False(t, access.Decide(c.Policy, product, "clear cache staging 100").Allowed)
	require.False(t, access.Decide(c.Policy, product, "clear cache master 10").Allowed)
	who, needed := access.Approver(c.Approve, "clear cache master 10")
	require.True(t, needed)
	require.Equal(t, []string{"oncall"}, who.By)
	require.Equal(t, "clear cache staging", c.Schedules[0].Run)
}

// A secret is named by where it is, and is nowhere in what travels with a run.
func TestARunbookHoldsNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("hush\n"), 0o600))
	c, err := config.Load(write(t, dir, `
runbooks:
  warm: {help: a, steps: [Warm: {http: {url: "http://a", headers: {x-token: {file: token}}}}]}
`), acme())
	require.NoError(t, err)
	s := c.Runbooks[0].Runbook.Parts[0][0].HTTP
	require.Equal(t, map[string]job.SecretRef{"X-Token": {File: filepath.Join(dir, "token")}}, s.Secrets)
	token, err := c.Secret(s.Secrets["X-Token"])
	require.NoError(t, err)
	require.Equal(t, "hush", token.Reveal())
	_, err = c.Secret(job.SecretRef{Env: "NOWHERE"})
	require.EqualError(t, err, "the environment variable NOWHERE is not set")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("\n"), 0o600))
	_, err = c.Secret(s.Secrets["X-Token"])
	require.EqualError(t, err, "the file of a secret is empty")
	_, err = c.Secret(job.SecretRef{File: filepath.Join(dir, "hush")})
	require.EqualError(t, err, "reading the file of a secret: no such file or directory")
	require.Equal(t, "GET", s.Method)
	require.Equal(t, 2, s.Retries, "what only looks is tried again by itself")
}

func TestWhatTravelsWithARunIsBounded(t *testing.T) {
	t.Parallel()
	load := func(dir, steps string) error {
		_, err := config.Load(write(t, dir, "hosts: {a: a}\nrunbooks:\n  x:\n    help: a\n    steps:\n"+steps), acme())
		return err
	}
	var many strings.Builder
	for i := range 51 {
		many.WriteString("      - S" + strings.Repeat("x", i) + ": {wait: 1s}\n")
	}
	require.ErrorContains(t, load(t.TempDir(), many.String()), "these are 51 steps, at most 50 are read")
	many.Reset()
	many.WriteString("      - together:\n")
	for i := range 11 {
		many.WriteString("        - S" + strings.Repeat("x", i) + ": {wait: 1s}\n")
	}
	require.ErrorContains(t, load(t.TempDir(), many.String()), "these are 11 steps, at most 10 run at the same time")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "long.sh"), []byte(strings.Repeat("#", 64<<10+1)), 0o600))
	require.ErrorContains(t, load(dir, "      - S: {script: long.sh, host: a}\n"), "`long.sh` cannot be read: long.sh is larger than 64 KiB")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "long.sh"), []byte(strings.Repeat("#", 64<<10)), 0o600))
	many.Reset()
	for i := range 8 {
		many.WriteString("      - S" + strings.Repeat("x", i) + ": {script: long.sh, host: a}\n")
	}
	require.ErrorContains(t, load(dir, many.String()), "`runbooks.x`: with its scripts this is more than the 512 KiB that travel with a run")
	require.ErrorContains(t, load(t.TempDir(), "      - S: {http: {url: http://a, method: POST, body: "+strings.Repeat("x", 16<<10+1)+"}}\n"), "is longer than 16 KiB")
}

package gobench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/bench/gobench"
)

const said = `goos: linux
BenchmarkSwitch/HAProxy-2         	      10	        81.5 median-ns	 90 worst-ns	     1234 requests
BenchmarkRow/paths-2   	  100	     1500 ns/op	 299.56 MB/s	  12 B/op
BenchmarkRow/paths-2   	  100	     1700 ns/op	 290.00 MB/s	  12 B/op
BenchmarkRow/six_jq    	  100	     9000 ns/op
BenchmarkHalf
--- SKIP: BenchmarkSwitch/nginx
    nginx_test.go:19: nginx is not installed; on Debian: apt-get install -y nginx
--- SKIP: BenchmarkRecord/database
    bench_test.go:20: there is no PostgreSQL on this machine
PASS
`

func TestWhatGoBenchmarksSayIsRead(t *testing.T) {
	require.Equal(t, map[string][]gobench.Sample{
		"Switch/HAProxy": {{"median-ns": 81.5, "worst-ns": 90, "requests": 1234}},
		"Row/paths":      {{"ns/op": 1500, "MB/s": 299.56, "B/op": 12}, {"ns/op": 1700, "MB/s": 290, "B/op": 12}},
		"Row/six_jq":     {{"ns/op": 9000}},
	}, gobench.Read([]byte(said)))
}

func TestWhatWasLeftOutIsToldWithItsReason(t *testing.T) {
	for name, want := range map[string]string{
		"Switch/nginx":          "nginx is not installed; on Debian: apt-get install -y nginx",
		"Record/database/alone": "there is no PostgreSQL on this machine",
		"Record/file/alone":     "",
		"Switch/HAProxy":        "",
	} {
		require.Equal(t, want, gobench.Skipped([]byte(said), name), name)
	}
}

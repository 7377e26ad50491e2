package board_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
)

func TestSpanSaysHowLongItTook(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second:                                "0.0 s",
		0:                                           "0.0 s",
		412 * time.Millisecond:                      "0.4 s",
		949 * time.Millisecond:                      "0.9 s",
		950 * time.Millisecond:                      "1 s",
		41 * time.Second:                            "41 s",
		59*time.Second + 499*time.Millisecond:       "59 s",
		59*time.Second + 500*time.Millisecond:       "1 min",
		time.Minute:                                 "1 min",
		3*time.Minute + 48*time.Second:              "3 min 48 s",
		3*time.Minute + 10*time.Second:              "3 min 10 s",
		59*time.Minute + 59*time.Second:             "59 min 59 s",
		time.Hour - 499*time.Millisecond:            "1 h",
		time.Hour + 12*time.Minute + 20*time.Second: "1 h 12 min",
		23*time.Hour + 59*time.Minute:               "23 h 59 min",
		24 * time.Hour:                              "1 day",
		51 * time.Hour:                              "2 days 3 h",
	} {
		require.Equal(t, want, board.Span(d), d.String())
	}
}

func TestRoughSaysHowLongItUsuallyTakes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Hour:                      "a few seconds",
		4 * time.Second:                 "a few seconds",
		5 * time.Second:                 "10 seconds",
		38 * time.Second:                "40 seconds",
		54 * time.Second:                "50 seconds",
		55 * time.Second:                "1 minute",
		89 * time.Second:                "1 minute",
		3*time.Minute + 48*time.Second:  "4 minutes",
		59*time.Minute + 20*time.Second: "59 minutes",
		59*time.Minute + 40*time.Second: "1 hour",
		2*time.Hour + 20*time.Minute:    "2 hours",
		35 * time.Hour:                  "35 hours",
		37 * time.Hour:                  "2 days",
	} {
		require.Equal(t, want, board.Rough(d), d.String())
	}
}

func TestBytesAndCountReadAsPeopleSpeak(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		-1: "0 bytes", 0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 kB", 1550: "1.6 kB", 9949: "9.9 kB", 9960: "10 kB",
		41_200_000: "41 MB", 999_600_000: "1 GB", 1_500_000_000: "1.5 GB", 2_000_000_000: "2 GB", math.MaxInt64: "9.2 EB",
	} {
		require.Equal(t, want, board.Bytes(n))
	}
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 214000: "214,000", -1234567: "-1,234,567", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		require.Equal(t, want, board.Count(n))
	}
}

// FuzzSpan holds that no length of time ever reads as sixty of a unit that has a bigger one.
func FuzzSpan(f *testing.F) {
	for _, d := range []time.Duration{0, 59_500 * time.Millisecond, time.Hour - 1, 24*time.Hour - 1, math.MaxInt64, math.MinInt64} {
		f.Add(int64(d))
	}
	f.Fuzz(func(t *testing.T, n int64) {
		for _, text := range []string{board.Span(time.Duration(n)), board.Rough(time.Duration(n))} {
			require.NotEmpty(t, text)
			for _, bad := range []string{"60 s", "60 min", "24 h ", "-"} {
				require.NotContains(t, text, bad)
			}
			require.False(t, strings.HasSuffix(text, "24 h"), text)
		}
	})
}

package board

import "time"

// A step is slower than usual when it takes half as long again as the median of earlier runs, and at least half a minute
// more: what lasts two seconds may last five without anybody being told.
const slowBy = 30 * time.Second

// slower is what stands under a step that takes longer than usual; empty while it does not. It changes once a minute, so
// that nobody's board is edited for it all the time.
func (s Step) slower(now time.Time) string {
	if s.State != StepRunning || s.Usual <= 0 || s.Started.IsZero() {
		return ""
	}
	ran := now.Sub(s.Started)
	if ran < s.Usual+max(s.Usual/2, slowBy) {
		return ""
	}
	return "Slower than usual: " + Rough(ran) + " so far, usually " + Span(s.Usual) + "."
}

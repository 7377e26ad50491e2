package pawltest_test

import (
	"testing"

	"github.com/pawl-ops/pawl/pawltest"
	"github.com/pawl-ops/pawl/workflows"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// A test of a company's jobs: the transcripts are beside it, and testdata/pawl.yaml says what the jobs need there.
func ExampleTranscripts() {
	var own []frame.Definition // jobs.All()
	_ = func(t *testing.T) {   // TestTranscripts
		pawltest.Transcripts(t, "testdata/*.txtar", append(workflows.All(), own...)...)
	}
}

// A job that talks to a server of the test's own, with a token.
func ExampleWorld_Transcripts() {
	var own []frame.Definition
	_ = func(t *testing.T) {
		world := pawltest.World{
			Config: "maintenance: {status: 'http://127.0.0.1:9'}",
			Env:    []string{"STATUS_TOKEN=of-the-test"},
		}
		world.Transcripts(t, "testdata/*.txtar", own...)
	}
}

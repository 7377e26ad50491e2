package e2e

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/scenes"
)

var update = flag.Bool("update", false, "write what was seen into the transcripts, and record the histories again")

const (
	scenesIn    = "../../workflows/testdata"
	stages      = 3 // worlds with a Pawl each, so that scenes need not wait for each other's share of Slack
	sceneWithin = scenes.Within
)

// Transcripts are what people type and what the thread shows then. Each file is a scene: the heading of a section is
// what somebody does, and below it stands what Pawl says to it. A section whose heading ends in "thread" and maybe a few
// words more shows the whole thread as it stands at last.
//
// With -update the files are written anew from what was seen; read the difference before you keep it.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(scenesIn, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	waiting := make(chan string, len(files))
	for _, file := range files {
		waiting <- file
	}
	close(waiting)
	var playing sync.WaitGroup
	for range stages {
		playing.Go(func() {
			var s *stage
			for file := range waiting {
				alone := false
				good := t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(scene *testing.T) {
					if alone = playAlone(scene, file); alone {
						return
					}
					if s == nil {
						s = newStage(t, scene)
					}
					s.begin(scene)
					defer s.clear()
					s.Play(file)
				})
				if !good && s == nil && !alone {
					return // there is no world to play in, and it says why
				}
			}
		})
	}
	playing.Wait()
}

// endedIn reports whether every run that a thread speaks of has ended.
func (f *fleet) endedIn(th thread) error {
	var ids []string
	for _, m := range th.messages() {
		ids = append(ids, runID.FindAllString(shownBy(m), -1)...)
	}
	if len(ids) == 0 {
		return fmt.Errorf("there is no run yet")
	}
	for _, id := range ids {
		if err := f.ended(id); err != nil {
			return err
		}
	}
	return nil
}

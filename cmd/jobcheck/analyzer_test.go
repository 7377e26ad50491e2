package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"
)

// The cases are the "want" comments under testdata: analysistest fails for a
// finding without a comment and for a comment without a finding.
func TestPlantedFaultsAreFoundAndNothingElse(t *testing.T) {
	t.Parallel()
	for path, functions := range map[string]int{
		"example.com/planted": 15,
		"example.com/clean":   3,
		"example.com/worker":  0, // no job there
		"example.com/tools":   1, // named by the flag
		framePath:             0, // workflowcheck's own rule
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			results := analysistest.Run(t, analysistest.TestData(), newAnalyzer([]string{"example.com/tools"}), path)
			require.Len(t, results, 1)
			require.Equal(t, checked{functions: functions}, results[0].Result)
		})
	}
}

package frame

import "github.com/pawl-ops/pawl/job"

// Setup is what Pawl knows when it starts, for the activities a job brings itself. It is given to Job.Activities once in
// the life of a process, and by `pawl check` too, so nothing may be called or opened with it yet.
type Setup struct {
	// Section is the part of pawl.yaml named by the job's first word. Decode fills a struct of the type of Job.Config;
	// what the types cannot say is told with Problem, and stands beside the other mistakes of the file.
	Section job.Section
	// Hosts are those of pawl.yaml, by name. A name that is not there gives an empty Host.
	Hosts map[string]job.Host
}

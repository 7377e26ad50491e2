package jenkins

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kinds of jobs.
const (
	Freestyle = "freestyle"
	Pipeline  = "pipeline"
)

// Kinds of parameters.
const (
	String  = "string"
	Choice  = "choice"
	Boolean = "boolean"
)

// Results of builds. A build has none while it runs.
const (
	Success  = "SUCCESS"
	Unstable = "UNSTABLE"
	Failure  = "FAILURE"
	Aborted  = "ABORTED"
)

// Job is something that can be built.
type Job struct {
	// Name is the full name: the names of its folders and its own, joined by slashes. The branch feature/x of a
	// multibranch project shop is called shop/feature%2Fx, as in Jenkins.
	Name        string
	Kind        string // Pipeline when empty
	Description string
	Params      []Param
	Disabled    bool
	Concurrent  bool          // several builds at once
	Label       string        // the agent it wants; there is none with any label, so that it waits for ever
	Stages      []Stage       // of a freestyle job: the parts of its script
	Result      string        // how it ends when nothing stops it; Success when empty
	Stubborn    string        // what it ends for: "term" ignores stop, "kill" ignores term as well
	StopTakes   time.Duration // from stop to the end; 300 ms when zero
	Changes     []Change      // what every build of it brings, unless Brings says so
	Display     string        // the display name of its builds from the end of the first stage on, with $NAME; empty: "#7"
	First       int           // the number of its first build; 1 when zero
	History     []Past        // builds it has from the start, oldest first

	// Vars are what a build works out for itself, such as a version that nobody gave: $NAME in Display and in logs. They go
	// before parameters of the same name.
	Vars func(number int, param func(string) string) map[string]string
	// Brings are the changes that are new in a build.
	Brings func(number int, value func(string) string) []Change
}

// Param is a parameter that a job declares, or that an input step wants.
type Param struct {
	Name        string
	Kind        string // String when empty
	Default     string
	Choices     []string // of Choice; the first is the default
	Description string
}

// Stage is a part of a build. $NAME and ${NAME} in its log stand for the parameters of the build, and for what it
// worked out; $HEAD for its newest change.
type Stage struct {
	Name   string
	Takes  time.Duration
	Log    []string // spread over the time it takes
	Lines  int      // how many more lines, made up
	Input  *Input   // asked before anything else happens in this stage; pipelines only
	Result string   // Unstable or Failure: what it makes of the build. Failure ends it
	Fails  string   // "NAME=value": it fails when the parameter is that
	// Then is told that it ended well, before anybody can learn it; twice when a crash comes between. It gets what $NAME
	// stands for, and must not call the server.
	Then func(value func(string) string)
}

// Input is an input step: the build waits for somebody.
type Input struct {
	ID         string // its first letter becomes a capital, as in Jenkins; made up when empty
	Message    string
	OK         string // the words on the button; "Proceed" when empty
	Params     []Param
	Submitters []string // who may answer; anybody when empty
}

// Change is a commit that is new in a build.
type Change struct {
	ID, Author, Message string
}

// job is a job and its builds.
type job struct {
	Job
	builds []*build // oldest first
	next   int      // the number of the next one
}

func (s *Server) declare(j Job) error {
	if j.Kind == "" {
		j.Kind = Pipeline
	}
	if j.Result == "" {
		j.Result = Success
	}
	if j.StopTakes == 0 {
		j.StopTakes = 300 * time.Millisecond
	}
	if j.Name == "" || strings.Trim(j.Name, "/") != j.Name || strings.Contains(j.Name, "//") {
		return fmt.Errorf("declaring the jenkins job %q: its name is FOLDER/JOB", j.Name)
	}
	if s.job(j.Name) != nil {
		return fmt.Errorf("declaring the jenkins job %s: there is one of that name", j.Name)
	}
	if err := params(j.Params); err != nil {
		return fmt.Errorf("declaring the jenkins job %s: %w", j.Name, err)
	}
	if len(j.Stages) == 0 {
		j.Stages = []Stage{{Name: "Build"}}
	}
	j.Stages = slices.Clone(j.Stages)
	for i := range j.Stages {
		st := &j.Stages[i]
		if st.Input == nil {
			continue
		}
		in := *st.Input
		if err := params(in.Params); err != nil {
			return fmt.Errorf("declaring the input of the jenkins job %s: %w", j.Name, err)
		}
		if in.ID == "" {
			sum := sha256.Sum256([]byte(j.Name + "\x00" + st.Name + "\x00" + in.Message))
			in.ID = hex.EncodeToString(sum[:16]) // the same after a restart
		}
		in.ID = strings.ToUpper(in.ID[:1]) + in.ID[1:]
		if in.OK == "" {
			in.OK = "Proceed"
		}
		st.Input = &in
	}
	made := &job{Job: j, next: max(1, j.First)}
	s.jobs = append(s.jobs, made)
	s.lived(made)
	return nil
}

// params fills in what is left out.
func params(all []Param) error {
	for i := range all {
		p := &all[i]
		switch {
		case p.Name == "":
			return errors.New("a parameter has no name")
		case p.Kind == "":
			p.Kind = String
		case p.Kind == Choice && len(p.Choices) == 0:
			return fmt.Errorf("the parameter %s has nothing to choose from", p.Name)
		case p.Kind == Choice && p.Default == "":
			p.Default = p.Choices[0]
		case p.Kind == Boolean && p.Default == "":
			p.Default = "false"
		}
	}
	return nil
}

// job is the job of a full name, or nil.
func (s *Server) job(name string) *job {
	i := slices.IndexFunc(s.jobs, func(j *job) bool { return j.Name == name })
	if i < 0 {
		return nil
	}
	return s.jobs[i]
}

// isFolder reports whether jobs are below this name.
func (s *Server) isFolder(name string) bool {
	return name == "" || slices.ContainsFunc(s.jobs, func(j *job) bool { return strings.HasPrefix(j.Name, name+"/") })
}

// short is the last part of a full name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// path is where a job or folder is below the root: job/shop/job/build/.
func path(name string) string {
	if name == "" {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "/") {
		b.WriteString("job/" + url.PathEscape(part) + "/")
	}
	return b.String()
}

// spoken is a full name as Jenkins shows it to people.
func spoken(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "/", " » "), "%2F", "/")
}

func random(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails, or ends the program
	return hex.EncodeToString(b)[:n]
}

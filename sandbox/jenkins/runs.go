package jenkins

import (
	"slices"
	"strconv"
	"time"
)

func runClass(j *job) string {
	if j.Kind == Freestyle {
		return "hudson.model.FreeStyleBuild"
	}
	return "org.jenkinsci.plugins.workflow.job.WorkflowRun"
}

// runBean is a build. While it runs its duration is 0 and its result null, also when a stage has failed already.
func (s *Server) runBean(j *job, run *build) *bean {
	b := &bean{class: runClass(j)}
	b.later(1, "actions", func() any { return s.runActions(j, run) })
	b.add(1, "artifacts", list{})
	b.add(1, "building", run.building())
	b.add(1, "description", nil)
	b.add(1, "displayName", run.displayName())
	took, result := int64(0), any(nil)
	if !run.building() {
		took, result = run.Ended.Sub(run.Started).Milliseconds(), run.Result
	}
	b.add(1, "duration", took)
	b.later(1, "estimatedDuration", func() any { return millis(j.usual()) })
	b.add(1, "executor", run.executor())
	b.add(1, "fullDisplayName", spoken(j.Name)+" "+run.displayName())
	b.add(1, "id", strconv.Itoa(run.Number))
	b.add(1, "inProgress", run.building())
	b.add(1, "keepLog", false)
	b.add(2, "number", run.Number)
	b.add(1, "queueId", run.Queue)
	b.add(1, "result", result)
	b.add(1, "timestamp", stamp(run.Started))
	b.add(2, "url", s.buildURL(j, run))
	if j.Kind == Freestyle {
		b.add(1, "builtOn", "")
		b.later(1, "changeSet", func() any { return s.changeSet(run) })
	} else {
		b.later(1, "changeSets", func() any {
			if len(run.Changes) == 0 {
				return list{}
			}
			return list{all: []*bean{s.changeSet(run)}}
		})
	}
	b.later(1, "culprits", func() any { return s.culprits(run) })
	if j.Kind == Pipeline {
		b.later(1, "nextBuild", func() any { return s.neighbour(j, run, 1) })
		b.later(1, "previousBuild", func() any { return s.neighbour(j, run, -1) })
	}
	return b
}

func millis(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Milliseconds()
}

// runActions are what Jenkins has to say about a build. Of most plugins' actions nothing is exposed but that they are there.
func (s *Server) runActions(j *job, run *build) list {
	all := s.actions(run.Params, run.Causes)
	if run.asking() {
		all.all = append(all.all, &bean{class: "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"})
	}
	all.all = append(all.all, &bean{}, &bean{})
	if j.Kind == Pipeline {
		all.all = append(all.all, &bean{class: "org.jenkinsci.plugins.workflow.job.views.FlowGraphAction"})
	}
	return all
}

// executor is where a build runs; nothing once it ended.
func (b *build) executor() *bean {
	if !b.building() {
		return nil
	}
	return &bean{class: "hudson.model.OneOffExecutor"}
}

func (s *Server) neighbour(j *job, run *build, by int) any {
	i := slices.Index(j.builds, run) + by
	if i < 0 || i >= len(j.builds) {
		return nil
	}
	b := &bean{}
	b.add(2, "number", j.builds[i].Number)
	b.add(2, "url", s.buildURL(j, j.builds[i]))
	return b
}

// changeSet is what is new in a build.
func (s *Server) changeSet(run *build) *bean {
	if len(run.Changes) == 0 {
		b := &bean{class: "hudson.scm.EmptyChangeLogSet"}
		b.add(2, "items", list{})
		b.add(2, "kind", nil)
		return b
	}
	b := &bean{class: "hudson.plugins.git.GitChangeSetList"}
	var items list
	for _, c := range run.Changes {
		i := &bean{class: "hudson.plugins.git.GitChangeSet"}
		i.add(3, "affectedPaths", []string{})
		i.add(3, "commitId", c.ID)
		i.add(3, "timestamp", stamp(run.Started))
		i.add(3, "author", s.personBean(c.Author))
		i.add(3, "authorEmail", c.Author+"@acme.example")
		i.add(3, "comment", c.Message+"\n")
		i.add(3, "date", run.Started.UTC().Format("2006-01-02 15:04:05 -0700"))
		i.add(3, "id", c.ID)
		i.add(3, "msg", c.Message)
		i.add(3, "paths", list{})
		items.all = append(items.all, i)
	}
	b.add(2, "items", items)
	b.add(2, "kind", "git")
	return b
}

func (s *Server) personBean(id string) *bean {
	b := &bean{}
	b.add(always, "absoluteUrl", s.opts.Root+"/user/"+id)
	b.add(always, "fullName", s.fullName(id))
	return b
}

// culprits are the authors of what is new.
func (s *Server) culprits(run *build) list {
	var all list
	var seen []string
	for _, c := range run.Changes {
		if !slices.Contains(seen, c.Author) {
			seen = append(seen, c.Author)
			all.all = append(all.all, s.personBean(c.Author))
		}
	}
	return all
}

package jenkins

import (
	"slices"
	"strings"
)

// rootBean is Jenkins itself.
func (s *Server) rootBean(who *Account) *bean {
	b := &bean{class: "hudson.model.Hudson"}
	b.add(1, "mode", "NORMAL")
	b.add(1, "nodeDescription", "the Jenkins controller's built-in node")
	b.add(1, "nodeName", "")
	b.add(1, "numExecutors", s.opts.Executors)
	b.add(1, "description", nil)
	b.later(1, "jobs", func() any { return s.children("", who) })
	b.add(1, "primaryView", s.viewBean(""))
	b.add(1, "quietingDown", s.faults.is(Quiet))
	b.add(1, "slaveAgentPort", -1)
	b.add(1, "url", s.opts.Root+"/")
	b.add(1, "useCrumbs", true)
	b.add(1, "useSecurity", true)
	b.add(1, "views", list{all: []*bean{s.viewBean("")}})
	return b
}

func (s *Server) viewBean(folder string) *bean {
	b := &bean{class: "hudson.model.AllView"}
	b.add(2, "name", "all")
	b.add(2, "url", s.jobURL(folder))
	return b
}

// folderBean is a folder, or a multibranch project.
func (s *Server) folderBean(name string, who *Account) *bean {
	b := &bean{class: "com.cloudbees.hudson.plugins.folder.Folder"}
	if slices.Contains(s.opts.Branches, name) {
		b.class = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
	}
	b.add(1, "actions", list{})
	b.add(1, "description", nil)
	s.names(b, name)
	b.add(1, "healthReport", list{})
	b.later(1, "jobs", func() any { return s.children(name, who) })
	b.add(1, "primaryView", s.viewBean(name))
	b.add(1, "views", list{all: []*bean{s.viewBean(name)}})
	return b
}

// names are what every job and folder is called.
func (s *Server) names(b *bean, name string) {
	b.add(1, "displayName", strings.ReplaceAll(short(name), "%2F", "/"))
	b.add(1, "displayNameOrNull", nil)
	b.add(1, "fullDisplayName", spoken(name))
	b.add(1, "fullName", name)
	b.add(always, "name", short(name))
	b.add(always, "url", s.jobURL(name))
}

// children are the jobs and folders directly in a folder.
func (s *Server) children(folder string, who *Account) list {
	var all list
	seen := map[string]bool{}
	for _, j := range s.jobs {
		rest, ok := strings.CutPrefix(j.Name, folder+"/")
		if folder == "" {
			rest, ok = j.Name, true
		}
		if !ok {
			continue
		}
		first, _, deeper := strings.Cut(rest, "/")
		name := strings.TrimPrefix(folder+"/"+first, "/")
		if seen[name] || !who.reads(name) {
			continue
		}
		seen[name] = true
		if deeper {
			all.all = append(all.all, s.folderBean(name, who))
		} else {
			all.all = append(all.all, s.jobBean(j))
		}
	}
	return all
}

func jobClass(j *job) string {
	if j.Kind == Freestyle {
		return "hudson.model.FreeStyleProject"
	}
	return "org.jenkinsci.plugins.workflow.job.WorkflowJob"
}

// taskBean is a job in the queue.
func (s *Server) taskBean(j *job) *bean {
	b := &bean{class: jobClass(j)}
	b.add(always, "name", short(j.Name))
	b.add(always, "url", s.jobURL(j.Name))
	b.add(2, "color", j.color())
	return b
}

func (s *Server) jobBean(j *job) *bean {
	b := &bean{class: jobClass(j)}
	b.add(1, "actions", list{})
	b.add(1, "description", j.Description)
	s.names(b, j.Name)
	b.add(1, "buildable", !j.Disabled)
	builds := func(most int) func() any {
		return func() any {
			var all list
			for _, run := range slices.Backward(j.builds) {
				if len(all.all) < most {
					all.all = append(all.all, s.runBean(j, run))
				}
			}
			return all
		}
	}
	b.later(-2, "allBuilds", builds(1<<30))
	b.later(1, "builds", builds(100))
	b.add(2, "color", j.color())
	b.later(1, "firstBuild", func() any {
		if len(j.builds) == 0 {
			return nil
		}
		return s.runBean(j, j.builds[0])
	})
	b.add(1, "healthReport", list{})
	b.add(1, "inQueue", slices.ContainsFunc(s.queue, func(it *item) bool { return it.Job == j.Name }))
	b.add(1, "keepDependencies", false)
	for _, name := range []string{
		"lastBuild", "lastCompletedBuild", "lastFailedBuild", "lastStableBuild", "lastSuccessfulBuild", "lastUnstableBuild", "lastUnsuccessfulBuild",
	} {
		b.later(1, name, func() any {
			if run := j.find(name); run != nil {
				return s.runBean(j, run)
			}
			return nil
		})
	}
	b.add(1, "nextBuildNumber", j.next)
	b.add(1, "property", j.properties())
	b.later(1, "queueItem", func() any {
		for _, it := range s.queue {
			if it.Job == j.Name {
				return s.itemBean(it)
			}
		}
		return nil
	})
	b.add(1, "concurrentBuild", j.Concurrent)
	if j.Kind == Freestyle {
		b.add(1, "disabled", j.Disabled)
		b.add(1, "downstreamProjects", list{})
		b.add(1, "labelExpression", orNull(j.Label))
		b.add(1, "scm", &bean{class: "hudson.scm.NullSCM"})
		b.add(1, "upstreamProjects", list{})
	} else {
		b.add(1, "resumeBlocked", false)
	}
	return b
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// color is the ball in front of a job: how its last finished build went, and whether one runs.
func (j *job) color() string {
	color := "notbuilt"
	if done := j.find("lastCompletedBuild"); done != nil {
		color = map[string]string{Success: "blue", Unstable: "yellow", Failure: "red", Aborted: "aborted"}[done.Result]
	}
	if j.Disabled {
		color = "disabled"
	}
	if j.running() != nil {
		color += "_anime"
	}
	return color
}

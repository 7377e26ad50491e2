package jenkins

import (
	"net/http"
	"strconv"
	"strings"
)

// aboutItem is /queue/item/N/api/json. Without the end it is a page, which is useless (Jenkins PR #9446). An item that was
// forgotten is a page that is not there.
func (s *Server) aboutItem(v visit, id string) reply {
	n, err := strconv.Atoi(id)
	if err != nil {
		return s.missing(v)
	}
	it := s.item(n)
	if it == nil {
		return s.missing(v)
	}
	if !v.who.reads(it.Job) {
		return s.missing(v)
	}
	if !v.api {
		return page(http.StatusOK, "Queue item "+id, spoken(it.Job))
	}
	return s.expose(v, s.itemBean(it))
}

// queueBean is everything that waits, as hudson.model.Queue lists it: the newest of the quiet period last.
func (s *Server) queueBean(who *Account) *bean {
	b := &bean{class: "hudson.model.Queue"}
	b.add(1, "discoverableItems", list{inLine: true})
	b.later(1, "items", func() any {
		all := list{inLine: true}
		for _, it := range s.queue {
			if who.reads(it.Job) {
				all.all = append(all.all, s.itemBean(it))
			}
		}
		for _, j := range s.jobs {
			for _, run := range j.builds {
				if run.building() && run.Wants != 0 && who.reads(j.Name) {
					all.all = append(all.all, s.placeholderBean(j, run))
				}
			}
		}
		return all
	})
	return b
}

func (s *Server) itemBean(it *item) *bean {
	class := map[string]string{waiting: "WaitingItem", blocked: "BlockedItem", buildable: "BuildableItem", left: "LeftItem"}[it.state]
	b := &bean{class: "hudson.model.Queue$" + class}
	b.add(always, "actions", s.actions(it.Params, it.Causes))
	b.add(always, "blocked", it.state == blocked)
	b.add(always, "buildable", it.state == buildable)
	b.add(always, "id", it.ID)
	b.add(always, "inQueueSince", stamp(it.Since))
	var params strings.Builder
	for _, v := range it.Params {
		params.WriteString("\n" + v.Name + "=" + v.Value)
	}
	b.add(always, "params", params.String())
	j := s.job(it.Job)
	b.add(always, "stuck", it.state == buildable && j != nil && j.Label != "")
	if j != nil {
		b.add(always, "task", s.taskBean(j))
	}
	b.add(always, "url", "queue/item/"+strconv.Itoa(it.ID)+"/")
	if why := s.because(it); why != "" {
		b.add(always, "why", why)
	} else {
		b.add(always, "why", nil)
	}
	switch it.state {
	case waiting:
		b.add(always, "timestamp", stamp(it.Due))
	case blocked:
		b.add(always, "buildableStartMilliseconds", stamp(it.Buildable))
	case buildable:
		b.add(always, "buildableStartMilliseconds", stamp(it.Buildable))
		b.add(always, "pending", false)
	case left:
		b.add(always, "cancelled", it.cancelled)
		b.add(always, "executable", s.executable(j, it.number))
	}
	return b
}

// executable is the build an item became, also when that was deleted since.
func (s *Server) executable(j *job, number int) *bean {
	if j == nil || number == 0 {
		return nil
	}
	b := &bean{class: runClass(j)}
	b.add(2, "number", number)
	b.add(2, "url", s.jobURL(j.Name)+strconv.Itoa(number)+"/")
	return b
}

// placeholderBean is what stands in the queue for a pipeline that wants an executor.
func (s *Server) placeholderBean(j *job, run *build) *bean {
	b := &bean{class: "hudson.model.Queue$BuildableItem"}
	b.add(always, "actions", list{})
	b.add(always, "blocked", false)
	b.add(always, "buildable", true)
	b.add(always, "id", run.Wants)
	b.add(always, "inQueueSince", stamp(run.Started))
	b.add(always, "params", "")
	b.add(always, "stuck", j.Label != "")
	b.add(always, "task", &bean{class: "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask"})
	b.add(always, "url", "queue/item/"+strconv.Itoa(run.Wants)+"/")
	b.add(always, "why", s.noExecutor(j))
	b.add(always, "buildableStartMilliseconds", stamp(run.Started))
	b.add(always, "pending", false)
	return b
}

// actions are parameters and causes, as items and builds have them.
func (s *Server) actions(params []Value, causes []string) list {
	var all list
	if len(params) > 0 {
		a := &bean{class: "hudson.model.ParametersAction"}
		var values list
		for _, v := range params {
			values.all = append(values.all, valueBean(v))
		}
		a.add(2, "parameters", values)
		all.all = append(all.all, a)
	}
	a := &bean{class: "hudson.model.CauseAction"}
	var list list
	for _, id := range causes {
		c := &bean{class: "hudson.model.Cause$UserIdCause"}
		c.add(3, "shortDescription", "Started by user "+s.fullName(id))
		c.add(3, "userId", id)
		c.add(3, "userName", s.fullName(id))
		list.all = append(list.all, c)
	}
	a.add(2, "causes", list)
	all.all = append(all.all, a)
	return all
}

func valueBean(v Value) *bean {
	class := "StringParameterValue"
	var value any = v.Value
	if v.Kind == Boolean {
		class, value = "BooleanParameterValue", v.Value == "true"
	}
	b := &bean{class: "hudson.model." + class}
	b.add(4, "name", v.Name)
	b.add(4, "value", value)
	return b
}

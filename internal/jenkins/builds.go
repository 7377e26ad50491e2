package jenkins

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// Built is one of the builds of a job, as a list of them has it.
type Built struct {
	Number   int64
	Name     string // as Jenkins shows it, on one line: "#418", or what the job calls its builds
	URL      string // for people
	Result   string // empty while it runs
	Building bool
	Params   map[string]string // what it was built with; secret ones are not told
	At       time.Time         // when it began, by Jenkins' clock
	Took     time.Duration     // so far, or in all
	Changes  []job.Change      // what is new in it since the build before, in the order of Jenkins
}

// Limits of a list of builds. Together with the tree they keep an answer to what is read of it.
const (
	mostListed    = 50   // builds
	mostChanges   = 100  // of one build; what follows is left out
	longestName   = 200  // bytes of a display name
	longestParam  = 1000 // bytes of a parameter's value
	mostParams    = 100  // of one build
	changeTree    = "items[commitId,id,msg,comment,author[fullName]]{0,100}"
	builtTreeRest = "number,displayName,result,building,timestamp,duration,changeSet[" + changeTree + "],changeSets[" + changeTree + "]," +
		"actions[parameters[name,value]]"
)

// Builds gives the newest builds of a job, the newest first, at most so many and never more than 50; running ones are among
// them. It is one request. A branch of a multibranch project is named as for Trigger (see Branch). The changes are those that
// Jenkins knows: a freestyle job has one set of them (changeSet), a pipeline one for each repository it looks at
// (changeSets). Jenkins tells them of the build before, whether that one succeeded or not.
func (s *Server) Builds(ctx context.Context, name string, most int) (all []Built, err error) {
	defer s.guard(&err, "listing the builds of "+name)
	path, err := s.jobPath(name)
	if err != nil {
		return nil, err
	}
	if most = min(most, mostListed); most <= 0 {
		return nil, nil
	}
	var j struct {
		Class  string   `json:"_class"`
		Builds []listed `json:"builds"`
		Jobs   []struct {
			Name string `json:"name"`
		} `json:"jobs"`
	}
	r, err := s.get(ctx, path+"/api/json", fmt.Sprintf("jobs[name]{0,1},builds[%s]{0,%d}", builtTreeRest, most), &j)
	switch {
	case err != nil:
		return nil, s.noJob(r, name, err)
	case j.Builds == nil && len(j.Jobs) > 0:
		e := s.fault(Refused, job.FaultOurs, "%s has no builds of its own in Jenkins: it is a folder or a project with branches. Name the job in it, like %s/%s.",
			name, name, shown.Line(j.Jobs[0].Name, longestName))
		e.Shown = s.shown(http.MethodGet+" "+path, r.status, nil)
		return nil, e
	}
	for _, b := range j.Builds[:min(len(j.Builds), most)] {
		all = append(all, b.built(r.now(s.opt.Now()), s.people+buildPath(path, b.Number)+"/"))
	}
	slices.SortStableFunc(all, func(a, b Built) int { return cmp.Compare(b.Number, a.Number) })
	return all, nil
}

// listed is a build as Jenkins lists it.
type listed struct {
	Number      int64         `json:"number"`
	DisplayName string        `json:"displayName"`
	Result      string        `json:"result"`
	Building    bool          `json:"building"`
	Timestamp   int64         `json:"timestamp"` // milliseconds, by Jenkins' clock
	Duration    float64       `json:"duration"`  // milliseconds; 0 while it runs
	ChangeSet   changeItems   `json:"changeSet"`
	ChangeSets  []changeItems `json:"changeSets"`
	Actions     actions       `json:"actions"`
}

// changeItems are commits as Jenkins has them. commitId is of every SCM, id and comment are git's, msg is the first line.
type changeItems struct {
	Items []struct {
		CommitID string `json:"commitId"`
		ID       string `json:"id"`
		Msg      string `json:"msg"`
		Comment  string `json:"comment"`
		Author   struct {
			FullName string `json:"fullName"`
		} `json:"author"`
	} `json:"items"`
}

func (l listed) built(now time.Time, link string) Built {
	b := Built{
		Number: l.Number, Name: displayName(l.DisplayName, l.Number), URL: link, Building: l.Building,
		Params: l.Actions.values(), At: time.UnixMilli(l.Timestamp), Took: estimate(l.Duration),
	}
	if l.Building {
		b.Took = max(0, now.Sub(b.At))
	} else {
		b.Result = cmp.Or(shown.Line(l.Result, longestName), ResultUnknown)
	}
	for _, set := range append([]changeItems{l.ChangeSet}, l.ChangeSets...) {
		for _, c := range set.Items {
			if len(b.Changes) < mostChanges {
				b.Changes = append(b.Changes, job.NewChange(cmp.Or(c.CommitID, c.ID), c.Author.FullName, cmp.Or(c.Comment, c.Msg)))
			}
		}
	}
	return b
}

// displayName is what people read a build as.
func displayName(name string, number int64) string {
	return cmp.Or(shown.Line(name, longestName), "#"+strconv.FormatInt(number, 10))
}

// values are the parameters, each cut. The value of a secret one is not in the answer.
func (a actions) values() map[string]string {
	all := map[string]string{}
	for _, one := range a {
		for _, p := range one.Parameters {
			if len(all) < mostParams && p.Name != "" && p.Value != nil {
				all[shown.Line(p.Name, longestName)] = shown.Cut(text(p.Value), longestParam)
			}
		}
	}
	return all
}

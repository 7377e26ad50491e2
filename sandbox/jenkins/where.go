package jenkins

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// find is what a path means: which folder, job and build, and what is wanted of it. A branch feature/x is one part of the
// path, feature%252Fx: every part is decoded once.
func (s *Server) find(r *http.Request, form url.Values, who *Account, rest string) (*visit, *reply) {
	v := &visit{request: r, form: form, who: who}
	for part := range strings.SplitSeq(strings.Trim(rest, "/"), "/") {
		if part == "" {
			break // the root itself; what has two slashes in it leads nowhere
		}
		name, err := url.PathUnescape(part)
		if err != nil {
			a := page(http.StatusBadRequest, "Bad Request", "Invalid path")
			return nil, &a
		}
		v.parts = append(v.parts, name)
	}
	for len(v.parts) >= 2 && slices.Equal(v.parts[len(v.parts)-2:], []string{"api", "json"}) {
		v.api, v.parts = true, v.parts[:len(v.parts)-2] // gojenkins asks for api/json/api/json
	}
	for len(v.parts) >= 2 && v.parts[0] == "job" {
		if v.job != nil {
			return nil, s.refuse(*v)
		}
		v.name = strings.TrimPrefix(v.name+"/"+v.parts[1], "/")
		v.job, v.parts = s.job(v.name), v.parts[2:]
		if v.job == nil && !s.isFolder(v.name) {
			return nil, s.refuse(*v)
		}
		if refused := s.mayRead(v); refused != nil {
			return nil, refused
		}
	}
	if v.job != nil && len(v.parts) > 0 {
		if v.build = v.job.find(v.parts[0]); v.build != nil {
			v.parts = v.parts[1:]
		}
	}
	return v, nil
}

// mayRead refuses what this user does not see: it does not exist for them, or they may only know that it does.
func (s *Server) mayRead(v *visit) *reply {
	switch {
	case under(v.who.Hidden, v.name):
		return s.refuse(*v)
	case under(v.who.Found, v.name):
		a := denied(v.who, "Job/Read")
		return &a
	}
	return nil
}

// reads reports whether a user sees a job.
func (a *Account) reads(name string) bool { return !under(a.Hidden, name) && !under(a.Found, name) }

// under reports whether a name or a folder it is in is among those.
func under(list []string, name string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return name == one || strings.HasPrefix(name, one+"/") })
}

func (s *Server) refuse(v visit) *reply {
	a := s.missing(v)
	return &a
}

// find is a build by its number, or by what Jenkins calls the last one of a kind; nil when there is none.
func (j *job) find(name string) *build {
	if n, err := strconv.Atoi(name); err == nil {
		i := slices.IndexFunc(j.builds, func(b *build) bool { return b.Number == n })
		if i < 0 {
			return nil
		}
		return j.builds[i]
	}
	is, ok := permalinks()[name]
	if !ok {
		return nil
	}
	for _, b := range slices.Backward(j.builds) {
		if is(b) {
			return b
		}
	}
	return nil
}

// permalinks are the names of builds that mean another one tomorrow. In Jenkins "stable" is success without anything, and
// "successful" is everything that is no failure.
func permalinks() map[string]func(*build) bool {
	done := func(results ...string) func(*build) bool {
		return func(b *build) bool { return !b.building() && slices.Contains(results, b.Result) }
	}
	return map[string]func(*build) bool{
		"lastBuild":             func(*build) bool { return true },
		"lastCompletedBuild":    func(b *build) bool { return !b.building() },
		"lastSuccessfulBuild":   done(Success, Unstable),
		"lastStableBuild":       done(Success),
		"lastUnstableBuild":     done(Unstable),
		"lastFailedBuild":       done(Failure),
		"lastUnsuccessfulBuild": done(Unstable, Failure, Aborted),
	}
}

func (s *Server) jobURL(name string) string { return s.opts.Root + "/" + path(name) }

func (s *Server) buildURL(j *job, b *build) string {
	return s.jobURL(j.Name) + strconv.Itoa(b.Number) + "/"
}

// link is where a build is for wfapi: with the context path, without the host.
func (s *Server) link(j *job, b *build) string {
	return s.prefix + "/" + path(j.Name) + strconv.Itoa(b.Number) + "/"
}

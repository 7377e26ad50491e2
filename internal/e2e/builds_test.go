package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// hastyCI is a Jenkins whose builds take a second or two, and one job that cannot tell its builds apart.
func hastyCI() jenkins.Options {
	return jenkins.Options{
		Speed: 10, Quiet: -1, Executors: 8,
		Jobs: []jenkins.Job{{
			Name: "shop/bare", Params: []jenkins.Param{{Name: "VERSION", Default: "2024.51"}},
			Stages: []jenkins.Stage{{Name: "Compile", Takes: time.Second}},
		}},
	}
}

// buildDeeds are what happens to Jenkins, and what people do there.
func buildDeeds() []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []deed{
		{form(`jenkins: is fine`), func(s *stage, _ []string) error { s.world.Jenkins.Clear(""); return nil }},
		{form(`jenkins: is (\w+)(?: (\d+) times)?`), (*stage).breakJenkins},
		{form(`jenkins: loses (\d+) answers?`), (*stage).loseAnswers},
		{form(`jenkins: restarts`), func(s *stage, _ []string) error { s.world.Jenkins.Restart(time.Second); return nil }},
		{form(`eve builds (\w+) in Jenkins`), func(s *stage, m []string) error {
			_, err := s.world.Jenkins.Start("shop/"+m[1], "eve", nil)
			return err
		}},
		{form(`eve (answers|aborts) (\w+) in Jenkins`), (*stage).answerInJenkins},
		{form(`pawl: restarts after (.+) became (.+) in pawl.yaml`), (*stage).rewrite},
	}
}

func (s *stage) breakJenkins(m []string) error {
	times, _ := strconv.Atoi(cmp.Or(m[2], "0"))
	return s.world.Jenkins.Set(jenkins.Fault{Kind: m[1], Times: times})
}

// loseAnswers has Jenkins do what it is asked for and say nothing, so many times.
func (s *stage) loseAnswers(m []string) error {
	times, _ := strconv.Atoi(m[1])
	return s.world.Jenkins.Set(jenkins.Fault{Kind: jenkins.Lost, Method: http.MethodPost, Times: times})
}

func (s *stage) answerInJenkins(m []string) error {
	return s.eveAnswers(map[string]string{"answers": "proceed", "aborts": "abort"}[m[1]], "shop/"+m[2], "Publish", "")
}

// eveAnswers is Eve at the page of Jenkins, in front of a build that asks something: of this version, or the first there is.
func (f *fleet) eveAnswers(what, name, question, version string) error {
	f.t.Helper()
	var build jenkins.Seen
	f.eventually(sceneWithin, "a build of "+name+" asks", func() error {
		for _, b := range f.world.Jenkins.Builds(name) {
			if b.Asks != "" && (version == "" || b.Params["VERSION"] == version) {
				build = b
				return nil
			}
		}
		return errors.New("none does")
	})
	res, err := http.PostForm(f.world.URL+"/jenkins/-/"+what, url.Values{
		"job": {name}, "number": {strconv.Itoa(build.Number)}, "id": {question}, "json": {`{"parameter":[]}`},
	})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("answering build %d of %s: %s", build.Number, name, res.Status)
	}
	return nil
}

// rewrite changes a word of pawl.yaml and starts Pawl again, as a person does who has found a mistake in it.
func (s *stage) rewrite(m []string) error {
	changed := strings.ReplaceAll(string(s.config), m[1], m[2])
	if changed == string(s.config) {
		return fmt.Errorf("pawl.yaml has no %q", m[1])
	}
	s.restart([]byte(changed))
	s.ready()
	s.changed = true
	return nil
}

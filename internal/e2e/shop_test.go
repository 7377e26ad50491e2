package e2e

import (
	"errors"
	"regexp"

	"github.com/pawl-ops/pawl/internal/hosttools"
)

// shopDeeds are what happens to the apps of the company.
func shopDeeds() []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []deed{
		{form(`lb: sends users of shop/([a-z]+) to (\w+)`), (*stage).sendUsers},
		{form(`(\w+) in (\w+): (hangs|fails|is well)`), (*stage).ail},
	}
}

// sendUsers is somebody who switches by hand, beside Pawl.
func (s *stage) sendUsers(m []string) error {
	return s.world.Apps.Send(m[1], m[2])
}

func (s *stage) ail(m []string) error {
	illness := map[string]string{"hangs": hosttools.IllHang, "fails": hosttools.IllFail, "is well": ""}[m[3]]
	return s.world.Apps.Instance(m[2], m[1]).Ail(illness)
}

// mendShop makes the apps as they were before a scene.
func (s *stage) mendShop() error {
	errs := []error{s.sendUsers([]string{"", "master", "blue"}), s.sendUsers([]string{"", "staging", "blue"})}
	for _, i := range s.world.Apps.Instances() {
		if i.Illness() != "" {
			errs = append(errs, i.Ail(""))
		}
	}
	return errors.Join(errs...)
}

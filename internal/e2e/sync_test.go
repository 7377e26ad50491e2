package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// steadyCRM is a CRM of 5 pages that does not grow while people look.
func steadyCRM() crm.Options {
	return crm.Options{Founded: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Deals: 430, Every: -1, Limits: crm.Limits{Off: true}}
}

// syncDeeds are what happens to the CRM, and to what was written from it.
func syncDeeds() []deed {
	form := func(s string) *regexp.Regexp { return regexp.MustCompile(`^` + s + `$`) }
	return []deed{
		{form(`crm: is (\w+)(?: from page (\d+))?(?: (\d+) times)?`), (*stage).breakCRM},
		{form(`crm: is well again`), func(s *stage, _ []string) error { s.world.CRM.Clear(""); return nil }},
		{form(`crm: has (\d+) deals more`), (*stage).moreDeals},
	}
}

// slowly is how long a slow answer takes: longer than anybody waits for it in a scene.
const slowly = 120_000

func (s *stage) breakCRM(m []string) error {
	f := crm.Fault{Kind: m[1]}
	f.Page, _ = strconv.Atoi(m[2])
	f.Times, _ = strconv.Atoi(m[3])
	if f.Kind == crm.Slow {
		f.MS = slowly
	}
	return s.world.CRM.Set(f)
}

func (s *stage) moreDeals(m []string) error {
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	return s.world.CRM.Grow(n)
}

// dealsHeading shows what people read of the deals.
const dealsHeading = "in deals.csv"

// deals says how the file that people read stands, and what lies beside it.
func (s *stage) deals() string {
	path := s.world.Sheets.File("deals")
	text, err := os.ReadFile(path)
	if err != nil {
		return "there is no file"
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\r\n"), "\r\n")
	said := fmt.Sprintf("%s\n%d rows", lines[0], len(lines)-1)
	beside, err := os.ReadDir(strings.TrimSuffix(path, "deals.csv") + ".deals.csv.pawl")
	if err != nil {
		return said + ", " + err.Error()
	}
	for _, e := range beside {
		if strings.HasPrefix(e.Name(), "rows-") || strings.HasPrefix(e.Name(), "position-") {
			return said + ", and more is staged beside it"
		}
	}
	return said + ", nothing is staged beside it"
}

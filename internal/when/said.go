package when

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/near"
)

// said is a text in words, read from the left to the right.
type said struct {
	words []string // lower case; a comma is a word of its own
	i     int
}

// parseWords reads words: how often, or which days and at what times.
func parseWords(text string) (Schedule, error) {
	words := strings.Fields(strings.NewReplacer(",", " , ", "&", " and ").Replace(text))
	if len(words) == 0 {
		return Schedule{}, errors.New("the times are missing" + accepted())
	}
	p := &said{words: words}
	s, err := p.schedule()
	if err != nil {
		return Schedule{}, err
	}
	if !p.over() {
		return Schedule{}, p.tooMuch()
	}
	return s, nil
}

func (p *said) schedule() (Schedule, error) {
	switch {
	case p.skip("hourly"):
		return p.eachHour()
	case p.skip("every", "each"):
		if s, ok, err := p.interval(); ok || err != nil {
			return s, err
		}
	}
	some, err := p.days()
	if err != nil {
		return Schedule{}, err
	}
	times, err := p.times()
	if err != nil {
		return Schedule{}, err
	}
	s, ok := byClock(times, some)
	if !ok {
		return Schedule{}, fmt.Errorf("`%s` never comes", strings.Join(p.words, " "))
	}
	return s, nil
}

func (p *said) over() bool { return p.i >= len(p.words) }

// word is the next word, or empty at the end.
func (p *said) word() string {
	if p.over() {
		return ""
	}
	return p.words[p.i]
}

// skip takes the next word if it is one of these.
func (p *said) skip(words ...string) bool {
	if p.over() || !slices.Contains(words, p.word()) {
		return false
	}
	p.i++
	return true
}

// more takes what stands between the items of a list, and reports whether there is another one.
func (p *said) more() bool {
	comma := p.skip(",")
	return p.skip("and") || comma
}

// tooMuch is what is wrong with a text that could have ended here.
func (p *said) tooMuch() error {
	rest := strings.Join(p.words[p.i:], " ")
	if slices.Contains([]string{"on", "from", "between", "until", "except", "starting"}, p.word()) {
		return fmt.Errorf("`%s` cannot be said in words; a cron line can: every 15 minutes of the working day is */15 8-17 * * 1-5%s", rest, accepted())
	}
	return fmt.Errorf("`%s` is one word too many%s", rest, accepted())
}

// notUnderstood is what is wrong with a text that has no meaning from here on.
func (p *said) notUnderstood(example string) error {
	word := p.word()
	if word == "" {
		return fmt.Errorf("something is missing after `%s`; write it like `%s`%s", p.words[len(p.words)-1], example, accepted())
	}
	if says := instead(word); says != "" {
		return errors.New(says)
	}
	hint := ""
	meant := near.Nearest(word, vocabulary())
	if m := regexp.MustCompile(`^([1-9][0-9]?)(st|nd|rd|th)$`).FindStringSubmatch(word); m != nil {
		meant = []string{m[1] + ending(number(m[1]))}
	}
	if len(meant) > 0 {
		hint = "; did you mean `" + meant[0] + "`?"
	}
	return fmt.Errorf("`%s` is not understood%s%s", word, hint, accepted())
}

// instead answers words that people may expect to work.
func instead(word string) string {
	switch word {
	case "weekly", "fortnightly":
		return "`" + word + "` does not say on which day; write `mondays at 6:00`"
	case "nightly":
		return "`nightly` does not say at what time; write `daily at 2:00`"
	case "yearly", "annually":
		return "`" + word + "` has no words; write a cron line: 0 6 1 1 * is 6:00 on the 1st of January"
	case "last":
		return "the last day of a month has another date each time and cannot be said; write `on the 1st at 0:00`, which is the moment it is over"
	case "other":
		return "`every other` cannot be said: no calendar says which one is the first; write the days, such as `mondays and thursdays at 6:00`"
	case "first":
		return "write numbers for dates: `on the 1st at 6:00`"
	case "seconds", "sec", "secs", "s":
		return "seconds are too short; the shortest is `every minute`"
	}
	return ""
}

// vocabulary is what a mistyped word may have been.
func vocabulary() []string {
	words := []string{
		"every", "hourly", "daily", "weekdays", "weekends", "monthly", "minute", "minutes", "hour", "hours", "day", "month", "noon", "midnight",
	}
	for _, names := range weekdayNames() {
		words = append(words, names[1:]...)
	}
	return words
}

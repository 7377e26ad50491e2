package traffic

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestSentence is how many characters of a sentence are kept.
const longestSentence = 400

// said is what a script said in its `pawl:` lines. All else it prints is for whoever runs it by hand.
//
//	pawl: active green                the backend, or for scripts of a company's own the instance
//	pawl: active app-2:8080 green     the same, and what a file calls it
//	pawl: switched                    users are where they should be; only with exit code 0
//	pawl: left 3
//	pawl: count 1204 3                requests, and how many of them failed
//	pawl: uncounted
//	pawl: refuse There is no ...      nothing was changed, and nothing will be
//	pawl: problem HAProxy does ...    nobody knows
type said struct {
	active, called  string
	switched        bool
	left            *int
	count           *Count
	uncounted       bool
	refuse, problem string
	exit            int
	unclear         string // why nothing of it counts
	last            string // the last other line it printed
}

// hear reads what a script printed. A script that says two things that exclude each other said nothing.
func hear(printed []byte, exit int) said {
	s := said{exit: exit}
	ends := 0
	for line := range strings.SplitSeq(string(printed), "\n") {
		text, ours := strings.CutPrefix(line, "pawl:")
		if !ours {
			if line = sentence(line); line != "" {
				s.last = line
			}
			continue
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		switch word {
		case "refuse":
			s.refuse = sentence(rest)
		case "problem":
			s.problem = sentence(rest)
		case "switched":
			s.switched = true
		case "uncounted":
			s.uncounted = true
		case "active", "left", "count":
			s.number(word, strings.Fields(rest))
		default: // notes and percentages, as for any other script
			continue
		}
		ends++
	}
	switch {
	case s.unclear != "":
	case ends > 1:
		s.unclear = "it said more than one thing"
	case s.switched && exit != 0:
		s.unclear = fmt.Sprintf("it said that it switched, and ended with exit code %d", exit)
	case s.refuse != "" && exit == 0:
		s.unclear = "it refused, and ended with exit code 0"
	}
	return s
}

// number reads what is more than a sentence.
func (s *said) number(word string, args []string) {
	var numbers []int64
	for _, a := range args {
		if n, err := strconv.ParseInt(a, 10, 64); err == nil && n >= 0 {
			numbers = append(numbers, n)
		}
	}
	switch {
	case word == "active" && (len(args) == 1 || len(args) == 2) && plausible(args[0]) && plausible(args[len(args)-1]):
		s.active = args[0]
		if len(args) == 2 {
			s.called = args[1]
		}
	case word == "left" && len(args) == 1 && len(numbers) == 1 && numbers[0] < 1<<31:
		n := int(numbers[0])
		s.left = &n
	case word == "count" && len(args) == 2 && len(numbers) == 2:
		s.count = &Count{Requests: numbers[0], Failed: numbers[1]}
	default:
		s.unclear = fmt.Sprintf("I do not understand %q", sentence("pawl: "+word+" "+strings.Join(args, " ")))
	}
}

// trouble is why a question was not answered; nil when it was.
func (s said) trouble() error {
	switch {
	case s.unclear != "":
		return errors.New(s.unclear)
	case s.refuse != "":
		return errors.New(s.refuse)
	case s.problem != "":
		return errors.New(s.problem)
	case s.exit == 124:
		return errors.New("the script did not end in time and was stopped")
	case s.exit != 0 && s.last != "":
		return fmt.Errorf("the script ended with exit code %d: %s", s.exit, s.last)
	case s.exit != 0:
		return fmt.Errorf("the script ended with exit code %d", s.exit)
	}
	return nil
}

// sentence is a line fit to be shown: no control characters, and not without end. What chat programs make of it is for
// whoever shows it.
func sentence(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > longestSentence {
		text = string(runes[:longestSentence-1]) + "…"
	}
	return text
}

package jenkins

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Whatever a build prints, what reaches a message is short lines of text without anything that is not seen.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "a\r\nb", "\x1b[8mha:////4B\x1b[0mAlice\n", "\x1b[31m\x1b]0;t\x07\xff\n\x00", "1 %\r2 %\r\n\r\r\n", "ü\xc3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range lines(text) {
			if len(line) > longestLine || !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool { return c != '\t' && !unicode.IsGraphic(c) }) {
				t.Errorf("%q became %q", text, line)
			}
		}
		if part := whole(text); !strings.HasPrefix(text, part) || len(text)-len(part) > utf8.UTFMax {
			t.Errorf("of %q %q was left", text, part)
		}
	})
}

// Whatever address is pasted, the job it names is where it says, and never above the root.
func FuzzLink(f *testing.F) {
	for _, seed := range []string{"https://ci/job/a/job/b%2Fc/12/", "/job/../1", "job/%2e%2e/1", "https://ci/jenkins/job/x/1/console?a#b", "/job/a%252F/9223372036854775808", "https://ci/queue/item/5/"} {
		f.Add(seed)
	}
	s, err := New(Options{URL: "https://ci.example.com/jenkins"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if id := queueID(address); id < 0 {
			t.Errorf("%q is item %d", address, id)
		}
		ref, ok := Link(address)
		if !ok {
			return
		}
		path, err := s.jobPath(ref.Job)
		if err != nil {
			return // no job can be called so
		}
		if ref.Build <= 0 || strings.Contains(path, "/../") || strings.HasSuffix(path, "/..") || !leadsTo("https://elsewhere"+path, path) {
			t.Errorf("%q is %+v at %q", address, ref, path)
		}
	})
}

// Whatever Jenkins says it waits for, and whatever its pages say, fits into a message.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"Build #9 is already in progress (ETA:15 sec)", "‘x’ is offline", "<p>a<script>b</script></p>", "<!-- <", "\u202e"} {
		f.Add(seed)
	}
	s, err := New(Options{URL: "https://ci.example.com"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said string) {
		for _, text := range []string{why(said), s.shown("GET /x", 500, []byte(said)), submitter(said)} {
			if len(text) > 1000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsGraphic(c) }) {
				t.Errorf("%q became %q", said, text)
			}
		}
	})
}

package jenkins

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pawl-ops/pawl/job"
)

// Branch gives the name of the job that a multibranch project has for a branch: Branch("shop", "feature/x") is
// "shop/feature%2Fx". The escaping is the branch plugin's own (jenkins.branch.NameEncoder, branch-api 2.0 and later).
func Branch(project, branch string) string {
	switch branch {
	case ".":
		branch = "%2E"
	case "..":
		branch = "%2E."
	default:
		branch = strings.NewReplacer("#", "%23", "%", "%25", "/", "%2F", "?", "%3F", "[", "%5B", "]", "%5D", `\`, "%5C").Replace(branch)
	}
	return strings.Trim(project, "/") + "/" + branch
}

// jobPath is where a job is below the root: shop/feature%2Fx is at /job/shop/job/feature%252Fx.
func (s *Server) jobPath(name string) (string, error) {
	var b strings.Builder
	for _, part := range strings.Split(name, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsFunc(part, unicode.IsControl) {
			return "", s.fault(Refused, job.FaultOurs, "%q is not the name of a Jenkins job. Write its folders and its name with a / between them, like shop/build.", name)
		}
		b.WriteString("/job/" + url.PathEscape(part))
	}
	return b.String(), nil
}

func buildPath(jobPath string, build int64) string {
	return jobPath + "/" + strconv.FormatInt(build, 10)
}

// segments are the names in the path of an address, unescaped; nil when there is no reading it.
func segments(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var parts []string
	for _, part := range strings.Split(strings.Trim(path.Clean(u.EscapedPath()), "/"), "/") {
		part, err = url.PathUnescape(part)
		if err != nil {
			return nil
		}
		parts = append(parts, part)
	}
	return parts
}

// leadsTo reports whether an address that Jenkins gives is that of a job. Where Jenkins believes to be does not count:
// only the end of the path does.
func leadsTo(address, jobPath string) bool {
	got, want := segments(address), segments(jobPath)
	return len(got) >= len(want) && slices.Equal(got[len(got)-len(want):], want)
}

// queueID is the number in the address of a queue item, 0 when it is none.
func queueID(location string) int64 {
	parts := segments(location)
	if n := len(parts); n >= 3 && parts[n-3] == "queue" && parts[n-2] == "item" {
		return number(parts[n-1])
	}
	return 0
}

// Link reads the address of a build that somebody copied from a browser. ok is false when it leads to no build.
func Link(address string) (ref Ref, ok bool) {
	parts := segments(address)
	at := slices.Index(parts, "job")
	if at < 0 {
		return Ref{}, false
	}
	var names []string
	for parts = parts[at:]; len(parts) >= 2 && parts[0] == "job"; parts = parts[2:] {
		names = append(names, parts[1])
	}
	if len(parts) == 0 || number(parts[0]) == 0 || strings.Contains(strings.Join(names, ""), "/") {
		return Ref{}, false
	}
	return Ref{Job: strings.Join(names, "/"), Build: number(parts[0])}, true
}

// number is a positive whole number, 0 when the text is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

package jenkins

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/shown"
)

// item is a queue item. What Jenkins calls a left item has either become a build or was cancelled.
type item struct {
	Class      string `json:"_class"`
	Why        string `json:"why"`
	Stuck      bool   `json:"stuck"`
	Cancelled  bool   `json:"cancelled"`
	Executable *struct {
		Number int64 `json:"number"`
	} `json:"executable"`
	Actions actions `json:"actions"`
}

// nowhere is why a build is gone.
const nowhere = "Jenkins has it neither in its queue nor among its builds"

const itemTree = "why,stuck,cancelled,executable[number],actions[parameters[name,value]]"

// queued looks at what is no build yet, as far as we know. When it is one by now its number is in the ref.
func (s *Server) queued(ctx context.Context, ref Ref, path string) (State, error) {
	st := State{Ref: ref, Phase: Waiting, Link: s.people + path + "/", Percent: -1}
	if ref.Queue > 0 {
		var i item
		r, err := s.get(ctx, queuePath(ref.Queue), itemTree, &i)
		id, ok := i.Actions.value(ref.param())
		switch {
		case r.status == http.StatusNotFound: // forgotten, or never there
		case err != nil:
			return st, err
		case ok && ref.RunID != "" && id != ref.RunID: // another Jenkins stands there by now
		default:
			st.take(i)
			return st, nil
		}
	}
	hits, err := s.surely(ctx, ref, path)
	if err != nil {
		return st, err
	}
	if len(hits) == 0 {
		st.Phase, st.Why = Gone, nowhere
		return st, nil
	}
	found := ref.Found
	st.Ref = ref.found(hits[0])
	st.Ref.Found = found
	if st.Ref.Build > 0 || st.Ref.Queue == ref.Queue {
		return st, nil // when the item was forgotten and is there again it left the queue this instant
	}
	var i item
	r, err := s.get(ctx, queuePath(st.Ref.Queue), itemTree, &i)
	switch {
	case r.status == http.StatusNotFound:
		return st, nil
	case err != nil:
		return st, err
	}
	st.take(i)
	return st, nil
}

func queuePath(id int64) string { return "/queue/item/" + strconv.FormatInt(id, 10) + "/api/json" }

// take is what a queue item says.
func (s *State) take(i item) {
	switch {
	case i.Executable != nil && i.Executable.Number > 0:
		s.Ref.Build = i.Executable.Number
	case i.Cancelled:
		s.Phase, s.Why = Cancelled, "it was taken out of the queue of Jenkins before it began"
	case strings.HasSuffix(i.Class, "LeftItem"):
		s.Why = "it is about to start"
	default:
		s.Why, s.Stuck = why(i.Why), i.Stuck
	}
}

// why says in people's words what a queue item waits for. The English texts are Jenkins' own (hudson/model/Messages.properties
// and jenkins/model/Messages.properties); what is none of them is quoted.
func why(said string) string {
	said = shown.Line(said, 200)
	for _, one := range []struct{ pattern, says string }{
		{`^In the quiet period\. Expires in (.+)$`, "Jenkins starts it in $1"},
		{`^Build #(\d+) is already in progress \(ETA: ?N/A\)$`, "build $1 of the same job has to end first"},
		{`^Build #(\d+) is already in progress \(ETA: ?(.+)\)$`, "build $1 of the same job has to end first, in about $2"},
		{`^Build #(\d+) is already in progress`, "build $1 of the same job has to end first"},
		{`^A build is already in progress`, "another build of the same job has to end first"},
		{`^(?:Upstream|Downstream) project (.+) is already building\.?$`, "a build of $1 has to end first"},
		{`^Blocked by (.+)$`, "$1 has to end first"},
		{`^Waiting for next available executor on [‘']?([^’']+)[’']?$`, "all places on $1 are taken"},
		{`^Waiting for next available executor`, "all places to build are taken"},
		{`^There are no nodes with the label [‘']?([^’']+)[’']?$`, "Jenkins has no machine with the label $1"},
		{`^All nodes of label [‘']?([^’']+)[’']? are offline$`, "all machines with the label $1 are off"},
		{`^[‘']?([^’']+)[’']? is offline$`, "the machine $1 is off"},
		{`^[‘']?([^’']+)[’']? doesn.t have label [‘']?([^’']+)[’']?$`, "the machine $1 does not have the label $2"},
		{`^Jenkins is about to shut down$`, "Jenkins is about to restart and starts it afterwards"},
		{`^Finished waiting$`, "it is about to start"},
	} {
		if p := regexp.MustCompile(one.pattern); p.MatchString(said) {
			text := p.ReplaceAllString(said, one.says)
			return strings.ReplaceAll(text, " sec", " s")
		}
	}
	if said == "" || said == "???" {
		return "Jenkins does not say what it waits for"
	}
	return "Jenkins says: " + strconv.Quote(said)
}

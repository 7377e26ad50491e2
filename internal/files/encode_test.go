package files

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/job"
)

func FuzzTextComesBack(f *testing.F) {
	for _, seed := range []string{"", "plain", "a,b", `"`, "\r\n", " x", "\u2028", "=1+1", "<&>"} {
		f.Add(seed, "b"+seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if unfit(a) != "" || unfit(b) != "" {
			return
		}
		s := job.Sync{Columns: []job.Column{{Name: "a", Type: job.ColumnText}, {Name: "b", Type: job.ColumnText}}}
		file := &File{sync: s, kind: ".csv"}
		out, err := file.encode(nil, []job.Row{{a, b}, {nil, a}}, "page 1")
		if err != nil {
			t.Fatal(err)
		}
		read, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
		// This reader takes CRLF inside a field for LF.
		lf := strings.NewReplacer("\r\n", "\n")
		if err != nil || len(read) != 2 || read[0][0] != lf.Replace(a) || read[0][1] != lf.Replace(b) || read[1][0] != "" || read[1][1] != lf.Replace(a) {
			t.Errorf("%q and %q came back as %q, %v", a, b, read, err)
		}

		file.kind = ".jsonl"
		if out, err = file.encode(nil, []job.Row{{a, b}}, "page 1"); err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(out), "\n") != 1 {
			t.Errorf("%q is not one line", out)
		}
		var back map[string]string
		if err := json.Unmarshal(out, &back); err != nil || back["a"] != a || back["b"] != b {
			t.Errorf("%q and %q came back as %q, %v", a, b, back, err)
		}
	})
}

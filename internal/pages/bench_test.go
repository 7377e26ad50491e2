package pages

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// BenchmarkPage reads pages of 1,000 records of 460 bytes, without a network.
func BenchmarkPage(b *testing.B) {
	deal := `{"id":"9137462811","properties":{"dealname":"Kavárna U mostu","text":"` + strings.Repeat("x ", 190) + `"},"archived":false}`
	world := &answering{}
	for name, jq := range map[string]string{"path": ".results", "jq": ".results[]"} {
		b.Run(name, func(b *testing.B) {
			r, _ := open(b, job.Source{URL: "https://a.test", Records: jq, Paging: job.Paging{By: job.ByCursor, Next: ".next", Param: "after"}}, func(o *Options) { o.Transport = world })
			b.ReportAllocs()
			at := job.Position{}
			for b.Loop() {
				world.body = []byte(`{"results":[` + strings.Repeat(deal+",", 999) + deal + `],"next":` + strconv.Itoa(at.Pages) + `}`)
				page, err := r.Page(b.Context(), at)
				require.NoError(b, err)
				require.Len(b, page.Records, 1000)
				at.Pages, at.Next = (at.Pages+1)%1000, page.Next
			}
			b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

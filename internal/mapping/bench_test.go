package mapping_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// deal is a record as a CRM gives it, 460 bytes.
const deal = `{"id":"9137462811","properties":{"amount":"1250.50","closedate":"2026-03-31T00:00:00Z","createdate":"2025-11-02T10:21:33.412Z",` +
	`"dealname":"Kavárna U mostu, 3 machines","dealstage":"presentationscheduled","hs_lastmodifieddate":"2026-01-12T08:15:02.119Z",` +
	`"hs_object_id":"9137462811","hubspot_owner_id":"71120934","pipeline":"default"},"createdAt":"2025-11-02T10:21:33.412Z",` +
	`"updatedAt":"2026-01-12T08:15:02.119Z","archived":false}`

func BenchmarkRow(b *testing.B) {
	paths := []job.Column{
		{Name: "Id", Value: ".id", Type: job.ColumnInteger},
		{Name: "Deal", Value: ".properties.dealname", Type: job.ColumnText},
		{Name: "Stage", Value: ".properties.dealstage", Type: job.ColumnText},
		{Name: "Amount", Value: ".properties.amount", Type: job.ColumnNumber},
		{Name: "Closes", Value: ".properties.closedate", Type: job.ColumnDate},
		{Name: "Changed", Value: ".updatedAt", Type: job.ColumnTime},
	}
	withJQ := append([]job.Column{{Name: "Open", Value: `.archived | not`, Type: job.ColumnBoolean}}, paths...)
	all := make([]job.Column, len(paths))
	for i, c := range paths {
		c.Value += " | ."
		all[i] = c
	}
	for name, columns := range map[string][]job.Column{"paths": paths, "one jq": withJQ, "six jq": all} {
		b.Run(name, func(b *testing.B) {
			m := mapper(b, columns...)
			record := []byte(deal)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				if _, no := m.Row(record); no != nil {
					b.Fatal(fmt.Sprint(no))
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	// What there is to compare with: the standard library on the same record, all of it.
	b.Run("encoding json", func(b *testing.B) {
		record := []byte(deal)
		b.ReportAllocs()
		for b.Loop() {
			var v any
			require.NoError(b, json.Unmarshal(record, &v))
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

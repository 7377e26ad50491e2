package config

import (
	"fmt"

	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/job"
)

func (d describer) syncs() *schema.Node {
	fewer := &schema.Node{Kind: schema.Percent, Pattern: percents, Like: "Not between 0% and 100%; write one such as 50%."}
	one := d.keys(syncDefaults(nil)).
		ExampleOf("say", "HubSpot deals into the pipeline table").
		Set("from", d.source()).
		Set("rows", d.columns()).
		Set("to", d.sink()).
		Set("when", times()).
		Need("when", "timezone", "missed", "paused", "late").
		Set("channel", channel()).
		Set("fewer", fewer).DefaultOf("fewer", fmt.Sprintf("%d%%", defaultFewer))
	n := named("sync", one.With("a sync"), "deals", "people", "orders", "calls", "notes")
	n.Names = matching(syncNames, likeWords("small letters, digits, - and _", maxSyncName), maxSyncName)
	return n
}

func (d describer) source() *schema.Node {
	n := d.keys(sourceKeys{}).
		Set("url", address("https://api.example.com/deals")).
		Set("records", jq(".results")).
		Set("total", jq(".total")).
		Set("paging", d.paging()).
		ExampleOf("name", "HubSpot").AbsentOf("name", "the host of its address").
		ExampleOf("header", "X-Api-Key").AbsentOf("header", "`Authorization: Bearer`").
		Need("token", "header")
	n.Key("headers").Name, n.Key("headers").Node.Name = "headers", "header"
	n.Key("headers").Call, n.Key("headers").Names = []string{"Accept"}, matching(headerNames, "letters, digits and dashes, such as X-Team", 0)
	n.Key("headers").Each = text("application/json").With("its value")
	return n
}

// paging has a form for each way, and a long one for all of them.
func (d describer) paging() *schema.Node {
	all := d.keys(pagingKeys{}).
		Set("cursor", jq(".paging.next.after")).
		Set("link", jq(".next")).
		Set("next", jq(".paging.next.after")).
		ExampleOf("offset", "skip").ExampleOf("param", "after").ExampleOf("size param", "limit").ExampleOf("size", "100").
		Bounds("size", 1, maxPage).
		Need("size", "size param").Need("size param", "size")
	form := func(required []string, more ...string) *schema.Node {
		n := all.Only(append(required, append(more, "size", "size param")...)...)
		n.Keys = append([]schema.Key(nil), n.Keys...)
		return n.Require(required...)
	}
	short := &schema.Node{Kind: schema.Text, Words: []string{job.OnePage, job.ByLink}}
	return schema.OneOf(
		short,
		form([]string{"cursor", "param"}),
		form([]string{"link"}),
		form([]string{"offset"}),
		form([]string{"by"}, "next", "param"),
	)
}

func (d describer) columns() *schema.Node {
	column := d.keys(columnKeys{Type: job.ColumnText}).
		Set("value", jq(".properties.amount")).
		Set("type", &schema.Node{Kind: schema.Text, Words: columnTypes()})
	n := named("column", schema.OneOf(jq(".properties.dealname"), column).With("jq that makes it from a record, or more about it"), "Deal", "Amount")
	n.Names = &schema.Node{Kind: schema.Text, Most: maxName}
	return n
}

func (d describer) sink() *schema.Node {
	file := &schema.Node{Kind: schema.Text, Example: "deals.csv", Pattern: `\.(csv|jsonl)$`, Like: "Must end with .csv or .jsonl: that says what is written."}
	return d.keys(sinkKeys{}).
		Set("file", file).
		ExampleOf("table", "sales.deals").
		Set("key", schema.Of(text("Deal"))).
		Rule(schema.ExactlyOne, []string{"file"}, []string{"table"}).
		Need("database", "table").Need("table", "database", "key")
}

func (d describer) schedules() *schema.Node {
	one := d.keys(scheduleDefaults(nil)).
		Set("run", d.command()).
		Set("when", times()).
		Set("channel", channel()).AbsentOf("channel", "`"+askIn+"` under `channels`").
		Set("as", person())
	n := named("schedule", one.With("a schedule"), "fresh staging")
	n.Names = matching(scheduleNames, likeWords("words of small letters, digits, - and _", maxScheduleName), maxScheduleName)
	return n
}

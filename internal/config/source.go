package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// maxPage is how many records a page may be asked to have.
const maxPage = 100_000

// sourceKeys is what stands under `from` of a sync.
type sourceKeys struct {
	Name    string            `yaml:"name" help:"what people call the third party; the host of its address when not given"`
	URL     string            `yaml:"url,required" help:"the address of the first page"`
	Records value             `yaml:"records,required" help:"jq that gives the records of a page, such as .results"`
	Total   value             `yaml:"total" help:"jq that gives how many records there are, on a page; what arrives is held to it"`
	Paging  value             `yaml:"paging,required" help:"how to come to the next page; none where there is only one"`
	Header  string            `yaml:"header" help:"the header that carries the token, where it is not Authorization: Bearer"`
	Token   job.Secret        `yaml:"token" help:"what lets Pawl in there"`
	Headers map[string]string `yaml:"headers" help:"more headers of each request"`
}

func (r *reader) source(e entry, k sourceKeys) job.Source {
	from := func(key string) value { return find(e.value, "from."+key) }
	s := job.Source{Name: k.Name, Headers: k.Headers, Header: k.Header, Records: r.program(k.Records), Total: r.program(k.Total)}
	if k.URL != "" {
		s.URL = r.pageURL(from("url"), k.URL)
	}
	if u, err := url.Parse(s.URL); err == nil && s.Name == "" {
		s.Name = u.Hostname()
	}
	if k.Paging.node != nil {
		s.Paging = r.paging(k.Paging)
	}
	if k.Header != "" {
		r.headerName(from("header"), k.Header)
		if _, _, ok := step(find(e.value, "from"), "token"); !ok {
			r.at(from("header").node, "%s says which header carries the token, and there is no `token`", from("header").name())
		}
	}
	for _, name := range sortedKeys(k.Headers) {
		v := from("headers." + name)
		r.headerName(v, name)
		lower := strings.ToLower(name)
		switch {
		case slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, lower):
			r.at(v.node, "%s is a secret; write it as `token`, and `header` where it does not go as `Authorization: Bearer`", v.name())
		case lower == strings.ToLower(k.Header):
			r.at(v.node, "%s is the header of the token already", v.name())
		case strings.ContainsFunc(k.Headers[name], func(c rune) bool { return c < ' ' || c == 0x7f }):
			r.at(v.node, "%s must be one line of text", v.name())
		}
	}
	return s
}

func (r *reader) pageURL(v value, text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Fragment != "":
		r.at(v.node, "%s is not an address; write one like https://api.example.com/deals", v.name())
	case u.User != nil: // without its text, which is a secret
		r.at(v.node, "%s must not contain a user or a password; `token` is for secrets", v.name())
	default:
		return text
	}
	return ""
}

func (r *reader) headerName(v value, name string) {
	if !regexp.MustCompile(headerNames).MatchString(name) {
		r.at(v.node, "%s: `%s` cannot be the name of a header; write one like X-Api-Key", v.name(), name)
	}
}

// pagingKeys is what stands under `paging`: by and what belongs to it, or one of the short forms.
type pagingKeys struct {
	By        string `yaml:"by" oneof:"cursor link offset none" help:"how to come to the next page"`
	Cursor    value  `yaml:"cursor" help:"jq that gives the cursor of the next page, on a page"`
	Link      value  `yaml:"link" help:"jq that gives the address of the next page, on a page"`
	Offset    string `yaml:"offset" help:"the parameter that says how many records to leave out"`
	Next      value  `yaml:"next" help:"jq that gives the cursor or the address of the next page, on a page"`
	Param     string `yaml:"param" help:"the parameter that takes the cursor or the offset"`
	SizeParam string `yaml:"size param" help:"the parameter that says how many records a page has"`
	Size      int    `yaml:"size" help:"how many records a page has"`
}

// paging reads how to come from one page to the next. A plain word is `by` alone.
func (r *reader) paging(v value) job.Paging {
	var k pagingKeys
	before := len(r.problems.List)
	if _, mapping := pairsOf(v.node); !mapping {
		text, ok := r.text(v)
		if !ok {
			return job.Paging{}
		}
		k.By = r.meant(v, text, field{oneof: []string{job.ByCursor, job.ByLink, job.ByOffset, job.OnePage}})
	} else {
		r.decode(v, &k)
	}
	if len(r.problems.List) > before {
		return job.Paging{}
	}
	has := func(key string) bool { _, _, ok := step(v, key); return ok }
	p := job.Paging{By: k.By, Next: r.program(k.Next), Param: k.Param, SizeParam: k.SizeParam, Size: k.Size}
	forms := 0
	for _, form := range []string{"by", job.ByCursor, job.ByLink, job.ByOffset} {
		if has(form) {
			forms++
		}
	}
	switch {
	case forms == 0 && k.By == "", forms > 1:
		r.at(v.node, "%s needs exactly one of `by`, `cursor`, `link` and `offset`", v.name())
		return p
	case has(job.ByCursor):
		p.By, p.Next = job.ByCursor, r.program(k.Cursor)
	case has(job.ByLink):
		p.By, p.Next = job.ByLink, r.program(k.Link)
	case has(job.ByOffset):
		p.By, p.Param = job.ByOffset, k.Offset
	}
	r.checkPaging(v, p, has)
	return p
}

// checkPaging holds a way of paging to what it needs, and to what says nothing to it.
func (r *reader) checkPaging(v value, p job.Paging, has func(string) bool) {
	example := map[string]string{
		job.ByCursor: "{cursor: .paging.next.after, param: after}",
		job.ByLink:   "link, or {link: .next}",
		job.ByOffset: "{offset: skip}",
		job.OnePage:  "none",
	}[p.By]
	next, param := p.By == job.ByCursor, p.By == job.ByCursor || p.By == job.ByOffset
	switch {
	case next && p.Next == "", param && p.Param == "":
		r.at(v.node, "%s by %s needs more: write it like %s", v.name(), p.By, example)
	case has("next") && (has(job.ByCursor) || has(job.ByLink) || p.By == job.ByOffset || p.By == job.OnePage):
		r.at(v.node, "%s by %s has no `next`; write it like %s", v.name(), p.By, example)
	case has("param") && (has(job.ByOffset) || !param):
		r.at(v.node, "%s by %s has no `param`; write it like %s", v.name(), p.By, example)
	}
	switch {
	case has("size") != has("size param"):
		r.at(v.node, "%s: `size` and `size param` go together: how many records, and the parameter that says so", v.name())
	case has("size") && (p.Size < 1 || p.Size > maxPage):
		size, _, _ := step(v, "size")
		r.at(size.node, "%s must be between 1 and %d", size.name(), maxPage)
	}
}

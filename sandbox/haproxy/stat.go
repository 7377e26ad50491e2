package haproxy

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statForm is an answer of a real one that had nothing to count yet: the header, a frontend, a server and a backend.
//
//go:embed stat.csv
var statForm string

// Kinds of lines, as the first argument but one of show stat adds them up.
const (
	statFrontend = 1
	statBackend  = 2
	statServer   = 4
)

// row is a line of show stat.
type row struct{ names, cells []string }

// newRow is a line of a kind as it was recorded; of what is not set in it nothing is counted.
func newRow(kind int) row {
	lines := strings.Split(statForm, "\n")
	cells := strings.Split(lines[map[int]int{statFrontend: 1, statServer: 2, statBackend: 3}[kind]], ",")
	return row{strings.Split(strings.TrimPrefix(lines[0], "# "), ","), cells}
}

func (r row) set(name, value string) {
	if i := slices.Index(r.names, name); i >= 0 {
		r.cells[i] = value
	}
}

func (r row) number(name string, n int64) { r.set(name, strconv.FormatInt(n, 10)) }

// counted fills in what is counted.
func (r row) counted(kind int, c *count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.number("scur", c.cur)
	r.number("smax", c.most)
	r.number("stot", c.total)
	r.number("req_tot", c.asked)
	for n := 1; n < len(c.codes); n++ {
		r.number("hrsp_"+strconv.Itoa(n)+"xx", c.codes[n])
	}
	if kind == statFrontend {
		r.number("conn_tot", c.total)
		return
	}
	r.number("econ", c.econ)
	r.number("eresp", c.eresp)
	r.number("lbtot", c.total)
	r.number("connect", c.linked)
	if !c.last.IsZero() {
		r.number("lastsess", int64(time.Since(c.last)/time.Second))
	}
}

// showStat answers show stat [PROXY KIND SERVER].
func (s *Server) showStat(p *process, args []string) string {
	var b strings.Builder
	header, _, _ := strings.Cut(statForm, "\n")
	b.WriteString(header + "\n")
	wanted, kinds := "", -1
	if len(args) >= 3 {
		wanted = args[0]
		kinds, _ = strconv.Atoi(args[1])
	}
	id, found := 1, wanted == "" || wanted == "-1"
	line := func(kind int, proxy, server, address string, c *count) {
		if byID := strconv.Itoa(id); wanted != "" && wanted != "-1" && wanted != proxy && wanted != byID {
			return
		}
		found = true
		if kinds >= 0 && kinds&kind == 0 {
			return
		}
		r := newRow(kind)
		r.set("pxname", proxy)
		r.set("svname", server)
		r.number("iid", int64(id))
		if kind == statServer {
			r.set("addr", address)
		}
		if kind == statFrontend {
			r.set("slim", "2000")
		} else {
			r.number("lastchg", int64(time.Since(p.started)/time.Second))
		}
		r.counted(kind, c)
		b.WriteString(strings.Join(r.cells, ",") + "\n")
	}
	for _, f := range s.config.Frontends {
		id++
		line(statFrontend, f.Name, "FRONTEND", "", p.counts[f.Name])
	}
	for _, be := range s.config.backends() {
		id++
		line(statServer, be.Name, be.Server, be.Address, p.counts[be.Name+"/"+be.Server])
		line(statBackend, be.Name, "BACKEND", "", p.counts[be.Name])
	}
	if !found {
		return "No such proxy.\n"
	}
	return b.String()
}

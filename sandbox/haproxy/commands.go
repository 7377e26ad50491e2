package haproxy

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// mapID is the number HAProxy gives to the only map of this configuration.
const mapID = "#2"

// answer is what a command is answered, with its line feeds.
func (s *Server) answer(p *process, words []string) string {
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch at(0) + " " + at(1) {
	case "show map":
		return s.showMap(p, at(2))
	case "get map":
		return s.getMap(p, at(2), at(3))
	case "set map":
		return s.setMap(p, at(2), at(3), at(4))
	case "add map":
		return s.addMap(p, at(2), at(3), at(4))
	case "del map":
		return s.delMap(p, at(2), at(3))
	case "show backend":
		return s.showBackend()
	case "show stat":
		return s.showStat(p, words[2:])
	case "show version":
		return "2.6.12-1+deb12u4\n"
	case "show servers":
		if at(2) == "conn" {
			return s.showConn(p, at(3))
		}
	}
	return unknown(words)
}

const noMap = "Unknown map identifier. Please use #<id> or <file>.\n"

func (s *Server) isMap(name string) bool { return name == s.config.Map || name == mapID }

func (s *Server) showMap(p *process, name string) string {
	if name == "" {
		var used []string
		for _, line := range s.config.uses() {
			used = append(used, fmt.Sprintf("by map at file '%s' line %d", File, line))
		}
		return fmt.Sprintf("# id (file) description\n%s (%s) pattern loaded from file '%s' used %s. curr_ver=0 next_ver=0 entry_cnt=%d\n",
			mapID[1:], s.config.Map, s.config.Map, strings.Join(used, ", "), len(p.table.all()))
	}
	if !s.isMap(name) {
		return noMap
	}
	var b strings.Builder
	for _, e := range p.table.all() {
		fmt.Fprintf(&b, "0x%x %s %s\n", e.id, e.key, e.value)
	}
	return b.String()
}

func (s *Server) getMap(p *process, name, key string) string {
	switch {
	case name == "" || key == "":
		return "Missing map identifier and/or key.\n"
	case !s.isMap(name):
		return noMap
	}
	value, found := p.table.get(key)
	if !found {
		return "type=str, case=sensitive, found=no\n"
	}
	return fmt.Sprintf("type=str, case=sensitive, found=yes, idx=tree, key=%q, value=%q, type=\"str\"\n", key, value)
}

// setMap changes every entry of a key, or the one of an id. Words behind the value are ignored.
func (s *Server) setMap(p *process, name, key, value string) string {
	switch {
	case name == "" || key == "" || value == "":
		return "'set map' expects three parameters: map identifier, key and value.\n"
	case !s.isMap(name):
		return noMap
	case p.table.set(meant(key), value):
		s.moved(key, value)
		return ""
	case strings.HasPrefix(key, "#"):
		return "key or pattern not found.\n"
	}
	return "entry not found.\n"
}

// addMap appends an entry, also where there is one of its key, which then counts still.
func (s *Server) addMap(p *process, name, key, value string) string {
	switch {
	case name == "" || key == "" || value == "":
		return "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload\n"
	case !s.isMap(name):
		return noMap
	}
	p.table.add(key, value)
	return ""
}

func (s *Server) delMap(p *process, name, key string) string {
	switch {
	case !s.isMap(name):
		return noMap
	case key == "":
		return "This command expects two parameters: map identifier and key.\n"
	case p.table.del(meant(key)):
		return ""
	}
	return "Key not found.\n"
}

// meant finds entries by their key, or by the id behind a #.
func meant(key string) func(entry) bool {
	if ref, ok := strings.CutPrefix(key, "#"); ok {
		id, err := strconv.ParseUint(ref, 0, 64)
		return func(e entry) bool { return err == nil && e.id == id }
	}
	return func(e entry) bool { return e.key == key }
}

func (s *Server) showBackend() string {
	var b strings.Builder
	b.WriteString("# name\n")
	for _, be := range s.config.backends() {
		b.WriteString(be.Name + "\n")
	}
	return b.String()
}

// showConn is how many connections each server has.
func (s *Server) showConn(p *process, backend string) string {
	var b strings.Builder
	b.WriteString("# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]\n")
	found := backend == ""
	for n, be := range s.config.backends() {
		if backend != "" && backend != be.Name {
			continue
		}
		found = true
		host, port, _ := net.SplitHostPort(be.Address)
		c := p.counts[be.Name+"/"+be.Server]
		c.mu.Lock()
		cur, most := c.cur, c.most
		c.mu.Unlock()
		fmt.Fprintf(&b, "%s/%s %d/1 %s %s - 5000 %d %d %d 0 0 -1 0 0 0\n", be.Name, be.Server, s.firstBackend()+n, host, port, cur, most, most)
	}
	if !found {
		return "Can't find backend.\n"
	}
	return b.String()
}

// firstBackend is the id of the first backend. Ids count proxies in the order of the file; 1 is one of HAProxy's own.
func (s *Server) firstBackend() int { return 2 + len(s.config.Frontends) }

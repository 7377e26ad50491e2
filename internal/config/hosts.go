package config

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// SSH is how Pawl logs in to hosts. Paths are as they stand in the file.
type SSH struct {
	Key        string `yaml:"key" help:"file of the private key that logs in; without it those in ~/.ssh and the agent"`
	KnownHosts string `yaml:"known hosts" help:"file with the keys of the hosts; ~/.ssh/known_hosts when not given"`
}

// readHosts reads `hosts:`: a name, and where it is.
func (r *reader) readHosts(v value) map[string]job.Host {
	r.hosts = map[string]job.Host{}
	name := regexp.MustCompile(hostNames)
	for _, e := range r.entries(v) {
		if !name.MatchString(e.key) {
			r.at(e.keyNode, "`%s` cannot be the name of a host; use small letters, digits, dots and dashes", e.key)
		}
		address, ok := r.text(e.value)
		if !ok {
			continue
		}
		if err := checkAddress(address); err != nil {
			r.at(e.value.node, "%s: %v", e.value.name(), err)
		}
		r.hosts[e.key] = job.Host{Name: e.key, Address: address}
	}
	return r.hosts
}

// hostNamed is the host a section refers to by name.
func (r *reader) hostNamed(v value) job.Host {
	name, ok := r.text(v)
	if !ok {
		return job.Host{}
	}
	h, ok := r.hosts[name]
	if !ok {
		r.at(v.node, "%s: no host is called `%s`%s", v.name(), name, choose(name, keys(r.hosts)))
	}
	return h
}

// checkAddress checks [user@]host[:port], where an IPv6 address with a port stands in square brackets.
func checkAddress(address string) error {
	user, rest, found := strings.Cut(address, "@")
	if !found {
		user, rest = "", address
	}
	if found && !isUser(user) {
		return errors.New("what stands before the @ is not a user name; write [user@]host[:port]") // and may be a password
	}
	host, port, err := splitPort(rest)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return fmt.Errorf("`%s` is not a port; ports go from 1 to 65535", port)
	}
	if a, err := netip.ParseAddr(host); err == nil && only(a.Zone(), "") {
		return nil
	}
	if !isHostname(host) {
		return fmt.Errorf("`%s` is not an address; write [user@]host[:port]", host)
	}
	return nil
}

// isUser reports whether this can be the name of a user on a host. Like a host, it must not begin with a dash: ssh would
// take it for an option.
func isUser(s string) bool {
	s = strings.TrimSuffix(s, "$") // of machine accounts
	return s != "" && !strings.HasPrefix(s, "-") && only(s, "._-")
}

func isHostname(s string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !only(label, "_-") {
			return false
		}
	}
	return len(s) <= 253
}

// only reports whether there are only ASCII letters, digits and these characters in s.
func only(s, also string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(also, r)
	})
}

// splitPort cuts the port off. Two colons or more outside brackets are an IPv6 address without one.
func splitPort(s string) (host, port string, err error) {
	if inner, after, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok && strings.HasPrefix(s, "[") {
		port, ok := strings.CutPrefix(after, ":")
		if a, err := netip.ParseAddr(inner); err != nil || !a.Is6() || after != "" && (!ok || port == "") {
			return "", "", fmt.Errorf("`%s` is not an IPv6 address in brackets with a port: [2001:db8::1]:22", s)
		}
		return inner, port, nil
	}
	if strings.Count(s, ":") == 1 {
		host, port, _ = strings.Cut(s, ":")
		if port == "" {
			return "", "", errors.New("a port is missing after the colon")
		}
		return host, port, nil
	}
	return s, "", nil
}

package job

// Kinds of load balancers, as pawl.yaml names them.
const (
	TrafficHAProxy = "haproxy" // a map file, and the admin socket beside it
	TrafficNginx   = "nginx"   // a file with the servers of an upstream, and a reload
	TrafficCaddy   = "caddy"   // the admin API
	TrafficScript  = "script"  // a script of the company's own, run on a host
)

// Traffic is where it is decided which instance of an environment serves users. What is in it is pinned by a plan: a later
// edit of pawl.yaml never changes a run under way.
type Traffic struct {
	Kind    string `json:"kind,omitempty"`
	Host    Host   `json:"host,omitzero"`     // where the load balancer is; of TrafficCaddy only its name
	Map     string `json:"map,omitempty"`     // path there: HAProxy's map file, or the file nginx includes
	Socket  string `json:"socket,omitempty"`  // path there: HAProxy's admin socket
	Program string `json:"program,omitempty"` // nginx, or what is called in its place there; empty: the one on PATH
	Key     string `json:"key,omitempty"`     // what the environment is called: "shop/master", the first word of a line of the map
	URL     string `json:"url,omitempty"`     // of Caddy's admin API
	ID      string `json:"id,omitempty"`      // the @id of Caddy's reverse_proxy handler
	Script  string `json:"script,omitempty"`  // the text of the company's own script
	// Backends are the instances that take turns, and what the load balancer knows each by: the name of a backend, or a
	// host and port.
	Backends map[string]string `json:"backends,omitempty"`
}

// Zero reports whether nobody decides.
func (t Traffic) Zero() bool { return t.Kind == "" }

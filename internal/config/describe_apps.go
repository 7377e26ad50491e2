package config

import (
	"fmt"

	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/job"
)

func (d describer) apps() *schema.Node {
	app := d.keys(appKeys{Health: defaultHealth, Tasks: defaultTasks}).
		Set("also", names("roi hunter")).
		Set("build", schema.OneOf(text("by hand"), d.build())).
		Set("traffic", d.traffic()).
		Set("health", belowAddress(defaultHealth)).Set("tasks", belowAddress(defaultTasks)).
		Set("environments", d.environments()).
		Set("deploy", d.deploy(deployDefaults()))
	n := named("app", app.With("an app"), "shop", "crm", "blog", "wiki", "desk")
	n.Names = things()
	return n
}

func things() *schema.Node {
	return matching(thingNames, "one word of small letters, digits, - and _; other names go under `also`", 0)
}

// belowAddress is a path on an instance.
func belowAddress(example string) *schema.Node {
	return &schema.Node{Kind: schema.Text, Example: example, Pattern: paths, Like: "Not a path; write one such as " + example + "."}
}

// environments are names with instances under them, and a few keys that are no instance.
func (d describer) environments() *schema.Node {
	instance := d.keys(instanceKeys{}).
		Set("url", address("http://app-1:8080")).
		ExampleOf("icon", `":sunny:"`).
		Set("also", names("azure")).
		Set("health", belowAddress(defaultHealth)).AbsentOf("health", "that of the app").
		Set("tasks", belowAddress(defaultTasks)).AbsentOf("tasks", "that of the app")
	environment := named("instance", instance.With("an instance"), "blue", "green")
	environment.Names = things()
	environment.Keys = []schema.Key{
		{Name: "also", Node: names("production").With("other names of the environment")},
		{Name: "url", Node: address("https://shop.acme.test").With("where users reach it, through the load balancer")},
		{Name: "deploy", Node: d.deploy(deployKeys{}).With("what is different here from `deploy` of the app")},
	}
	for i := range environment.Key("deploy").Keys {
		environment.Key("deploy").Keys[i].Default = ""
		environment.Key("deploy").Keys[i].Absent = "that of the app"
	}
	n := named("environment", environment.With("an environment, and its instances"), "master", "staging")
	n.Names = things()
	return n
}

func deployDefaults() deployKeys {
	return deployKeys{Healthy: defaultHealthy, Within: defaultWithin, Bake: defaultBake, Drain: defaultDrain, Cron: true}
}

func (d describer) deploy(defaults deployKeys) *schema.Node {
	share := &schema.Node{Kind: schema.Percent, Pattern: `^\s*` + shares[1:len(shares)-1] + `\s*$`, Like: "No part of all requests; write one like 2 % or 0.5 %."}
	return d.keys(defaults).
		Bounds("healthy", 1, maxHealthy).
		Long("within", atMost(maxProving)).Long("bake", atMost(maxBake)).Long("drain", atMost(maxDrain)).
		Set("errors", share).DefaultOf("errors", fmt.Sprintf("%d %%", defaultErrors)).
		Set("channel", channel()).AbsentOf("channel", "`"+releasesIn+"` under `channels`, when it is there")
}

func (d describer) build() *schema.Node {
	changes := d.keys(changesKeys{}).
		Set("script", &schema.Node{Kind: schema.File}).
		Set("git", text("/srv/git/shop.git")).
		Set("tag", text(`"v{version}"`)).
		Rule(schema.ExactlyOne, []string{"script"}, []string{"git"}).
		Need("git", "tag")
	changes.Key("tag").Absent = "`{version}`"
	parameters := named("parameter", text(`"{version}"`).With("its value"), "VERSION")
	parameters.Names = parameterName()
	return d.keys(buildKeys{}).
		Set("jenkins", text("shop/build")).
		Set("parameters", parameters).
		Set("run id", parameter()).AbsentOf("run id", "that of the section `jenkins`").
		Set("version", parameter()).AbsentOf("version", "the name Jenkins shows for a build").
		Set("changes", changes).
		Rule(schema.AtLeastOne, []string{"jenkins"}, []string{"changes"}).
		Need("jenkins", "parameters", "run id", "version")
}

func parameterName() *schema.Node {
	return matching(parameterNames, "letters, digits, dots, - and _", maxParameter)
}

// parameter is the name of a parameter as a value.
func parameter() *schema.Node {
	n := parameterName()
	n.Example = "RELEASE"
	return n
}

// traffic is one of four kinds of load balancers.
func (d describer) traffic() *schema.Node {
	return schema.OneOf(
		d.keys(haproxyKeys{}).
			Set("map", text("/etc/haproxy/active.map")).
			Set("socket", text("/run/haproxy/admin.sock")).
			Set("backend", text(`"{app}-{instance}"`)).DefaultOf("backend", `"{instance}"`).
			Require(job.TrafficHAProxy),
		d.keys(nginxKeys{}).
			Set("file", text(`"/etc/nginx/pawl/{app}-{environment}.conf"`)).
			Set("program", text("/usr/local/sbin/our-nginx")).
			Require(job.TrafficNginx),
		d.keys(caddyKeys{}).
			Set("caddy", address("http://lb:2019")).
			Set("id", text(`"{app}-{environment}"`)).
			Require(job.TrafficCaddy),
		d.keys(balancerScriptKeys{}).
			Set("script", &schema.Node{Kind: schema.File}).
			Require(job.TrafficScript),
	)
}

func (d describer) freezes() *schema.Node {
	freeze := d.keys(freezeKeys{}).
		Set("when", &schema.Node{Kind: schema.Times, Example: "friday 16:00 to monday 6:00", Offered: []string{"friday 16:00 to monday 6:00", "saturday to sunday", "wednesday", "daily 22:00 to 6:00", "weekdays 12:00 to 13:00"}}).
		Set("from", text("2026-12-20")).
		Set("to", text("2027-01-03 18:00")).
		Set("calendar", &schema.Node{Kind: schema.File, Example: "freeze.ics"}).
		Set("environments", names("master")).
		Set("because", sentenceNode("nobody is here to help")).
		Rule(schema.ExactlyOne, []string{"when"}, []string{"from", "to"}, []string{"calendar"}).
		Need("to", "from").Need("from", "to")
	return named("freeze", freeze.With("a freeze"), "weekend", "holidays", "company")
}

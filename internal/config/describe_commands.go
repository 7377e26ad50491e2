package config

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/config/schema"
)

func commandName() *schema.Node {
	return matching(commandNames, likeWords("words of small letters, digits and -, with one space between them", maxTitle), maxTitle)
}

func (d describer) runbooks() *schema.Node {
	one := d.described(d.keys(runbookKeys{})).
		Set("lane", text("cache/shop")).
		Set("safe", sentenceNode("The shop works without its cache, only slower.")).
		Set("steps", d.steps()).
		Rule(schema.AtLeastOne, []string{"help", "steps"}, []string{"retired"})
	n := named("command", one.With("a command"), "clear cache")
	n.Names = commandName()
	return n
}

func (d describer) looks() *schema.Node {
	one := d.described(d.keys(askedKeys{})).
		Set("http", schema.OneOf(d.callText(http.MethodGet), d.call().Without("retries", "line"))).
		Set("script", &schema.Node{Kind: schema.File}).
		Set("host", host()).
		Set("args", d.variables()).
		Set("line", jq(`'"version \(.version)"'`)).
		Need("script", "host", "args").Need("host", "script").
		Rule(schema.AtLeastOne, []string{"help"}, []string{"retired"}).
		Rule(schema.AtLeastOne, []string{"http"}, []string{"script"}, []string{"retired"}).
		Rule(schema.AtMostOne, []string{"http"}, []string{"script"})
	one.ExampleOf("help", "which version of the shop users see")
	one.Key("http").Either[1].DefaultOf("within", WriteDuration(lookWithin)).Long("within", between(time.Second, lookWithin)).DefaultOf("method", http.MethodGet)
	n := named("command", one.With("a look"), "shop version", "disk space", "queue length", "free hosts", "open orders")
	n.Names = commandName()
	return n
}

// described is what runbooks and looks have in common.
func (d describer) described(n *schema.Node) *schema.Node {
	n.Set("help", sentenceNode("empty the shop's page cache")).
		Set("arguments", d.arguments()).
		Set("retired", sentenceNode("Use clear cache instead."))
	n.Key("examples").Each.Kind = schema.Command
	return n
}

func (d describer) arguments() *schema.Node {
	one := d.keys(argumentKeys{}).
		Set("one of", &schema.Node{Kind: schema.List, Each: text("staging"), Most: maxOneOf}).
		ExampleOf("from", "1").ExampleOf("to", "100").
		ExampleOf("after", "because").
		Set("help", sentenceNode("which one")).
		Set("default", schema.OneOf(text("staging"), &schema.Node{Kind: schema.Whole})).
		Rule(schema.AtMostOne, []string{"one of"}, []string{"number", "from", "to"}, []string{"words"})
	n := named("argument", one.With("an argument; without `one of`, `number` and `words` it is one word"), "environment", "count", "reason")
	n.Names = matching(argumentNames, likeWords("small letters, digits and _", maxArgument), maxArgument)
	n.Most, n.Shape = maxArguments, "arguments"
	return n
}

// steps are a list, each item one name and what it does; `together` is such a list.
func (d describer) steps() *schema.Node {
	step := named("step", d.step().With("what it does"), "Empty the cache")
	step.One, step.Names = true, &schema.Node{Kind: schema.Text, Most: maxTitle}
	beside := &schema.Node{Kind: schema.List, Each: step, Most: maxTogether, Help: "steps that run at the same time"}
	stage := *step
	stage.Keys = []schema.Key{{Name: "together", Node: beside}}
	return &schema.Node{Kind: schema.List, Each: &stage, Most: maxSteps}
}

// step is one of the things a step can do, with its flags.
func (d describer) step() *schema.Node {
	script := d.keys(scriptStepKeys{}).
		Set("script", &schema.Node{Kind: schema.File}).
		Set("host", host()).
		Set("hosts", &schema.Node{Kind: schema.List, Each: host(), Most: maxHosts}).
		Bounds("rolling", 1, maxHosts).
		Set("at failure", &schema.Node{Kind: schema.Text, Words: failures(), Default: failStop}).
		Set("args", d.variables()).
		Rule(schema.ExactlyOne, []string{"host"}, []string{"hosts"}).
		Need("hosts", "rolling", "at failure")
	one := func(kind, help string, n *schema.Node) *schema.Node {
		return &schema.Node{Kind: schema.Group, Keys: []schema.Key{{Name: kind, Node: n.With(help), Required: true}}}
	}
	all := schema.OneOf(
		script,
		one("http", "a call over HTTP: a method and an address, or more about it", schema.OneOf(d.callText(http.MethodPost), d.call())),
		one("jenkins", "a job of Jenkins with its folders, or more about it", schema.OneOf(text("shop/smoke"), d.jenkinsStep())),
		one("ask", "a question: whether to go on", schema.OneOf(text("Is it fine?"), d.ask())),
		one("wait", "a time to wait, an address that has to answer well, or more about it", schema.OneOf(waiting(), address("https://shop.acme.test/health"), d.wait())),
		one("say", "a sentence in the run's thread, or more about it", schema.OneOf(text("It is fresh"), d.say())),
	)
	for _, n := range all.Either {
		n.Keys = append(n.Keys, d.keys(stepFlags{}).Keys...)
	}
	all.Shape = "step"
	return all
}

// waiting is a time to wait.
func waiting() *schema.Node {
	n := duration()
	n.Range, n.Example = between(time.Second, maxWait), "30s"
	return n
}

// variables are what a script gets besides the arguments.
func (d describer) variables() *schema.Node {
	n := named("variable", text(`"/var/cache/shop"`).With("its value, which may name arguments"), "CACHE_DIR")
	n.Names = matching(variables, "letters, digits and _, such as CACHE_DIR", 0)
	return n
}

// callText is the short form of a call. Without a method it is the one given.
func (d describer) callText(method string) *schema.Node {
	n := &schema.Node{Kind: schema.URL, Example: "https://shop.acme.test/warm"}
	if method != http.MethodGet {
		n.Example = strings.Join([]string{method, n.Example}, " ")
	}
	return n
}

func (d describer) call() *schema.Node {
	header := schema.OneOf(text("application/json"), &schema.Node{Kind: schema.Secret}).With("its value")
	headers := named("header", header, "X-Api-Key", "X-Team")
	headers.Names = matching(headerNames, "letters, digits and dashes, such as X-Api-Key", 0)
	n := d.keys(httpKeys{Within: callWithin}).
		Set("method", &schema.Node{Kind: schema.Text, Offered: methods(), Example: http.MethodPost}).AbsentOf("method", "`POST` with something to send, else `GET`").
		Set("url", address("https://shop.acme.test/warm")).
		Set("headers", headers).
		Set("body", text("all of it")).
		Set("json", &schema.Node{Kind: schema.Anything}).
		Set("form", named("field", text(`"5"`).With("its value, which may name arguments"), "sku")).
		Set("expect", statuses()).DefaultOf("expect", "2xx").
		Set("holds", jq(".ok")).Set("line", jq(".version")).
		Bounds("retries", 0, maxRetries).AbsentOf("retries", fmt.Sprintf("%d for GET and HEAD, else 0", callRetries)).
		Long("within", between(time.Second, maxWithin)).
		Rule(schema.AtMostOne, []string{"body"}, []string{"json"}, []string{"form"})
	return n
}

// statuses are answers that are good.
func statuses() *schema.Node {
	one := &schema.Node{Kind: schema.Text, Example: "2xx", Pattern: `^\s*([2-5](xx|XX)|[2-5][0-9][0-9])\s*(,\s*([2-5](xx|XX)|[2-5][0-9][0-9])\s*)*$`, Like: `Not a status; write one such as 200, 2xx or "200, 404".`}
	least, most := int64(200), int64(599)
	number := &schema.Node{Kind: schema.Whole, Min: &least, Max: &most, Example: "200"}
	return schema.Of(schema.OneOf(one, number))
}

func (d describer) jenkins() *schema.Node {
	return d.keys(jenkinsKeys{}).
		Set("url", address("https://jenkins.acme.test")).
		ExampleOf("user", "pawl").
		Set("run id", parameter()).DefaultOf("run id", defaultRunID)
}

func (d describer) jenkinsStep() *schema.Node {
	parameters := named("parameter", text("master").With("its value, which may name arguments"), "ENVIRONMENT")
	parameters.Names = parameterName()
	return d.keys(jenkinsStepKeys{}).
		Set("job", text("shop/smoke")).
		Set("branch", text("main")).
		Set("parameters", parameters).
		Set("run id", parameter()).AbsentOf("run id", "that of the section `jenkins`").
		AbsentOf("within", "however long it takes").Long("within", between(time.Minute, maxWait))
}

func (d describer) ask() *schema.Node {
	return d.keys(askKeys{}).
		Set("question", text("Is it fine?")).
		ExampleOf("button", "Open the shop").AbsentOf("within", longQuestion).Long("within", between(time.Minute, maxWait))
}

func (d describer) wait() *schema.Node {
	until := d.call().Without("retries", "body", "json", "form").DefaultOf("method", http.MethodGet)
	until.Set("method", &schema.Node{Kind: schema.Text, Offered: []string{http.MethodGet, http.MethodHead}, Example: http.MethodHead})
	return d.keys(waitKeys{Times: 1, Within: waitWithin}).
		Set("until", schema.OneOf(address("https://shop.acme.test/health"), until)).
		Set("expect", statuses()).DefaultOf("expect", "2xx").
		Set("holds", jq(".ok")).
		Bounds("times", 1, maxTimes).
		Long("within", between(time.Second, maxWait))
}

func (d describer) say() *schema.Node {
	return d.keys(sayKeys{}).
		Set("text", text("It is fresh")).
		Set("channel", channel())
}

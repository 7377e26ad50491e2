package page_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMarkup(t *testing.T) {
	play(t, map[string]scene{
		"every rule of mrkdwn": everyRule,
		"any text at all":      anyText,
		"dates":                dates,
		"typed text":           typedText,
		"blocks":               everyBlock,
		"rich text":            richText,
		"hostile text":         hostileText,
	})
}

// module is the address of one of the page's modules, as the page knows it.
func module(name string) string {
	return `document.querySelector('link[rel=modulepreload][href$="/js/` + name + `.js"]').href`
}

// everyRule reads mrkdwn into a compact form: *b* _i_ ~s~ `c` as <b> and so on.
func everyRule(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	for in, want := range map[string]string{
		"":                                "<line>",
		"plain":                           "<line>plain",
		"two\nlines":                      "<line>two|<line>lines",
		"*bold* _italic_ ~struck~ `code`": "<line><bold>bold</> <italic>italic</> <strike>struck</> <code:code>",
		"*all _of ~it~_*":                 "<line><bold>all <italic>of <strike>it</></></>",
		"(*bold*), *bold*.":               "<line>(<bold>bold</>), <bold>bold</>.",
		"*two words*":                     "<line><bold>two words</>",
		// Marks count only at the edges of words.
		"toy_alice_old and 2*3*4":     "<line>toy_alice_old and 2*3*4",
		"* not bold *":                "<line>* not bold *",
		"** __ ~~":                    "<line>** __ ~~",
		"*open":                       "<line>*open",
		"*over\nlines*":               "<line>*over|<line>lines*",
		"é*b*":                        "<line>é*b*",
		"*b*é":                        "<line>*b*é",
		"&amp;*b*":                    "<line>&<bold>b</>",
		"*`*`*":                       "<line><bold><code:*></>",
		"*<https://a.test/?a*b|x>*":   "<line><bold><link:https://a.test/?a*b>x</></>",
		"`*not bold*`":                "<line><code:*not bold*>",
		"`open":                       "<line>`open",
		"``":                          "<line>``",
		"`<@U0BOB> &amp; &lt;b&gt;`":  "<line><code:<@U0BOB> & <b>>",
		"&amp;lt; &lt;b&gt; &quot; &": "<line>&lt; <b> &quot; &",
		// Fences.
		"```a\nb```":              "<pre:a\nb>",
		"before ```in``` after":   "<line>before |<pre:in>|<line> after",
		"```\nx\n```":             "<pre:x>",
		"```*x* &lt;y&gt; :x:```": "<pre:*x* <y> :x:>",
		"``` open":                "<line>``` open",
		"``````":                  "<line>``````",
		"a ```b``` c ```d":        "<line>a |<pre:b>|<line> c ```d",
		// Quotes and items.
		"&gt; one\n&gt;two\nout":  "<quote>one/two|<line>out",
		"> typed":                 "<quote>typed",
		"a &gt; b":                "<line>a > b",
		"• item\n- item\n1. item": "<item>• item|<item>- item|<item>1. item",
		"-1 is no item":           "<line>-1 is no item",
		// What stands in angle brackets.
		"<@U0BOB>":                           "<line><user:U0BOB>",
		"<@U0BOB|bob>":                       "<line><user:U0BOB>",
		"<#C0OPS|ops>":                       "<line><channel:C0OPS>",
		"<!subteam^S0ONCALL|@oncall>":        "<line><group:S0ONCALL>",
		"<!here> <!channel> <!everyone>":     "<line><broadcast:here> <broadcast:channel> <broadcast:everyone>",
		"<https://a.test|a &amp; *b*>":       "<line><link:https://a.test>a & *b*</>",
		"<https://a.test/?x=1&amp;y=2>":      "<line><link:https://a.test/?x=1&y=2>https://a.test/?x=1&y=2</>",
		"<mailto:jana@acme.test>":            "<line><link:mailto:jana@acme.test>jana@acme.test</>",
		"<!date^1733234820^{time}|14:07>":    "<line><date:1733234820>",
		"<!unknown|label>":                   "<line><!unknown|label>",
		"<javascript:alert(1)|click>":        "<line><javascript:alert(1)|click>",
		"<data:text/html,x|click>":           "<line><data:text/html,x|click>",
		"<>":                                 "<line><>",
		"a < b":                              "<line>a < b",
		"<b <@U0BOB>":                        "<line><b <user:U0BOB>",
		"see https://a.test/x_y_z?q=1, then": "<line>see <link:https://a.test/x_y_z?q=1>https://a.test/x_y_z?q=1</>, then",
		"(http://a.test)":                    "<line>(<link:http://a.test>http://a.test</>)",
		"xhttps://a.test":                    "<line>xhttps://a.test",
		"https://":                           "<line>https://",
		// Emoji.
		":white_check_mark: done :+1:":  "<line><emoji:white_check_mark> done <emoji:+1>",
		":wave::skin-tone-3:":           "<line><emoji:wave>",
		":not_an_emoji: 10:30:00 :x":    "<line>:not_an_emoji: 10:30:00 :x",
		"*:large_blue_circle: blue* 😀é": "<line><bold><emoji:large_blue_circle> blue</> 😀é",
	} {
		got := eval[string](b, `import(`+module("mrkdwn")+`).then(({parse}) => {
			const inline = (ns) => ns.map(n => n.type === "text" ? n.text : n.inline
				? "<" + n.type + (n.url ? ":" + n.url : "") + ">" + inline(n.inline) + "</>"
				: "<" + n.type + ":" + (n.id ?? n.name ?? n.ts ?? n.text) + ">").join("");
			return parse(`+quote(in)+`).map(b => b.type === "pre" ? "<pre:" + b.text + ">"
				: b.type === "quote" ? "<quote>" + b.lines.map(inline).join("/")
				: (b.item ? "<item>" : "<line>") + inline(b.inline)).join("|");
		})`)
		require.Equal(t, want, got, "%q", in)
	}
	b.quiet()
}

// anyText throws made-up text at the parser and the drawing: whatever comes, it
// ends soon, loses no text outside markup and makes none but the known elements.
func anyText(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	trouble := eval[[]string](b, `Promise.all([import(`+module("mrkdwn")+`), import(`+module("text")+`)]).then(([{parse, escape}, {mrkdwn}]) => {
		let seed = 1;
		const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
		const pieces = ["*", "_", "~", "`+"`"+`", "`+"```"+`", "<", ">", "&", "&amp;", "&lt;", "|", "@", "!", "#", "^", ":", ":x:", "\n", " ", "a", "é", "😀", "\ud800", "0", ".",
			"<@U1>", "<!date^1^{time}|x>", "<http://a|b>", "<javascript:x>", "http://a.b", "<script>", "\"", "'", "{", "}", "- ", "&gt; ", "\u202e", "\0"];
		const allowed = new Set(["DIV", "B", "I", "S", "CODE", "PRE", "BLOCKQUOTE", "SPAN", "A", "TIME"]);
		const directory = {userName: () => undefined, groupName: () => undefined, channel: () => undefined};
		const trouble = [];
		for (let round = 0; round < 6000; round++) {
			const text = Array.from({length: random(40)}, () => pieces[random(pieces.length)]).join("");
			try {
				const el = mrkdwn(text, directory);
				for (const e of el.querySelectorAll("*")) {
					if (!allowed.has(e.tagName)) trouble.push(e.tagName + " from " + JSON.stringify(text));
					for (const a of e.attributes) if (!["class", "href", "target", "rel", "role", "aria-label", "title", "datetime"].includes(a.name)) trouble.push(a.name + " from " + JSON.stringify(text));
					if (e.href && !/^(https?|mailto):/.test(e.href)) trouble.push(e.href + " from " + JSON.stringify(text));
				}
				const plain = mrkdwn(escape(text.replace(/[*_~`+"`"+`:<>]|http/g, "").replace(/^(&gt;|>) ?/gm, "")), directory);
				if (plain.textContent !== text.replace(/[*_~`+"`"+`:<>]|http/g, "").replace(/^(&gt;|>) ?/gm, "").replaceAll("\n", "")) trouble.push("lost text of " + JSON.stringify(text));
			} catch (e) {
				trouble.push(e + " from " + JSON.stringify(text));
			}
		}
		for (const piece of ["*", "_a ", "<", "`+"`"+`", "&", "*a ", "<a|", ":", ":x", "http://", "- ", "*_~", "~*_a"]) {
			const begun = performance.now();
			parse(piece.repeat(40000 / piece.length));
			const ms = performance.now() - begun;
			if (ms > 2000) trouble.push(Math.round(ms) + " ms for " + piece);
		}
		return trouble.slice(0, 5);
	})`)
	require.Empty(t, trouble)
	b.quiet()
}

func dates(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "") // in Prague
	const ts = "1733234820"                   // 2024-12-03 14:07:00 UTC
	for format, want := range map[string]string{
		"{time}":                        "15:07",
		"{time_secs}":                   "15:07:00",
		"{date_num} {time}":             "2024-12-03 15:07",
		"{date}":                        "December 3, 2024",
		"{date_short}":                  "Dec 3, 2024",
		"{date_long}":                   "Tuesday, December 3, 2024",
		"on {date_long_pretty}":         "on yesterday",
		"{date_short_pretty} at {time}": "Yesterday at 15:07",
		"{ago}":                         "22 h 52 min ago",
		"no {placeholder}":              "undefined",
		"{constructor}":                 "undefined",
	} {
		require.Equal(t, want, eval[string](b, `import(`+module("dates")+`).then(({slackDate}) => String(slackDate(`+ts+`, `+quote(format)+`, new Date(1733317140000))))`), format)
	}
	for ms, want := range map[int]string{
		-5: "0 s", 3200: "3 s", 59999: "59 s", 60000: "1 min", 3600000: "1 h", 3900000: "1 h 5 min", 86400000: "1 day", 259200000: "3 days",
	} {
		require.Equal(t, want, eval[string](b, `import(`+module("dates")+`).then(({duration}) => duration(`+quoteAny(ms)+`))`), "%d ms", ms)
	}
	w.post("D0ALICE", args{"text": "at <!date^" + ts + "^{time}|14:07 UTC> or <!date^" + ts + "^^https://acme.test/log|14:07 UTC>"})
	b.wait(`document.querySelector("#conversation .content")?.innerText === "at 15:07 or 14:07 UTC"`)
	require.Equal(t, "https://acme.test/log", eval[string](b, `document.querySelector("#conversation .content a").href`))
	b.quiet()
}

func typedText(ctx context.Context, t *testing.T, w *world) {
	b := w.as(ctx, t, desktop(), "alice", "")
	for typed, want := range map[string]string{
		"toy":                           "toy",
		"@Pawl toy":                     "<@U0PAWL> toy",
		"@pawl, @BOB & @Bob Brandt":     "<@U0PAWL>, <@U0BOB> &amp; <@U0BOB>",
		"@Bobby @pawlow mail@pawl":      "@Bobby @pawlow mail@pawl",
		"@engineering @sales-team @ops": "<!subteam^S0ENGINEERING> <!subteam^S0SALESTEAM> @ops",
		"#ops #ops-alerts #nothing":     "<#C0OPS> <#C0OPSALERTS> #nothing",
		"@here now":                     "<!here> now",
		"<@U0PAWL> 1<2":                 "&lt;@U0PAWL&gt; 1&lt;2",
		"`@Pawl` ```\n@Bob```":          "`@Pawl` ```\n@Bob```",
	} {
		b.do(focusComposer())
		eval[bool](b, `(f => (f.value = `+quote(typed)+`, true))(document.querySelector("#composer-main"))`)
		b.press("Enter")
		b.wait(`document.querySelector("#composer-main").value === "" && !document.querySelector(".composer-note").innerText`)
		w.waitFor(func() bool {
			said := w.call("xoxp-alice", "conversations.history", args{"channel": "D0ALICE", "limit": "1"})["messages"].([]any)
			return len(said) == 1 && said[0].(map[string]any)["text"] == want
		}, "%q is sent as %q", typed, want)
	}
	b.quiet()
}

func everyBlock(ctx context.Context, t *testing.T, w *world) {
	gallery(w)
	b := w.as(ctx, t, desktop(), "alice", "#C0SHOPDEV")
	b.wait(`document.querySelector("#conversation pre")`)
	for selector, want := range map[string]string{
		"h3.header":                          "Everything at once 🎉",
		".section b":                         "bold",
		".section i":                         "italic",
		".section s":                         "struck",
		".section code":                      "code",
		".section blockquote":                "a quote of two lines",
		".section .line.item":                "• an item",
		".fields .field":                     "Version 2024.51",
		".context":                           "restart-3x9q7d plain 👀 a picture from elsewhere",
		".mention[href='#C0OPS']":            "#ops",
		".actions .button.primary":           "Approve",
		".actions .button.danger":            "Deny",
		".actions .press:last-child .button": "Not now",
	} {
		require.Equal(t, want, strings.Join(strings.Fields(b.text("#conversation "+selector)), " "), selector)
	}
	require.Zero(t, eval[int](b, `document.querySelectorAll("#conversation .content img").length`), "pictures from elsewhere are not asked for")

	w.post("C0SHOPDEV", args{"text": "*only* text &amp; `code`"})
	b.wait(`[...document.querySelectorAll("#conversation .content")].at(-1).innerText === "only text & code"`)
	b.quiet()
}

func richText(ctx context.Context, t *testing.T, w *world) {
	section := func(e ...args) args { return args{"type": "rich_text_section", "elements": e} }
	w.post("C0SHOPDEV", args{"text": "rich", "blocks": []args{{"type": "rich_text", "elements": []args{
		section(args{"type": "text", "text": "bold & <b>", "style": args{"bold": true}}, args{"type": "user", "user_id": "U0BOB"},
			args{"type": "emoji", "name": "eyes"}, args{"type": "link", "url": "https://acme.test", "text": "link"}),
		{"type": "rich_text_list", "style": "ordered", "elements": []args{
			section(args{"type": "text", "text": "first"}), section(args{"type": "text", "text": "second"}),
		}},
		{"type": "rich_text_quote", "elements": []args{{"type": "text", "text": "quoted"}}},
		{"type": "rich_text_preformatted", "elements": []args{{"type": "text", "text": "as it is"}}},
	}}}})
	b := w.as(ctx, t, desktop(), "alice", "#C0SHOPDEV")
	b.wait(`document.querySelector("#conversation ol")`)
	require.Equal(t, "bold & <b>@Bob👀link", b.text("#conversation .content .line"))
	require.Equal(t, "bold & <b>", b.text("#conversation .content b"))
	require.Equal(t, "first\nsecond", b.text("#conversation .content ol"))
	require.Equal(t, "quoted", b.text("#conversation .content blockquote"))
	require.Equal(t, "as it is", b.text("#conversation .content pre"))
	b.quiet()
}

// hostileText: whatever an app, a script's log or a person writes stays text.
func hostileText(ctx context.Context, t *testing.T, w *world) {
	evil := `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><a href="javascript:window.pwned=1">x</a><style>*{display:none}</style>`
	b := w.as(ctx, t, desktop(), "alice", "")
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(evil)
	w.postAs("xoxp-alice", "D0ALICE", args{"text": escaped})
	w.post("D0ALICE", args{"text": evil}) // not escaped, as a careless app would send it
	w.post("D0ALICE", args{"text": evil, "blocks": []args{
		{"type": "header", "text": args{"type": "plain_text", "text": strings.ReplaceAll(evil, "window.pwned=1", "")}},
		section("<javascript:window.pwned=1|click> <https://x.test\"onmouseover=\"window.pwned=1|y>"),
		{"type": "section", "text": args{"type": "plain_text", "text": evil}},
		{"type": "context", "elements": []args{{"type": "image", "image_url": "https://x.test/\" onerror=\"window.pwned=1", "alt_text": evil}}},
		{"type": "actions", "block_id": `"><img src=x onerror=window.pwned=1>`, "elements": []args{
			{"type": "button", "action_id": `"><script>`, "text": args{"type": "plain_text", "text": "<b>press</b>"}, "accessibility_label": "<i>x</i>"},
		}},
	}})
	w.call(pawlToken, "conversations.info", args{"channel": "D0ALICE"}) // the app is still well
	b.wait(`document.querySelectorAll("#conversation article").length === 3`)
	require.Equal(t, evil, b.text("#conversation article .content"))
	require.Equal(t, "<b>press</b>", b.text("#conversation [data-action]"))
	require.Zero(t, eval[int](b, `document.querySelectorAll("#conversation article :is(script, style, img, iframe, [onerror], [onmouseover], [href^='javascript'])").length`))
	b.click("#conversation [data-action]")
	b.wait(`document.querySelector(".press-failed")`)
	require.True(t, eval[bool](b, `window.pwned === undefined`))
	require.Contains(t, eval[string](b, `(() => { try { document.body.innerHTML = "<b>x</b>"; return "allowed" } catch (e) { return String(e) } })()`),
		"TrustedHTML", "the browser itself refuses markup made at run time")
}

func quoteAny(v any) string {
	q, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(q)
}

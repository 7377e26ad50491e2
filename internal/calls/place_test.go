package calls

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestArgumentsAreEncodedByPlace(t *testing.T) {
	t.Parallel()
	args := map[string]string{"a": `x/y?z=1&"é" 5%`, "n": "5", "e": "", "up": "..", "down": `b\..\c`}
	for template, want := range map[string]string{
		"https://h/{a}/b":            `https://h/x%2Fy%3Fz=1&%22%C3%A9%22%205%25/b`,
		"https://h/v{n}?q={a}&e={e}": `https://h/v5?q=x%2Fy%3Fz%3D1%26%22%C3%A9%22+5%25&e=`,
		"https://h?{n}=1":            `https://h?5=1`,
		"https://h:8080/x..{up}":     `https://h:8080/x....`,
		"https://h/{unknown}":        `https://h/{unknown}`,
	} {
		got, err := address(job.Text(template), args)
		require.NoError(t, err, template)
		require.Equal(t, want, got)
	}
	for template, says := range map[string]string{
		"https://{a}/b":    "an argument stands where it would choose whom is called",
		"{a}://h/b":        "an argument stands where it would choose whom is called",
		"https://h/{e}/b":  "the e was left out, and the address needs it",
		"https://h/{up}/b": "the up would lead to another address",
		"https://h/{down}": "the down would lead to another address",
	} {
		_, err := address(job.Text(template), args)
		require.EqualError(t, err, says, template)
	}
	for template, want := range map[string]string{
		`{"a":"{n}","b":{n},"c":{e},"d":"\\\"{n}\\","e":[{n}, {x}]}`: `{"a":"5","b":5,"c":"","d":"\\\"5\\","e":[5, {x}]}`,
		`["{a}",{a}]`: `["x/y?z=1\u0026\"é\" 5%","x/y?z=1\u0026\"é\" 5%"]`,
	} {
		require.Equal(t, want, fillJSON(template, args))
	}
	for value, want := range map[string]string{"007": `"007"`, "-5": "-5", "-0": `"-0"`, "1e3": `"1e3"`, "1.5": `"1.5"`, "true": `"true"`, "9999999999999999999": `"9999999999999999999"`} {
		require.Equal(t, want, jsonValue(value, false))
	}
	_, err := header("X-By", "a {a}", map[string]string{"a": "b\r\nX-Evil: 1"})
	require.EqualError(t, err, "what would stand in the header X-By has more than one line")
	_, _, err = body(job.HTTPStep{Kind: kindJSON, Body: "{{a}: 1}"}, map[string]string{"a": "5"})
	require.EqualError(t, err, "what would be sent is not JSON")
}

// FuzzPlace holds that an argument never leaves its place: what is sent has the shape it has with a harmless one.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"x", "", "a/b", "..", `"`, `\`, "&a=b", "a\r\nb", "{a}", "{{", "\xff", "%2F", "#", "?", `","x":"`, "5", "-", "+", ";", "\x00", "é", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		args := map[string]string{"a": value}
		if to, err := address("https://h:1/v/{a}/w?x={a}&y=2", args); err == nil {
			u, err := url.Parse(to)
			require.NoError(t, err, to)
			require.Equal(t, "https://h:1", u.Scheme+"://"+u.Host)
			segments := strings.Split(u.EscapedPath(), "/")
			require.Len(t, segments, 4, to)
			require.Equal(t, "w", segments[3])
			got, err := url.PathUnescape(segments[2])
			require.NoError(t, err)
			require.Equal(t, value, got)
			require.NotContains(t, []string{"", ".", ".."}, segments[2])
			q, err := url.ParseQuery(u.RawQuery)
			require.NoError(t, err)
			require.Equal(t, url.Values{"x": {value}, "y": {"2"}}, q)
			require.Empty(t, u.Fragment)
		}
		content, _, err := body(job.HTTPStep{Kind: kindJSON, Body: `{"q":"<{a}>","b":{a},"c":[1]}`}, args)
		require.NoError(t, err)
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(content), &fields))
		require.Len(t, fields, 3)
		var quoted string
		require.NoError(t, json.Unmarshal(fields["q"], &quoted))
		if utf8.ValidString(value) {
			require.Equal(t, "<"+value+">", quoted)
		}
		if !integer.MatchString(value) {
			require.Equal(t, byte('"'), fields["b"][0])
		}
		content, _, err = body(job.HTTPStep{Kind: kindForm, Body: `x={a}&y=2`}, args)
		require.NoError(t, err)
		form, err := url.ParseQuery(content)
		require.NoError(t, err)
		require.Equal(t, url.Values{"x": {value}, "y": {"2"}}, form)
		if line, err := header("X", "<{a}>", args); err == nil {
			require.Equal(t, "<"+value+">", line)
			require.False(t, strings.ContainsAny(line, "\r\n\x00"))
			var b strings.Builder
			require.NoError(t, http.Header{"X": {line}}.Write(&b))
			require.Equal(t, 1, strings.Count(b.String(), "\n"))
		}
	})
}

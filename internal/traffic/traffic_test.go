package traffic_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/traffic"
	"github.com/pawl-ops/pawl/job"
)

// files are the files of one host, and what was asked for.
type files struct {
	text  string
	err   error
	asked []any
}

func (f *files) ReadFile(_ context.Context, h job.Host, path string, most int64) ([]byte, error) {
	f.asked = []any{h.Name, path, most}
	return []byte(f.text), f.err
}

var shop = job.Traffic{Kind: job.TrafficHAProxy, Host: job.Host{Name: "lb"}, Map: "haproxy/active.map", Key: "shop/master"}

func TestTheMapSaysWhoHasUsers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"shop/master blue": "blue",
		"# who serves\n\n  shop/master\t\tgreen  \r\nshop/staging red": "green",
		"shop/staging red\nshop/master blue\n":                         "blue",
		"#shop/master red\nshop/master modrá":                          "modrá",
		"shop/master2 red\nxshop/master red\nshop/master blue":         "blue",
	} {
		f := &files{text: text}
		got, err := traffic.New(traffic.Options{Files: f}).Active(t.Context(), shop)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Equal(t, []any{"lb", "haproxy/active.map", int64(1 << 20)}, f.asked)
	}
}

func TestAMapThatDoesNotSayIsAnError(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             `no line begins with "shop/master"`,
		"shop/staging blue":            `no line begins with "shop/master"`,
		"SHOP/MASTER blue":             `no line begins with "shop/master"`,
		"shop/master":                  `line 1 has 0 words after "shop/master", it should be the name of one instance`,
		"\nshop/master blue # for now": `line 2 has 4 words after "shop/master", it should be the name of one instance`,
		"shop/master blue\n# x\nshop/master blue": `lines 1 and 3 both say which instance of shop/master serves users`,
		"shop/master \x1b[31mblue":                `line 1 does not say the name of an instance after "shop/master"`,
		"shop/master \uE000user|U1|\uE001":        `line 1 does not say the name of an instance after "shop/master"`,
		"shop/master " + strings.Repeat("x", 65):  `line 1 does not say the name of an instance after "shop/master"`,
	} {
		_, err := traffic.New(traffic.Options{Files: &files{text: text}}).Active(t.Context(), shop)
		require.EqualError(t, err, "reading the map haproxy/active.map on lb: "+want)
	}
	away := errors.New(`host "lb": reading haproxy/active.map: there is no such file`)
	_, err := traffic.New(traffic.Options{Files: &files{err: away}}).Active(t.Context(), shop)
	require.ErrorIs(t, err, away)
	require.EqualError(t, err, "reading the map: "+away.Error())
	_, err = traffic.New(traffic.Options{Files: &files{text: " blue"}}).Active(t.Context(), job.Traffic{})
	require.Error(t, err)
}

func FuzzFind(f *testing.F) {
	f.Add("shop/master blue\n# x\n", "shop/master")
	f.Add("a b c\r\na\tb", "a")
	f.Add("\xff \xff", "\xff")
	f.Fuzz(func(t *testing.T, text, key string) {
		name, err := traffic.Find(text, key)
		if err != nil {
			require.Empty(t, name)
			return
		}
		require.NotEmpty(t, name)
		require.True(t, utf8.ValidString(name))
		require.Contains(t, text, name)
		require.LessOrEqual(t, utf8.RuneCountInString(name), 64)
		again, err := traffic.Find(key+" "+name, key)
		require.NoError(t, err)
		require.Equal(t, name, again)
	})
}

package words_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// large is an inventory of 500 instances.
func large() *inventory.Inventory {
	var apps []inventory.App
	for a := range 20 {
		app := inventory.App{Name: inventory.Name{Text: fmt.Sprintf("a%d", a)}}
		for e := range 5 {
			env := inventory.Environment{Name: inventory.Name{Text: fmt.Sprintf("e%d", e)}}
			for i := range 5 {
				name := fmt.Sprintf("i%d", i)
				env.Instances = append(env.Instances, inventory.Instance{
					Name: inventory.Name{Text: name}, Job: job.Instance{App: app.Name.Text, Environment: env.Name.Text, Name: name},
				})
			}
			app.Environments = append(app.Environments, env)
		}
		apps = append(apps, app)
	}
	v, _ := inventory.New(apps)
	return v
}

// The parser stands before the acknowledgement of every message, and the worst text is one that means nothing.
func BenchmarkParse(b *testing.B) {
	plain, things := words.New(commands()), words.New(withThings(), words.With(large()))
	for name, text := range map[string]string{
		"command":      "force restart master blue because it hangs since 16:20",
		"nothing":      strings.Repeat("tasky ", words.MaxText/6),
		"thing":        "force restart a7 e3 i2 because it hangs since 16:20",
		"which thing":  "restart i2",
		"wrong thing":  "restart a77 of all ee3 not ii2 and more of them",
		"many things":  "restart " + strings.Repeat("a7 e3 i2 ", words.MaxText/10),
		"wrong things": "restart " + strings.Repeat("tasky ", words.MaxText/7),
	} {
		p := plain
		if strings.Contains(name, "thing") && name != "nothing" {
			p = things
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Parse(text, words.Context{Direct: true})
			}
		})
	}
}

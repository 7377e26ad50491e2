package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// Whatever a script prints of a secret, whole or the part that gives it away, is not read by anybody.
func TestSecretsAreHiddenInWhatScriptsPrint(t *testing.T) {
	t.Parallel()
	hide := mask(
		job.NewSecret("xoxb-1-two"), job.NewSecret("xoxb-1-two-longer"), job.NewSecret("short"), job.NewSecret(""),
		job.NewSecret("postgres://pawl:open%40sesame@db.acme.test:5432/pawl?sslmode=require"),
		job.NewSecret(`host=db.acme.test dbname=ledgers password='it\'s a secret' sslpassword=the-other-one`),
		job.NewSecret("Bearer token-of-the-crm"),
		job.NewSecret("-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIP\n-----END KEY-----"),
	)
	for said, want := range map[string]string{
		"token xoxb-1-two.":                                          "token <secret>.",
		"token xoxb-1-two-longer.":                                   "token <secret>.",
		"too short to tell from others":                              "too short to tell from others",
		"FATAL: password open@sesame, for pawl":                      "FATAL: password <secret>, for pawl",
		"psql postgres://pawl:open%40sesame@db.acme.test:5432/other": "psql postgres://pawl:<secret>@db.acme.test:5432/other",
		"PGPASSWORD=it's a secret psql":                              "PGPASSWORD=<secret> psql",
		"psql host=db.acme.test dbname=ledgers":                      "psql host=db.acme.test dbname=ledgers",
		"the-other-one":                                              "<secret>",
		"curl -H 'X-Key: token-of-the-crm'":                          "curl -H 'X-Key: <secret>'",
		"MC4CAQAwBQYDK2VwBCIEIP":                                     "<secret>",
		"-----BEGIN KEY-----":                                        "-----BEGIN KEY-----",
	} {
		require.Equal(t, want, hide(said))
	}
}

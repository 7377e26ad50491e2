#!/bin/sh
# Lists the packages with tests, by what running them asks of the machine.
#
#   build/packages.sh light    small and quick: run side by side, with the race detector
#   build/packages.sh engine   those whose test binary links the Temporal server: 220 MB each
#   build/packages.sh e2e      those that start real programs, kill them, and measure: one at a time, alone. The race
#                              detector would only slow those programs down: a script's sqlite3 is ours. And the replay
#                              of recorded runs, thousands of times one goroutine after another
#   build/packages.sh with Fuzz|Benchmark    those with such a function, of both kinds
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
light | engine | e2e)
	# With -test, go list names every test binary "package.test" with all it links. In a variable and not in a pipe:
	# a list that broke off must not look like a short one.
	all=$(go list -test -f '{{$links := "light"}}{{range .Deps}}{{if eq . "go.temporal.io/server/temporal"}}{{$links = "engine"}}{{end}}{{end}}{{.ImportPath}} {{$links}}' ./...)
	# None at all would make `go test` run something else.
	echo "$all" | awk -v want="$1" '
		$1 ~ /\.test$/ {
			sub(/\.test$/, "", $1)
			# They have nothing but examples, which vet compiles: there is nothing to run in 220 MB.
			if ($1 ~ /\/(pawl\/app|pawltest)$/) next
			if ($1 ~ /\/(internal\/(e2e|bench|outsider)|scripts)(\/|$)/ || $1 ~ /\/workflows$/) $2 = "e2e"
			if ($2 == want) { print $1; n++ }
		}
		END { exit !n }'
	;;
with)
	find . -name '*_test.go' -not -path '*/testdata/*' -not -path './cmd/*' -not -path './tools/*' -exec grep -l "^func $2[A-Z]" {} + |
		sed 's|/[^/]*$||' | sort -u
	;;
*)
	echo "usage: build/packages.sh light|engine|e2e|with Fuzz|with Benchmark" >&2
	exit 2
	;;
esac

#!/bin/sh
# The whole test run, in stages with their times. Every stage runs, whatever happened before it; the run fails if one did.
#
#   build/test.sh             what can run here; says at the end what was left out
#   REQUIRE=all build/test.sh as in CI: nothing is left out, results of earlier runs are not taken
#   KEEP=yes build/test.sh    keeps the output of a run that passed, too
set -u
cd "$(dirname "$0")/.." || exit 2

require=${REQUIRE:-}
dir=$(mktemp -d "${TMPDIR:-/tmp}/pawl-test.XXXXXX") || exit 2
export PAWL_LEFT_OUT="$dir/left-out" PAWL_SECRETS="$dir/secrets" PAWL_PRINTED="$dir/printed" REQUIRE="$require"
# A third of what a cold compiler and the linters do is collecting garbage. What is tested runs without this.
export GOGC=400 GOMEMLIMIT=4GiB
begun=$(date +%s)
failed=

# stage NAME COMMAND...: runs one, keeps all it says, tells how long it took.
stage() {
	name=$1
	shift
	start=$(date +%s)
	printf '\n== %s\n' "$name"
	{ "$@" 2>&1; echo $? >"$dir/code"; } | tee -a "$dir/output"
	code=$(cat "$dir/code")
	took=$(($(date +%s) - start))
	if [ "$code" = 0 ]; then
		result=passed
	else
		result="FAILED ($code)"
		failed="$failed $name;"
	fi
	printf '== %s: %s, %d s\n' "$name" "$result" "$took"
	printf '%-34s %5d s  %s\n' "$name" "$took" "$result" >>"$dir/stages"
}

tools() {
	go build -o bin/ ./build/testrun ./build/leaks &&
		go build -C cmd/jobcheck -o ../../bin/jobcheck . &&
		go build -C tools -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
}

vet() {
	# Vet reads every package that ours stand on, for each build variant: with the Temporal server that is ten minutes on two
	# cores. What links it is vetted in the slim variant, which leaves it out; the few files that only the whole variant has
	# are held by the same analysis inside golangci-lint.
	server=$(links_server) || return 1
	packages=$(go list ./... | without "$server")
	go vet $packages || return 1
	packages=$(echo "$server" | without "$(links_server -tags slim)")
	echo "go vet -tags slim" $packages
	go vet -tags slim $packages || return 1
	packages=$(tagged failpoints | sort -u)
	echo "go vet -tags failpoints" $packages
	go vet -tags failpoints $packages
}

links_server() { # our packages that link the server, they or their tests
	go list -test "$@" -f '{{$p := .ImportPath}}{{range .Deps}}{{if eq . "go.temporal.io/server/temporal"}}{{$p}}{{"\n"}}{{end}}{{end}}' ./... |
		sed 's/ .*//; s/\.test$//; s/_test$//; /^$/d' | sort -u
}

without() { # the lines of the input that are not among those given
	printf '%s\n' "$1" >"$dir/without"
	grep -vxF -f "$dir/without" || true
}

shell() {
	if ! command -v shellcheck >/dev/null 2>&1; then
		echo "shellcheck is not installed: the shell scripts were not looked at"
		echo "the shell scripts: shellcheck is not installed" >>"$PAWL_LEFT_OUT"
		[ "$require" != all ]
		return
	fi
	# Words that are meant to be split are only a note to shellcheck; holes are warnings.
	git ls-files '*.sh' .ci/run | xargs grep -l '^#!' | xargs shellcheck --severity=warning || return 1
	# What has no first line of its own is a part of a program put together elsewhere: the variables it takes and leaves
	# are not its own.
	git ls-files '*.sh' | xargs grep -L '^#!' | xargs shellcheck --severity=warning --shell=sh --exclude=SC1090,SC2034,SC2154
}

tagged() { # the packages with files for or against a build tag
	grep -rlE --include='*.go' --exclude-dir=testdata --exclude-dir=tools "^//go:build !?$1\b" . | sed 's|/[^/]*$||'
}

slim() {
	if go list -deps -tags slim . | grep -E '^go\.temporal\.io/server|^github\.com/temporalio/ui-server'; then
		echo "the slim build links the server: the packages above"
		return 1
	fi
	go build -tags slim -o "$dir/pawl-slim" .
}

tests() { # tests [go test arguments] packages...
	# Vet has a stage of its own. Here it would read all that the tests stand on once more, with the Temporal server.
	if [ "$require" = all ]; then
		bin/testrun -all -keep "$dir/verbose" -left-out "$dir/skipped" -- -count=1 -vet=off -exec "env -u GOGC -u GOMEMLIMIT" "$@"
	else # -exec would throw the results of earlier runs away
		bin/testrun -keep "$dir/verbose" -left-out "$dir/skipped" -- -vet=off "$@"
	fi
}

race() {
	packages=$(build/packages.sh light) || return 1
	if ! command -v gcc >/dev/null 2>&1 && ! command -v cc >/dev/null 2>&1; then
		echo "the race detector, for everything: no C compiler" >>"$PAWL_LEFT_OUT"
		tests $packages
		return
	fi
	CGO_ENABLED=1 tests -race -timeout 20m $packages
}

engine() {
	packages=$(build/packages.sh engine) || return 1
	# One at a time: these start servers and measure how soon they answer.
	tests -p 1 -timeout 15m $packages
}

e2e() {
	packages=$(build/packages.sh e2e) || return 1
	# Nothing beside those that kill a real Pawl and hold how soon it is back. They mostly wait, so that three worlds fit
	# on two cores.
	killers=$(echo "$packages" | grep '/internal/e2e')
	# Of the others the longest go first: the scripts mostly wait, and the rest is done beside them.
	others=$(echo "$packages" | without "$killers" | sort -r)
	result=0
	tests -p 1 -parallel 3 -timeout 20m $killers || result=1
	tests -timeout 20m $others || result=1
	return $result
}

jobcheck_tests() {
	(cd cmd/jobcheck && go vet ./... && ../../bin/golangci-lint run ./... && ../../bin/testrun ${require:+-all} -keep "$dir/verbose" -left-out "$dir/skipped" -- ./...)
}

compose() { # the compose file, the images and the units: in a module of its own
	(cd deploy/proof && go vet -tags slim ./... && ../../bin/golangci-lint run --build-tags slim ./... &&
		../../bin/testrun ${require:+-all} -keep "$dir/verbose" -left-out "$dir/skipped" -- -vet=off -tags slim -timeout 20m ${require:+-count=1} ./...)
}

secrets() {
	# First that the search can fail at all.
	planted="xo""xb-planted-$$"
	echo "$planted" >"$dir/planted"
	if bin/leaks "$dir/planted" >/dev/null; then
		echo "the search for secrets does not find a planted one"
		return 1
	fi
	rm -f "$dir/planted"
	for noted in "$PAWL_SECRETS" "$PAWL_PRINTED"; do
		if [ "$require" = all ] && [ ! -s "$noted" ]; then
			echo "the tests left nothing in $(basename "$noted"): there is nothing to look for, or nowhere to look"
			return 1
		fi
	done
	touch "$dir/verbose" "$dir/output" "$PAWL_PRINTED"
	bin/leaks -secrets "$PAWL_SECRETS" "$dir/verbose" "$dir/output" "$PAWL_PRINTED"
}

sh build/need.sh || exit 1
stage "tools" tools
[ -z "$failed" ] || { echo "Nothing can be tested without the tools; all output is in $dir"; exit 1; }
stage "vet, every build variant" vet
stage "lint" make -s lint
stage "shell scripts" shell
stage "import rules" tests ./internal/rules
stage "jobs are deterministic" bin/jobcheck ./workflows/...
stage "jobcheck itself" jobcheck_tests
stage "tests, race detector" race
stage "tests that link the engine" engine
stage "end to end" e2e
stage "the compose file and the units" compose
stage "slim build has no server" slim
stage "no secret in the output" secrets

printf '\n'
cat "$dir/stages"
printf '%-34s %5d s\n' "all" $(($(date +%s) - begun))
if [ -s "$dir/skipped" ] || [ -s "$PAWL_LEFT_OUT" ]; then
	printf '\nLeft out of this run, and not passed:\n'
	cat "$dir/skipped" "$PAWL_LEFT_OUT" 2>/dev/null | sort -u | sed 's/^/  /'
fi
if [ -n "$failed" ]; then
	printf '\nFailed:%s. All output is in %s\n' "${failed%;}" "$dir"
	exit 1
fi
if [ "${KEEP:-}" = yes ]; then
	echo "All output is in $dir"
else
	rm -rf "$dir"
fi

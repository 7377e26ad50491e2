#!/bin/sh
# Runs a `go build -v ...` and shows that it is alive. Says nothing when there is nothing to say: only when modules
# are fetched or packages that are not ours are compiled does it announce that this takes minutes, and counts.
#
#   build/progress.sh go build -v -o pawl .
#
# The exit code is the build's; its errors are shown as they are.
set -u
cd "$(dirname "$0")/.." || exit 2

dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

terminal=0
[ -t 2 ] && terminal=1

# The build's own exit code would be lost in the pipe.
{ "$@" 2>&1; echo $? >"$dir/code"; } | awk -v terminal="$terminal" '
	function announce() {
		if (announced) return
		announced = 1
		say("Building pawl, once: 2-4 minutes, because a whole Temporal server is compiled in. Later starts take a second.")
	}
	function say(text) { wipe(); print text > "/dev/stderr" }
	function wipe() {
		if (drawn) printf "\r%60s\r", "" > "/dev/stderr"
		drawn = 0
	}
	# A line of progress: redrawn on a terminal, every 200th elsewhere.
	function draw(text, n) {
		if (terminal) { printf "\r%-60s", text > "/dev/stderr"; drawn = 1 }
		else if (n % 200 == 0) print text > "/dev/stderr"
	}
	/^go: downloading / {
		announce()
		fetched++
		draw(sprintf("  ... %4d modules fetched", fetched), fetched)
		next
	}
	# go build -v names a package when it begins to compile it: a path, without a space.
	/^[A-Za-z0-9._~\/-]+$/ {
		if ($0 ~ /^github\.com\/pawl-ops\/pawl(\/|$)/) { ours++ } else { others++ }
		if (!others) next
		announce()
		if (!total) { "go list -deps . 2>/dev/null | wc -l" | getline total; total += 0 }
		built = ours + others
		draw(sprintf("  ... %4d of %d packages", built, total), built)
		next
	}
	{ say($0) }
	END { wipe() }
'
exit "$(cat "$dir/code" 2>/dev/null || echo 2)"

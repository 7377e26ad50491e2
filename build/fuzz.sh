#!/bin/sh
# Fuzzes every fuzz target for a while each, one after the other.
#
#   build/fuzz.sh 30s
set -eu
cd "$(dirname "$0")/.."
time=${1:-30s}

for package in $(build/packages.sh with Fuzz); do
	for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | sed 's/func //' | sort -u); do
		echo "== $package $target, $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done

# Decides that an undecided process was never started, and answers with what is true then.

main() {
	umask 077
	mkdir -p "$dir" || die "making $dir"
	cd "$dir" || die "entering $dir"
	ln -s "$SUM" sum 2>/dev/null
	round
	if [ -z "$claim" ] && decide never; then
		say never 0
		return
	fi
	find_state
	say "$state" "$code"
}

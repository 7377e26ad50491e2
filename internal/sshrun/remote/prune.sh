# Deletes the logs and scripts of processes that ended more than MINUTES ago. The directories stay: they are what keeps
# a late Start from doing the work again.

main() {
	cd "$base" 2>/dev/null || {
		say pruned 0
		return
	}
	n=0
	for dir in "$base"/*.*.*; do
		[ -e "$dir/log" ] || continue
		[ -n "$(find "$dir/log" -mmin "+$MINUTES")" ] || continue
		cookie=PAWL_KEY=$dir/
		cd "$dir" || continue
		find_state
		case $state in exited | stopped | lost) rm -f log log.more script && n=$((n + 1)) ;; esac
	done
	say pruned "$n"
}

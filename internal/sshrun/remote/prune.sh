# Deletes the logs and scripts of processes that ended, when nothing was written to the log for MINUTES; those of the runs
# in KEEP, with a blank around each, stay. So do all directories: they are what keeps a late Start from doing the work again.

main() {
	cd "$base" 2>/dev/null || {
		say pruned 0
		return
	}
	n=0
	for dir in "$base"/*.*.*; do
		[ -e "$dir/log" ] || continue
		run=${dir##*/}
		case $KEEP in *" ${run%%.*} "*) continue ;; esac
		[ -n "$(find "$dir/log" -mmin "+$MINUTES")" ] || continue
		cookie=PAWL_KEY=$dir/
		cd "$dir" || continue
		find_state
		case $state in exited | stopped | lost) rm -f log log.more script && n=$((n + 1)) ;; esac
	done
	say pruned "$n"
}

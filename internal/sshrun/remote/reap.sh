# Ends everything that the run RUN ever started on this host, also what we have forgotten, and sees to it that what has not
# begun never will. Answers how many were still at it, or which pids would not die. It is put behind stop.sh.

main() {
	umask 077
	n=0
	pids=
	for dir in "$base/$RUN".*; do
		cd "$dir" 2>/dev/null || continue # there is none
		cookie=PAWL_KEY=$dir/
		find_state
		case $state in running | starting) n=$((n + 1)) ;; esac
		stop
		pids="$pids$left"
	done
	if [ -n "$pids" ]; then
		say alive "$pids"
		return
	fi
	say reaped "$n"
}

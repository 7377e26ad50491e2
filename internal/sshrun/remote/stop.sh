# Ends the process, or decides that it is never started, and answers "stopped" only when nothing of it is left.

main() {
	umask 077
	mkdir -p "$dir" || die "making $dir"
	cd "$dir" || die "entering $dir"
	stop
	say "$state" "$code" "$left"
}

# Stops the process whose directory is the current one. Sets state, code and left: the pids that would not die.
stop() {
	left=
	find_state
	if [ "$state" = starting ]; then
		if decide stopped; then
			state=stopped
			return
		fi
		find_state
	fi
	case $state in
	stopped) return ;;
	exited) [ -d stopping ] || return ;; # it ended by itself: what it left behind is meant to live
	lost)
		mkdir -p stopped
		state=stopped
		return
		;;
	esac
	mkdir -p stopping
	pid=${claim%%.*}
	leader=no
	alive "$claim" && leader=yes
	signal TERM
	signal CONT # a process that was held still can only end when it goes on
	wait_gone "$GRACE" "" || wait_gone 250 KILL
	rm -f env.*
	if [ -n "$left" ]; then
		state=alive
		return
	fi
	mkdir -p stopped
	state=stopped
}

# The pids still there: what carries the cookie, and the session of the shell that ran the script, zombies left out. A
# number is not given to a new session while the old one has a member, so the session is ours once its leader was.
members() {
	{
		kin
		[ "$leader" = no ] || cat /proc/[0-9]*/stat 2>/dev/null |
			sed 's/^\([0-9]*\) .*) /\1 /' |
			awk -v s="$pid" '($4 == s || $5 == s) && $2 !~ /[ZXx]/ { print $1 }'
	} | sort -un | tr '\n' ' '
}

signal() {
	for p in $(members); do
		kill -"$1" "$p" 2>/dev/null
	done
}

# Waits until nobody is left, for $1 fiftieths of a second. With a signal in $2 it is sent every time, because what is
# being killed may still be starting others.
wait_gone() {
	i=0
	while left=$(members); [ -n "$left" ] && [ "$i" -lt "$1" ]; do
		[ -z "$2" ] || signal "$2"
		sleep 0.02
		i=$((i + 1))
	done
	[ -z "$left" ]
}

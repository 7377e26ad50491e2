# What every program below shares. The variables in capitals are set by the caller.
#
# A process has a directory, $HOME/.pawl/KEY:
#   sum              symbolic link: what the process would do, as a hash; the first Start decides
#   id               symbolic link: what people call the run
#   claimed.N        symbolic link: who decided round N, see round
#   state.running    renamed to state.exit.CODE when the script ended: a rename works on a full disk
#   script, log      what ran, and what it wrote; log.more has the board's lines of a log that grew too long
#   stopping stopped empty directories: somebody asked for an end, and the end was confirmed
# A symbolic link is created with its content in one atomic call that fails when the name exists, which no other thing a
# shell can make does. So a claim never exists without saying who made it.

base=$HOME/.pawl
dir=$base/$KEY
cookie=PAWL_KEY=$dir/

# The answer: one marked line on standard output. A login script may print what it likes before it.
say() {
	printf 'pawl:%s %s\n' "$NONCE" "$*"
}

die() {
	say error "$*"
	exit 1
}

boot_id() {
	cat "$BOOT"
}

# When process $1 started, in clock ticks since boot: field 22 of /proc/PID/stat, proc(5). Fails when it is dead; a
# zombie is dead. The second field is the command's name in brackets and may contain anything.
start_of() {
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	case $1 in Z | X | x) return 1 ;; esac
	shift 19
	echo "$1"
}

# Whether a claim PID.START.BOOT was made before the last reboot.
old_boot() {
	a=${1#*.}
	[ "${a#*.}" != "$(boot_id)" ]
}

# Whether the process that made the claim PID.START.BOOT lives. A pid alone may have been given to somebody else.
alive() {
	a=${1#*.}
	[ "${a#*.}" = "$(boot_id)" ] && [ "${a%%.*}" = "$(start_of "${1%%.*}")" ]
}

# Every process that carries the cookie in the environment it was started with, whatever session it moved to.
kin() {
	grep -lF -- "$cookie" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# Sets r to the current round and claim to who decided it: nothing yet, "stopped", or PID.START.BOOT of the shell that
# runs the script. A round decided as "never" was provably not started, and a new round follows it.
round() {
	r=1
	while claim=$(readlink "claimed.$r" 2>/dev/null); [ "$claim" = never ]; do
		r=$((r + 1))
	done
}

exited() {
	set -- state.exit.*
	[ -e "$1" ] && code=${1##*.}
}

# Sets state, and code when it is "exited".
find_state() {
	code=0
	round
	case $claim in
	'') state=starting ;;
	stopped) state=stopped ;;
	*)
		if [ -d stopped ]; then
			state=stopped
		elif exited; then
			state=exited
		elif alive "$claim"; then
			state=running
		elif exited; then
			state=exited # it ended between the two looks
		elif ! old_boot "$claim" && [ -n "$(kin)" ]; then
			state=running # its shell was killed, what it had started was not
		else
			state=lost
		fi
		;;
	esac
}

# Decides an undecided round as $1. Whoever was about to start it finds the claim taken; what of it is there already can
# only be waiting for the claim, and is killed so that it holds no fence.
decide() {
	ln -s "$1" "claimed.$r" 2>/dev/null || return 1
	for p in $(kin); do
		kill -KILL "$p" 2>/dev/null
	done
	rm -f env.*
	return 0
}

# Restarts one instance of an app: ends its server and starts a new one, which goes on when this script is over.
#
# It is an example to start from. Where an instance lives is a convention of this script; yours may be two lines of
# systemctl. Here every instance has a directory, ~/apps/APP/ENVIRONMENT/INSTANCE, and in it
#   start  a program that becomes the server
#   pid    the server's process id, and which run started it last
#   log    what the server prints
#   lock   held by the server as long as it lives
#
# Reads: app, environment, instance, all as in pawl.yaml; host, as people call it; grace, how many seconds the server
#        gets to end before it is killed (10)
# Says:  refuse when there is no such instance here, problem when it does not end or does not start
# Leaves: a server that runs. It may be killed at any moment and run again: the second time it does what is left.
set -u
umask 077
export LC_ALL=C

host=${host:-this host}
grace=${grace:-10}

say() {
	printf 'pawl: %s\n' "$*"
}

problem() {
	say "problem $*"
	exit 1
}

refuse() {
	say "refuse $*"
	exit 1
}

# The run this script belongs to: the same for every attempt at it.
run=${PAWL_KEY-}
run=${run%/}
run=${run##*/}
run=${run:-by-hand.$$}

# The names become a path: each is one word of it.
for name in "${app-}" "${environment-}" "${instance-}"; do
	case $name in
	'' | . | .. | */*) refuse "I was not told which instance to restart, so I touched nothing." ;;
	esac
done
dir=$HOME/apps/$app/$environment/$instance
[ -x "$dir/start" ] || refuse "There is no $app $environment $instance on $host, so I touched nothing."
# The directory as the kernel calls it.
here=$(cd "$dir" && pwd -P) || refuse "I cannot enter the directory of $instance on $host, so I touched nothing."

# Sets pid, and by: the run that started it. Fails when the server does not run. A pid alone may have been given to
# somebody else by now: the server's is at work in its directory.
server() {
	pid='' by=''
	[ -f "$dir/pid" ] && read -r pid by <"$dir/pid"
	case $pid in
	'' | *[!0-9]*) return 1 ;;
	esac
	[ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$here" ]
}

# Waits until the server $1 is gone, for $2 tenths of a second.
gone() {
	left=$2
	while [ "$(readlink "/proc/$1/cwd" 2>/dev/null)" = "$here" ]; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

# The server and what it started: it leads a process group of its own.
tell() {
	kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null
}

if server && [ "$by" = "$run" ]; then
	echo "pid $pid was started by this run already"
else
	if server; then
		say "note ending it, pid $pid"
		tell TERM "$pid"
		if ! gone "$pid" $((grace * 10)); then
			echo "pid $pid outlived TERM for $grace s"
			say "note it does not end by itself, so I kill it"
			tell KILL "$pid"
			gone "$pid" 50 || problem "The old $instance on $host does not end, not even when killed (pid $pid). No new one was started."
		fi
	else
		echo "no server of $here runs"
		say "note it was not running"
	fi
	say "note starting it"
	# Its own session and none of our variables: what it is started with is not what this run is. The server keeps the
	# lock as long as it lives, so that one that an attempt before this one has just launched is not doubled.
	(
		cd "$dir" || exit
		unset PAWL_KEY app environment instance host grace
		exec setsid sh -c 'exec 9>>lock && flock -w 5 9 && echo "$$ $1" >pid.new && mv pid.new pid && exec ./start >>log 2>&1' sh "$run"
	) >/dev/null 2>&1 </dev/null &
	left=100
	until server && [ "$by" = "$run" ]; do
		[ "$left" -gt 0 ] || problem "The new $instance on $host did not start. Users of it see errors."
		left=$((left - 1))
		sleep 0.1
	done
fi
# One that cannot even begin ends at once.
sleep 0.5
if ! server; then
	tail -n 5 "$dir/log"
	problem "The new $instance on $host ended right after its start; its log says why. Users of it see errors."
fi
echo "pid $pid runs in $here"

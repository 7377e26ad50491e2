# Gives one instance of an app another version: takes its server down, swaps its code and starts it again.
#
# It is an example to start from. Where code comes from and where it stands is a convention of this script; yours may be
# a pull of an image and two lines of systemctl. Here every instance has the directory that restart.sh describes,
# ~/apps/APP/ENVIRONMENT/INSTANCE with start, pid, log and lock, and in it
#   current  a link to the code it runs, which is swapped as a whole
# The code of versions is there once for all instances of the host:
#   ~/apps/APP/versions/VERSION  complete as soon as it has that name; old ones are left to whoever keeps the host
#   ~/artifacts/APP/VERSION      what was built, where it is taken from
#
# Reads: app, environment, instance, all as in pawl.yaml; version; host, as people call it; grace, how many seconds the
#        server gets to end before it is killed (10); url, where the instance answers: not needed here
# Says:  how far it is, and done; refuse when there is no such instance or version here, and then nothing was touched;
#        problem when the code cannot be had, or the server does not end or does not start
# Leaves: a server that runs this version. It may be killed at any moment and run again: the second time it does what is
#        left, and never starts a second server.
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

# The names become a path: each is one word of it. What people typed is held to fewer characters.
for name in "${app-}" "${environment-}" "${instance-}"; do
	case $name in
	'' | . | .. | */*) refuse "I was not told which instance gets another version, so I touched nothing." ;;
	esac
done
case ${version-} in
'') refuse "I was not told which version $instance on $host gets, so I touched nothing." ;;
.* | *[!A-Za-z0-9._+-]*) refuse "A version is made of letters, digits, dots, dashes, + and _. The one I was told is not, so I touched nothing." ;;
esac
case $environment in
versions) refuse "No environment can be called versions, so I touched nothing." ;;
esac
code=$HOME/apps/$app/versions
dir=$HOME/apps/$app/$environment/$instance
[ -x "$dir/start" ] || refuse "There is no $app $environment $instance on $host, so I touched nothing."
# The directory as the kernel calls it.
here=$(cd "$dir" && pwd -P) || refuse "I cannot enter the directory of $instance on $host, so I touched nothing."
if [ -e "$dir/current" ] && [ ! -L "$dir/current" ]; then
	refuse "The code of $instance on $host is no link, so I cannot swap it and touched nothing."
fi
[ -d "$code/$version" ] || [ -d "$HOME/artifacts/$app/$version" ] ||
	refuse "There is no version $version of $app on $host, so I touched nothing."

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

# The version the instance's code is of; nothing when it has none yet.
has() {
	was=$(readlink "$dir/current" 2>/dev/null) && printf '%s' "${was##*/}"
}

# The code is made complete under another name, of this run and instance alone, and renamed: whoever is faster wins, and
# what a killed attempt left is swept by the next.
fetch() {
	[ -d "$code/$version" ] && return
	say "5% fetching $version"
	new=$code/.$environment.$instance.new
	if ! { mkdir -p "$code" && rm -rf "$new" && cp -R "$HOME/artifacts/$app/$version" "$new" && find "$new" -exec sync {} +; }; then
		problem "The code of $version cannot be copied on $host. $instance is as it was."
	fi
	mv -T "$new" "$code/$version" 2>/dev/null || rm -rf "$new"
	[ -d "$code/$version" ] || problem "The code of $version cannot be put in place on $host. $instance is as it was."
}

take_down() {
	if ! server; then
		echo "no server of $here runs"
		say "30% it was not running"
		return
	fi
	say "20% stopping it"
	echo "ending pid $pid, of version $(has)"
	tell TERM "$pid"
	if ! gone "$pid" $((grace * 10)); then
		echo "pid $pid outlived TERM for $grace s"
		say "note it does not end by itself, so I kill it"
		tell KILL "$pid"
		gone "$pid" 50 || problem "The old $instance on $host does not end, not even when killed (pid $pid). Its code was not swapped."
	fi
	say "40% stopped"
}

swap() {
	if [ "$(has)" != "$version" ]; then
		rm -f "$dir/current.new"
		if ! { ln -s "../../versions/$version" "$dir/current.new" && mv -T "$dir/current.new" "$dir/current"; }; then
			problem "The code of $instance on $host cannot be swapped. It does not run now."
		fi
	fi
	say "60% its code is $version"
}

# Its own session and none of our variables: what it is started with is not what this run is. It is handed the lock and
# keeps it as long as it lives.
start() {
	say "70% starting it"
	server
	before=$pid
	(
		cd "$dir" || exit
		unset PAWL_KEY app environment instance version host grace url
		exec setsid sh -c 'echo "$$ $1" >pid.new && mv pid.new pid && exec ./start >>log 2>&1' sh "$run"
	) >/dev/null 2>&1 </dev/null &
	exec 9>&-
	left=100
	until server && [ "$by" = "$run" ]; do
		[ "$by" = "$run" ] && [ "$pid" != "$before" ] && break # it came and went
		[ "$left" -gt 0 ] || problem "The new $instance on $host, version $version, did not start. It does not run now."
		left=$((left - 1))
		sleep 0.1
	done
}

fetch
if server && [ "$by" = "$run" ] && [ "$(has)" = "$version" ]; then
	echo "pid $pid was started by this run already"
else
	take_down
	# Whoever has the lock is the only one to start a server, and a server has it: one that an attempt before this one has
	# just launched is waited for and ended as well.
	exec 9>>"$dir/lock" || problem "The lock of $instance on $host cannot be taken. It does not run now."
	left=50
	until flock -n 9; do
		[ "$left" -gt 0 ] || problem "Another $instance runs on $host, and I do not know its process id. Its code was not swapped."
		left=$((left - 1))
		if server; then
			[ "$by" = "$run" ] && [ "$(has)" = "$version" ] && break
			take_down
		fi
		sleep 0.1
	done
	if server; then
		echo "pid $pid was launched by this run already"
		exec 9>&-
	else
		swap
		start
	fi
fi
# One that cannot even begin ends at once.
sleep 0.5
if ! server; then
	tail -n 5 "$dir/log"
	problem "The new $instance on $host, version $version, ended right after its start; its log says why. It does not run now."
fi
echo "pid $pid runs in $here"
say "100% started"
say "done version $version"

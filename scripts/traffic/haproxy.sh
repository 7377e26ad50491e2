# Asks and tells HAProxy which backend the users of an environment are sent to: one line of a map file, "shop/master blue",
# used by `use_backend %[str(shop/master),map(FILE)]`, and the same map in the memory of HAProxy, over its admin socket. The line
# has the name of a backend, or that of an instance, from which the configuration makes the name of a backend
# (`use_backend shop_master_%[str(shop/master),map(FILE)]`): whatever stands there, what is written is of the same kind.
#
# Reads: also socket, the admin socket (level admin); backend, for drained and count. Needs socat, or an nc that knows -U.
# Says:  active BACKEND is what users get, from memory. left: requests under way. count REQUESTS FAILED: failed are answers
#        with 5xx, which those HAProxy gives in place of a server are part of, and answers that broke off; of a backend in
#        TCP mode connections that were not made or not answered.
#
# The file is written before the memory: a reload of HAProxy reads the file, and forgets what it was told.
socket=${socket-} backend=${backend-}

case $socket in
'' | *[,!:]*) refuse "I was not told where the admin socket of HAProxy is, so I touched nothing." ;;
esac
word "$socket" || refuse "The name of the admin socket of HAProxy is not one word, so I touched nothing."

# ask COMMAND: one command and its answer. HAProxy says errors as text.
ask() {
	if command -v socat >/dev/null; then
		printf '%s\n' "$1" | socat -t 5 -T 5 - "UNIX-CONNECT:$socket"
	elif command -v nc >/dev/null; then
		printf '%s\n' "$1" | nc -w 5 -U "$socket"
	else
		echo "neither socat nor nc is there" >&2
		return 1
	fi
}

# Sets serves: the backend users are sent to. Fails with why.
memory() {
	serves=''
	if ! command -v socat >/dev/null && ! command -v nc >/dev/null; then
		why="$host has neither socat nor nc, one of which I need to talk to HAProxy."
		return 1
	fi
	answer=$(ask "show map $map")
	if [ -z "$answer" ]; then
		why="HAProxy on $host does not answer at $socket."
		return 1
	fi
	serves=$(printf '%s\n' "$answer" | K=$key awk '$2 == ENVIRON["K"] { n++; v = $3; if (NF != 3) n = 9 } END { if (n == 1) print v }')
	[ -n "$serves" ] && return
	case $answer in
	0x*) why="HAProxy on $host does not have exactly one line for $key in its map $map." ;;
	*) why="HAProxy on $host does not show its map $map: $(brief "$answer")" ;;
	esac
	return 1
}

# Sets written: what the file says. Fails with why.
on_file() {
	written=$(K=$key awk '{ sub(/\r$/, "") } $1 == ENVIRON["K"] { n++; v = $2; if (NF != 2) n = 9 } END { if (n == 1) print v }' "$file")
	[ -n "$written" ] && return
	why="$map on $host does not have exactly one line \"$key INSTANCE\"."
	return 1
}

# Makes the file say $1. Other lines stay as they are.
write() {
	K=$key V=$1 awk '
		$1 == ENVIRON["K"] && match($0, /^[ \t]*[^ \t]+[ \t]+/) { $0 = substr($0, 1, RLENGTH) ENVIRON["V"] (/\r$/ ? "\r" : "") }
		{ print }' "$file" | replace && on_file && [ "$written" = "$1" ]
}

# Fails with why when the backend $1 cannot take users.
ready() {
	answer=$(ask "show backend")
	printf '%s\n' "$answer" | B=$1 awk '$0 == ENVIRON["B"] { found = 1 } END { exit !found }' || {
		why="HAProxy on $host has no backend $1: everybody would see an error."
		return 1
	}
	answer=$(column "$1" status)
	printf '%s\n' "$answer" | grep -q -e '^UP' -e '^no check' && return
	why="No server of backend $1 is up (HAProxy on $host says: $(brief "${answer:-it has none}"))."
	return 1
}

# The given columns of show stat: of the servers of the backend $1, or with backend=it of the backend as a whole. All that we
# read stand before the columns with free text, so that a comma is always a comma.
column() {
	ask "show stat -1 6 -1" | B=$1 C=$2 WHOLE=${3-} awk -F, '
		NR == 1 { sub(/^# /, ""); for (i = 1; i <= NF; i++) at[$i] = i; next }
		$1 != ENVIRON["B"] || $2 == "FRONTEND" || ($2 == "BACKEND") != (ENVIRON["WHOLE"] == "whole") { next }
		{ n = split(ENVIRON["C"], c, " "); for (i = 1; i <= n; i++) printf "%s%s", c[i] in at && $at[c[i]] != "" ? $at[c[i]] : "-", i < n ? " " : "\n" }'
}

# What became of switches that nobody finished: those who began them are gone. It moves nobody: users are where they are.
tidy() {
	unfinished | while read -r other its_from its_to _; do
		[ "$written" = "$serves" ] || write "$serves" || exit 1
		if [ "$serves" = "$its_to" ]; then
			note "$other" 'done' "$its_from" "$its_to"
		else
			note "$other" refused "$its_from" "$its_to" "It was begun, not finished, and then given up. Users were not moved."
		fi || exit 1
	done || stop "What an earlier switch left could not be tidied up on $host."
	on_file || stop "$why"
}

switched() {
	note "$token" 'done' "$backend_from" "$backend_to" || problem "Users are on $to, but I could not write that down on $host."
	say switched
	exit 0
}

# Tells a HAProxy once more that was reloaded while it was told: it had read the file before the switch and took over after
# it. So it is when it sends users to where they were, while the file says where they went, and nobody of us has switched
# since. Fails when it is not so.
again() {
	on_file || return 1
	case $serves/$written in
	"$backend_from/$backend_to" | "$from/$to") ;;
	*) return 1 ;;
	esac
	[ "$(K=$key awk '$1 == ENVIRON["K"] { t = $2 } END { print t }' "$journal")" = "$token" ] || return 1
	ask "set map $map $key $written" >/dev/null
	now=$written
	memory && [ "$serves" = "$now" ]
}

switch() {
	lock "$to" "$from" "$backend_to" "$backend_from"
	[ "$state" = refused ] && refuse "$text"
	memory || { [ "$state" = 'done' ] && problem "$why"; stop "$why"; }
	if [ "$state" = 'done' ]; then
		case $serves in
		"$backend_to" | "$to")
			say switched
			exit 0
			;;
		esac
		again && switched
		refuse "This switch was carried out already; since then users were moved on to $(called "$serves"). I did nothing."
	fi
	on_file || stop "$why"
	use=$backend_to
	case $serves in
	"$backend_to" | "$backend_from") ;;
	"$to" | "$from") backend_to=$to backend_from=$from ;;
	esac
	if [ "$state" = begun ]; then
		if [ "$serves" = "$backend_to" ]; then
			[ "$written" = "$serves" ] || write "$serves" || problem "Users are on $to, but $map on $host could not be written."
			switched
		fi
		[ "$serves" = "$backend_from" ] || deny "Users were moved to $(called "$serves") by somebody else. I did nothing more."
	else
		tidy
		[ "$serves" != "$backend_to" ] || deny "Users are on $to already, and it was not this switch that moved them."
		[ "$serves" = "$backend_from" ] || deny "Users are on $(called "$serves"), not on $from. I moved nobody."
		[ "$written" = "$serves" ] || deny "HAProxy sends users to $(called "$serves"), but $map on $host says $(called "$written"). Put that right first. I moved nobody."
	fi
	if ! ready "$use"; then
		[ "$written" = "$serves" ] || write "$serves" || problem "$why Users are on $from, but $map on $host could not be written back."
		deny "$why Users stay on $from."
	fi
	[ "$state" = begun ] || note "$token" begun "$backend_from" "$backend_to" || refuse "Nothing can be written beside $map on $host. Users stay on $from."
	state=begun
	point begun
	if ! write "$backend_to"; then
		on_file
		[ "$written" = "$backend_from" ] || problem "$map on $host could not be written. Users are on $from."
		deny "$map on $host could not be written. Users stay on $from."
	fi
	point written
	# A HAProxy that read the old file a moment ago, and has not taken over yet, is not told; then Active finds the contradiction.
	told=$(ask "set map $map $key $backend_to")
	point told
	memory || problem "$why"
	[ "$serves" != "$backend_to" ] || switched
	write "$serves" || problem "HAProxy on $host did not move users ($(brief "$told")), and $map could not be written back."
	deny "HAProxy on $host did not move users: $(brief "$told"). They stay on $(called "$serves")."
}

# Sees to it that the switch with this token is over: carried out, or never to come.
settle() {
	lock
	memory || problem "$why"
	on_file || problem "$why"
	[ "$state" != begun ] || { own=$token token=-; tidy; token=$own; }
	[ -n "$state" ] || note "$token" refused - - "This switch was given up before it was begun. Users were not moved." || problem "Nothing can be written beside $map on $host."
	say "active $serves"
}

case ${action-} in
active)
	memory || problem "$why"
	on_file || problem "$why"
	token=-
	[ "$written" = "$serves" ] || [ -n "$(unfinished)" ] ||
		problem "HAProxy on $host sends users of $key to $serves, but its file $map says $written: at its next reload they would move."
	say "active $serves"
	;;
switch) switch ;;
settle) settle ;;
drained)
	left=$(column "$backend" scur whole)
	case $left in
	'' | *[!0-9]*) problem "HAProxy on $host does not say how many requests $backend is at." ;;
	esac
	say "left $left"
	;;
count)
	read -r requests sessions errors broke econ eresp <<EOF
$(column "$backend" 'req_tot stot hrsp_5xx srv_abrt econ eresp' whole)
EOF
	[ "$requests" != - ] || requests=$sessions
	[ "$errors" != - ] || errors=$econ broke=$eresp
	for given in "$requests" "$errors" "$broke"; do
		case $given in
		'' | *[!0-9]*) problem "HAProxy on $host does not say how many requests $backend had." ;;
		esac
	done
	say "count $requests $((errors + broke))"
	;;
*) refuse "I do not know how to do that, so I touched nothing." ;;
esac

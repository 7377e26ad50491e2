# Asks and tells nginx which server the users of an environment are sent to: one line of a file that an upstream includes,
#
#	server app-1:8080; # pawl: blue
#
# in `upstream shop_master { include /etc/nginx/pawl/shop-master.conf; }`. Other lines, and what stands between the address and
# the semicolon, stay as they are.
#
# Reads: also program, what is called in place of nginx, with -T, -V and -s reload; a file of two lines that calls sudo, for
#        example.
# Says:  active ADDRESS NAME is what the file says. left: workers that serve what came before the last reload.
# Leaves: also FILE.pawl-old, the file as it was before the switch, and FILE.pawl-said, what nginx said last.
#
# Users are moved when every worker that served them takes no more connections. Which ones those were stands in the journal: so
# that it can be told later whether nginx read the file, whoever was killed in between.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
nginx=${program:-nginx}

# Sets addr and name: what the file says. Fails with why.
on_file() {
	read -r addr name <<EOF
$(awk '
		/^[ \t]*server[ \t][^#]*;[ \t]*#[ \t]*pawl:[ \t]*[^ \t\r]+[ \t\r]*$/ {
			n++
			a = $2; sub(/;.*/, "", a)
			sub(/^.*#[ \t]*pawl:[ \t]*/, ""); sub(/[ \t\r]*$/, "")
			line = a " " $0
		}
		END { if (n == 1) print line }' "$file")
EOF
	[ -n "$addr" ] && return
	why="$map on $host does not have exactly one line \"server ADDRESS; # pawl: INSTANCE\"."
	return 1
}

# Makes the file send users to the address $1, called $2.
write() {
	A=$1 N=$2 awk '
		/^[ \t]*server[ \t][^#]*;[ \t]*#[ \t]*pawl:[ \t]*[^ \t\r]+[ \t\r]*$/ {
			match($0, /^[ \t]*server[ \t]+/); out = substr($0, 1, RLENGTH) ENVIRON["A"]; $0 = substr($0, RLENGTH + 1)
			match($0, /[ \t;]/); $0 = substr($0, RSTART)
			match($0, /#[ \t]*pawl:[ \t]*/); $0 = out substr($0, 1, RSTART + RLENGTH - 1) ENVIRON["N"]
		}
		{ print }' "$file" | replace && on_file && [ "$addr $name" = "$1 $2" ]
}

# Holds the configuration to be right, and sets pidfile. Fails with why.
try() {
	if dump=$("$nginx" -T 2>"$file.pawl-said"); then
		pidfile=$(printf '%s\n' "$dump" | awk '$1 == "pid" { sub(/;.*/, "", $2); print $2; exit }')
		[ -n "$pidfile" ] || pidfile=$("$nginx" -V 2>&1 | tr ' ' '\n' | sed -n 's/^--pid-path=//p')
		case $pidfile in
		/*) word "$pidfile" && return ;;
		esac
		why="nginx on $host does not say where its process id stands (\`pid /run/nginx.pid;\`)."
		return 1
	fi
	said=$(cat "$file.pawl-said")
	why=$(printf '%s\n' "$said" | grep -m 1 -F '[emerg]')
	why=$(brief "${why:-$said}" | sed 's/^.*\[emerg\] //; s/^[0-9#]*: //').
	return 1
}

# workers PIDFILE serving|leaving: the workers that take connections, or those that only end what they have; in one line.
workers() {
	master=''
	[ -r "$1" ] && read -r master <"$1"
	case $master in
	'' | *[!0-9]*) return ;;
	esac
	cat /proc/[0-9]*/stat 2>/dev/null | M=$master awk '{ pid = $1; sub(/^.*\) /, ""); if ($2 == ENVIRON["M"]) print pid }' |
		while read -r pid; do
			case $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") in
			"nginx: worker process is shutting down"*) echo "$pid leaving" ;;
			"nginx: worker process"*) echo "$pid serving" ;;
			esac
		done | awk -v what="$2" '$2 == what { printf "%s%s", sep, $1; sep = "," }'
}

# gone PIDFILE OLD: does none of these workers take connections any more, and somebody else does?
gone() {
	now=$(workers "$1" serving)
	[ -n "$now" ] || return 1
	for pid in $(printf '%s' "$2" | tr ',' ' '); do
		case ,$now, in
		*,"$pid",*) return 1 ;;
		esac
	done
}

# await PIDFILE OLD TENTHS: waits so many tenths of a second for that.
await() {
	left=$3
	until gone "$1" "$2"; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

back() {
	replace <"$file.pawl-old" && on_file
}

# What became of switches that nobody finished: those who began them are gone. Where nginx did not read the new file, the old
# one is put back, and nginx reads that: it moves nobody.
tidy() {
	unfinished | while read -r other its_from its_to pidfile old; do
		# Whoever was killed may have told nginx a moment ago: it needs its time.
		if [ "$name" = "$its_to" ] && await "$pidfile" "$old" 20; then
			note "$other" 'done' "$its_from" "$its_to" "$pidfile" || exit 1
			continue
		fi
		[ "$name" = "$its_from" ] || back || exit 1
		"$nginx" -s reload && await "$pidfile" "$old" 150 &&
			note "$other" refused "$its_from" "$its_to" "It was begun, not finished, and then given up. Users were not moved." || exit 1
	done || stop "What an earlier switch left could not be tidied up on $host."
	on_file || stop "$why"
}

switch() {
	lock "$to" "$from" "$backend_to" "$backend_from"
	address_to=$backend_to address_from=$backend_from
	backend_to=$to backend_from=$from # the journal has names
	[ "$state" = refused ] && refuse "$text"
	on_file || { [ "$state" = 'done' ] && problem "$why"; stop "$why"; }
	if [ "$state" = 'done' ]; then
		[ "$addr" != "$address_to" ] || { say switched; exit 0; }
		refuse "This switch was carried out already; since then users were moved on to $name. I did nothing."
	fi
	again=$state
	if [ "$state" = begun ]; then
		read -r pidfile old <<EOF
$text
EOF
		case $name in
		"$to") if gone "$pidfile" "$old"; then switched; fi ;;
		"$from") ;;
		*) deny "Users were moved to $name by somebody else. I did nothing more." ;;
		esac
	else
		tidy
		[ "$addr" != "$address_to" ] || deny "Users are on $to already, and it was not this switch that moved them."
		[ "$name" = "$from" ] || deny "Users are on $name, not on $from. I moved nobody."
		[ "$addr" = "$address_from" ] || deny "$map on $host calls $addr $from, but pawl.yaml has $from at $address_from. I moved nobody."
		try || deny "The configuration of nginx on $host is broken already, so I left it alone: $why Users stay on $from."
		old=$(workers "$pidfile" serving)
		[ -n "$old" ] || deny "nginx does not run on $host (no worker belongs to $pidfile). I moved nobody."
		if ! { cp -p "$file" "$file.pawl-old" && settled "$file.pawl-old" && note "$token" begun "$from" "$to" "$pidfile $old"; }; then
			refuse "Nothing can be written beside $map on $host. Users stay on $from."
		fi
		state=begun
	fi
	point begun
	if ! write "$address_to" "$to"; then
		on_file
		if [ -n "$again" ] || [ "$addr $name" != "$address_from $from" ] && ! back; then
			problem "$map on $host could not be written."
		fi
		deny "$map on $host could not be written. Users stay on $from."
	fi
	point written
	mine=$pidfile why=''
	if ! try || ! "$nginx" -s reload 2>"$file.pawl-said"; then
		why=${why:-$(brief "$(cat "$file.pawl-said")").}
		if [ -n "$again" ] || ! back; then problem "nginx on $host does not take the new file: $why"; fi
		deny "nginx on $host does not take the new file, so the old one is back: $why Users stay on $from."
	fi
	pidfile=$mine
	point told
	await "$pidfile" "$old" 150 || problem "nginx on $host has the new file, but its workers still serve the old one after 15 s; its log says why."
	switched
}

switched() {
	note "$token" 'done' "$from" "$to" "$pidfile" || problem "Users are on $to, but I could not write that down on $host."
	say switched
	exit 0
}

# Sees to it that the switch with this token is over: carried out, or never to come.
settle() {
	lock
	on_file || problem "$why"
	[ "$state" != begun ] || { own=$token token=-; tidy; token=$own; }
	[ -n "$state" ] || note "$token" refused - - "This switch was given up before it was begun. Users were not moved." || problem "Nothing can be written beside $map on $host."
	say "active $addr $name"
}

case ${action-} in
active)
	on_file || problem "$why"
	token=-
	half=$(unfinished | head -n 1)
	[ -z "$half" ] || problem "A switch on $host was begun and not finished, so nobody knows yet whether users are on $(echo "$half" | cut -d ' ' -f 2) or on $(echo "$half" | cut -d ' ' -f 3)."
	say "active $addr $name"
	;;
switch) switch ;;
settle) settle ;;
drained)
	pidfile=''
	[ ! -f "$journal" ] || pidfile=$(K=$key awk '$1 == ENVIRON["K"] && $3 != "refused" && $6 ~ /^\// { print $6 }' "$journal" | tail -n 1)
	[ -n "$pidfile" ] || try || problem "nginx on $host does not say how it is: $why"
	left=$(workers "$pidfile" leaving | tr ',' '\n' | grep -c .)
	say "left $left"
	;;
*) refuse "I do not know how to do that, so I touched nothing." ;;
esac

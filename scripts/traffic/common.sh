# What the scripts of load balancers share; it stands before each of them.
#
# Reads: action (active, switch, settle, drained, count), key ("shop/master"), host, as people call it, map, the file that
#        says who has users, and where it is asked for to, from and token, backend_to and backend_from.
# Says:  active, switched, left, count; refuse when nothing was changed and never will be under this token; problem when
#        that is not known
# Leaves: the file, and beside it FILE.pawl, which switches were begun here and how they ended, and FILE.pawl-lock
#
# A switch is carried out at most once: its token stands in the journal, FILE.pawl, before anything is changed, and a token
# that stands there is never begun again. Who comes with it later hears how it ended, and finishes what a kill left half
# done. One line of the journal: KEY TOKEN begun|done|refused FROM TO, and a text.
set -u
umask 022
export LC_ALL=C

host=${host:-this host}
key=${key-} token=${token-} to=${to-} from=${from-} backend_to=${backend_to-} backend_from=${backend_from-} map=${map-}

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

# One word that means only itself, in a file and to a load balancer.
word() {
	case $1 in
	'' | *[[:cntrl:][:space:]\;\\\"\'\<\#\{\}\$]*) return 1 ;;
	esac
}

# The first lines somebody else printed, as one line for people.
brief() {
	printf '%s' "$1" | tr '\n' ' ' | tr -cd '[:print:]' | cut -c 1-200
}

# What people call a backend.
called() {
	case $1 in
	'') echo nobody ;;
	"$to" | "$backend_to") printf '%s\n' "$to" ;;
	"$from" | "$backend_from") printf '%s\n' "$from" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

for given in "$key" "$map"; do
	word "$given" || refuse "I was not told what to look at, so I touched nothing."
done
file=$(readlink -f "$map")
[ -f "$file" ] || refuse "There is no file $map on $host."
journal=$file.pawl

# Nobody else switches as long as this script lives, or a program it has started: what that was told to do still comes
# before whoever is next.
lock() {
	for given in "$token" "$@"; do
		word "$given" || refuse "I was not told what to switch, so I touched nothing."
	done
	command -v flock >/dev/null || refuse "$host has no flock (it comes with util-linux), so I touched nothing."
	[ -w "${file%/*}" ] || refuse "I may not write to ${file%/*} on $host, so I touched nothing."
	[ -e "$file.pawl-lock" ] || touch "$file.pawl-lock"
	exec 9<"$file.pawl-lock"
	flock -w "${patience:-10}" 9 || problem "Somebody else is switching on $host and did not end in time."
	look_up
}

# Sets state and text: what the journal has about this token. Empty when it has nothing.
look_up() {
	state='' text=''
	[ -f "$journal" ] || return 0
	line=$(K=$key T=$token awk '$1 == ENVIRON["K"] && $2 == ENVIRON["T"]' "$journal" | tail -n 1)
	[ -n "$line" ] || return 0
	read -r _ _ state _ _ text <<EOF
$line
EOF
}

# note TOKEN STATE FROM TO TEXT: writes it down, in place of what stood there about the token. Of what is over the newest
# 500 are kept.
note() {
	[ -f "$journal" ] || touch "$journal" || return 1
	K=$key T=$1 LINE="$key $*" awk '
		$1 == ENVIRON["K"] && $2 == ENVIRON["T"] { next }
		{ line[++n] = $0; open[n] = $3 == "begun" }
		END {
			for (i = 1; i <= n; i++) if (open[i] || i > n - 500) print line[i]
			print ENVIRON["LINE"]
		}' "$journal" >"$journal.new" && settled "$journal.new" && mv "$journal.new" "$journal"
}

# On the disk, where the host can say so.
settled() {
	sync "$1" 2>/dev/null || :
}

# Ends this switch for good: nothing was changed, and under this token nothing will be.
deny() {
	note "$token" refused "$backend_from" "$backend_to" "$*" || problem "$* I could not write that down on $host, so I cannot promise that it stays so."
	refuse "$*"
}

# Ends this attempt with what went wrong: for good while nothing was begun.
stop() {
	[ "$state" = begun ] && problem "$*"
	deny "$* Users were not moved."
}

# The tokens of other switches of this environment that were begun and never ended, with from, to and what stands there.
unfinished() {
	[ -f "$journal" ] || return 0
	K=$key T=$token awk '$1 == ENVIRON["K"] && $2 != ENVIRON["T"] && $3 == "begun" { print $2, $4, $5, $6, $7 }' "$journal"
}

# Puts the text on standard input in the place of the file, whole or not at all, with the same rights.
replace() {
	cp -p "$file" "$file.pawl-new" && cat >"$file.pawl-new" && [ -s "$file.pawl-new" ] && settled "$file.pawl-new" && mv "$file.pawl-new" "$file"
}

# Where tests kill a script.
point() {
	:
}

# What the scripts of a toy refresh share; it stands before each of them.
#
# Every database a refresh touches carries a table _pawl (key, value): state and epoch (when master looked like this, on
# the clock of its host), who (made the snapshot for whom), and in a toy owner, run and stage (restored, masked).
set -u
umask 077
export LC_ALL=C

# --- What people and the log read.

# Speaks to the board.
say() {
	printf 'pawl: %s\n' "$*"
}

# Ends the script with a sentence for people.
problem() {
	say "problem $*"
	exit 1
}

# Ends the script with a sentence about something that trying again cannot mend.
refuse() {
	say "refuse $*"
	exit 1
}

# Does what it is given, or ends the script. For what only a broken machine refuses.
must() {
	"$@" || problem "A file on $host could not be written; the log says more."
}

# 1.5 GB, 82 MB, 640 kB.
size() {
	awk -v b="$1" 'BEGIN {
		if (b >= 5e8) printf "%.1f GB", b / 1e9
		else if (b >= 1e6) printf "%.0f MB", b / 1e6
		else printf "%.0f kB", b / 1e3
	}'
}

# 214,000: three digits that count, as people say numbers. The log has them exact.
number() {
	awk -v n="$1" 'BEGIN {
		for (unit = 1; n / unit >= 1000 && n >= 10000; unit *= 10);
		n = int(n / unit + 0.5) * unit
		text = sprintf("%.0f", n)
		for (out = ""; length(text) > 3; text = substr(text, 1, length(text) - 3)) out = "," substr(text, length(text) - 2) out
		print text out
	}'
}

# 1.2 of 1.9 million, or 120,000 of 600,000.
share_of() {
	if [ "$2" -ge 1000000 ]; then
		awk -v n="$1" -v m="$2" 'BEGIN { printf "%.1f of %.1f million", n / 1e6, m / 1e6 }'
	else
		printf '%s of %s' "$(number "$1")" "$(number "$2")"
	fi
}

# 41 s, 1 min 52 s; from hundredths of a second.
duration() {
	if [ "$1" -ge 6000 ]; then
		printf '%d min %d s' $(($1 / 6000)) $(($1 % 6000 / 100))
	else
		printf '%d s' $((($1 + 99) / 100))
	fi
}

# Text without anything that ends a line or moves a cursor.
plain() {
	printf %s "$1" | tr -d '\000-\037\177'
}

# --- Time. pace is over how many seconds the work of this script is spread; 0: as fast as it goes.

pace=${pace:-0}

# Sets now to the hundredths of a second since boot, without starting a process.
clock() {
	read -r now _ </proc/uptime
	now=${now%.*}${now#*.}
}

clock
began=$now

# Sets elapsed to the hundredths of a second since the script began.
elapsed() {
	clock
	elapsed=$((now - began))
}

# Sleeps until $1 percent of the pace have passed. To be called between pieces of work that are shorter than a second.
pace_to() {
	elapsed
	wait=$((pace * $1 - elapsed))
	[ "$wait" -le 0 ] || sleep "$((wait / 100)).$(printf %02d $((wait % 100)))"
}

# Waits for the process $1, which writes the file $2 of $3 bytes, and tells how far it is: from $4 to $5 percent of the
# script. $6 is what it does, and may be empty. Returns the status of the process. What ended well before its pace is
# over is told as if it took that long.
watch_growth() {
	while kill -0 "$1" 2>/dev/null; do
		tell_growth "$2" "$3" "$4" "$5" "$6"
		sleep 0.3
	done
	wait "$1" || return
	while elapsed; [ "$elapsed" -lt $((pace * $5)) ]; do
		tell_growth "$2" "$3" "$4" "$5" "$6"
		sleep 0.3
	done
}

tell_growth() {
	percent=$(($3 + $(bytes "$1") * ($4 - $3) / ($2 + 1)))
	[ "$percent" -lt "$4" ] || percent=$(($4 - 1))
	if [ "$pace" -gt 0 ]; then
		elapsed
		[ "$percent" -le $((elapsed / pace)) ] || percent=$((elapsed / pace))
	fi
	say "$percent% $5"
}

# --- Files.

# A path below the home directory, unless it is absolute.
absolute() {
	case $1 in
	/*) printf %s "$1" ;;
	*) printf '%s/%s' "$HOME" "$1" ;;
	esac
}

# The size of a file; 0 when there is none.
bytes() {
	if [ -f "$1" ]; then
		wc -c <"$1" | tr -d ' '
	else
		echo 0
	fi
}

# Stops with a sentence unless the file system of $1 has room for $2 bytes. $3 is who has too little, $4 what it is for.
need_space() {
	# shellcheck disable=SC2046
	set -- "$@" $(df -Pk "$(dirname "$1")" | awk 'NR == 2 { printf "%.0f %s", $4 * 1024, $5 }')
	[ $# -eq 6 ] && [ "$5" -lt "$2" ] || return 0
	echo "$host: df $(dirname "$1"): ${6%\%} % used, largest: $(largest "$(dirname "$1")")"
	problem "$3 has $(size "$5") free and $4 $(size "$2")."
}

# The three largest files right in a directory.
largest() {
	find "$1" -maxdepth 1 -type f -exec ls -ln {} + 2>/dev/null | sort -k5,5nr | head -n 3 | awk '{
		bytes = $5; name = $0; sub(/.*\//, "", name)
		printf "%s%s %.1f GB", sep, name, bytes / 1e9; sep = ", "
	}'
}

remove_database() {
	rm -f "$1" "$1-journal" "$1-wal" "$1-shm"
}

inode() {
	# shellcheck disable=SC2012
	ls -di "$1" | awk '{ print $1 }'
}

# Sets the paths of everything that belongs to the toy database $1. A dot parts what we add from the name, because a
# person's part of it never contains one: the toy of alice_old is not the previous one of alice.
toy_files() {
	current=$(absolute "$1")
	case $current in
	*.db) stem=${current%.db} ext=.db ;;
	*) stem=$current ext= ;;
	esac
	# shellcheck disable=SC2034
	part=$stem.part$ext copy=$stem.copy$ext building=$stem.building$ext new=$stem.new$ext sealed=$stem.sealed$ext old=$stem.old$ext
}

# --- Databases.

# Runs SQLite on a file: statements from arguments or standard input, the first mistake ends it.
db() {
	sqlite3 -init /dev/null -batch -bail -cmd '.timeout 5000' "$@"
}

# A name as SQL writes it.
identifier() {
	printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"
}

# A text as SQL writes it.
literal() {
	printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}

# Sets of_state, of_epoch, of_run, of_stage, of_owner and of_who to what the table _pawl of database $1 says. Fails when
# there is no such database or table.
about() {
	of_state='' of_epoch='' of_run='' of_stage='' of_owner='' of_who=''
	[ -f "$1" ] || return 1
	unit=$(printf '\037')
	row=$(db -separator "$unit" "$1" "SELECT coalesce(max(CASE key WHEN 'state' THEN value END), ''),
		coalesce(max(CASE key WHEN 'epoch' THEN value END), 0), coalesce(max(CASE key WHEN 'run' THEN value END), ''),
		coalesce(max(CASE key WHEN 'stage' THEN value END), ''), coalesce(max(CASE key WHEN 'owner' THEN value END), ''),
		coalesce(max(CASE key WHEN 'who' THEN value END), '') FROM _pawl" 2>/dev/null) || return 1
	# shellcheck disable=SC2034
	IFS=$unit read -r of_state of_epoch of_run of_stage of_owner of_who <<-END
		$row
	END
}

# The run this script belongs to: the same for all its scripts, and for every attempt at one.
run=${PAWL_KEY-}
run=${run%/}
run=${run##*/}
run=${run%%.*}
run=${run:-by-hand}
owner=$(plain "${owner-}")

# Stops when the toy in place is somebody else's: two people's addresses can make the same name.
refuse_strangers() {
	if about "$current" && [ -n "$of_owner" ] && [ "$of_owner" != "$owner" ]; then
		refuse "The database $(plain "${current##*/}") belongs to $of_owner, so I left it alone."
	fi
}

# Makes sure that no change of database $1 is under way and that nothing of it is in files beside it, because renaming
# it now would part them. $2 is how to call it. A file that is no database is nothing to wait for.
settle() {
	[ -f "$1" ] || return 0
	if ! error=$(db "$1" 'PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT' 2>&1 >/dev/null); then
		echo "$error"
		case $error in
		*lock* | *busy*) problem "Something has $2 open and works with it. Close it, then try again." ;;
		esac
	fi
}

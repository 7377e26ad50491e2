# What the scripts of a toy database on SQLite share. It stands before each of them.
#
# On the master's host:  ~/db/DATABASE.db           the master itself
#                        ~/snapshots/               DATABASE-SECONDS.db, and for-RUN.db: the one a run uses
# On the toys' host:     ~/incoming/RUN.db          the copy of it
#                        ~/toys/TOY.RUN.part        being restored
#                        ~/toys/TOY.RUN.restored    complete, with personal data
#                        ~/toys/TOY.RUN.db          without: only such a file can become a toy
#                        ~/toys/TOY.db, TOY_old.db  symbolic links to the current one and the one before
#
# Files are never renamed while somebody may have them open; links are. SQLite names its journal after the file itself,
# so a reader of the old database and one of the new one cannot meet: https://sqlite.org/howtocorrupt.html section 2.4.
#
# PAWL_PACE, in seconds, spreads a step's work over at least that time. 0 or nothing is full speed.

set -eu
umask 077
LC_ALL=C
export LC_ALL

say() {
	printf 'pawl: %s\n' "$*"
}

# Ends the script with a sentence for people.
problem() {
	say "problem $*"
	exit 1
}

# Refuses an argument ($1 is its name) that is missing or could mean another file.
plain() {
	eval "value=\${$1:-}"
	case $value in
	'' | .* | *[!A-Za-z0-9._-]*) problem "The argument $1 is not a plain name: \"$value\"." ;;
	esac
}

sql() {
	sqlite3 -batch -bail -cmd '.timeout 30000' "$@"
}

# $1 as a string of SQL.
quoted() {
	printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}

# $1 bytes as people say it: 1.5 GB.
size() {
	awk -v n="$1" 'BEGIN {
		split("bytes KB MB GB TB", unit, " ")
		for (i = 1; n >= 999.5 && i < 5; i++) n /= 1000
		printf(i == 1 || n >= 9.95 ? "%.0f %s" : "%.1f %s", n, unit[i])
	}'
}

# $1 with its thousands apart: 214,000.
count() {
	awk -v n="$1" 'BEGIN { s = sprintf("%d", n); while (s ~ /[0-9][0-9][0-9][0-9]/) sub(/[0-9][0-9][0-9](,|$)/, ",&", s); print s }'
}

# $1 seconds as people say it.
span() {
	if [ "$1" -lt 100 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

# The time of $1, in seconds since 1970: with the day when it is not from today.
clock() {
	if [ "$(date -d "@$1" +%F)" = "$(date +%F)" ]; then date -d "@$1" +%H:%M; else date -d "@$1" '+%a %e %b, %H:%M'; fi
}

bytes_of() {
	if [ -e "$1" ]; then wc -c <"$1" | tr -d ' '; else echo 0; fi
}

# Waits one of $1 equal parts of PAWL_PACE.
pause() {
	[ "${PAWL_PACE:-0}" = 0 ] || sleep "$(awk -v t="$PAWL_PACE" -v n="$1" 'BEGIN { printf "%.3f", t / n }')"
}

# Ends with a problem unless $2 bytes fit into directory $1 with a little to spare. $3 names the machine, $4 the work.
need_space() {
	free=$(($(df -Pk "$1" | awk 'NR == 2 { print $4 }') * 1024))
	need=$(($2 + $2 / 10))
	if [ "$free" -lt "$need" ]; then
		echo "The largest files in $1:"
		du -k "$1"/* 2>/dev/null | sort -rn | head -n 5
		problem "The $3 has $(size "$free") free and the $4 needs $(size "$need")."
	fi
}

# Says how far process $1 is, until it ends, by how much of $3 bytes file $2 has; it covers $4 to $5 percent.
watch_size() {
	while kill -0 "$1" 2>/dev/null; do
		now=$(bytes_of "$2")
		[ "$now" -le "$3" ] || now=$3
		[ "$3" -eq 0 ] || say "$(($4 + ($5 - $4) * now / $3))% $(size "$now") of $(size "$3")"
		sleep 0.5
	done
}

# SQL that says "N of M rows" for the SQL expression $1 and the number $2.
rows_of() {
	if [ "$2" -ge 1000000 ]; then
		echo "printf('%.1f of %.1f million rows', ($1)/1e6, $2/1e6)"
	else
		echo "printf('%,d of %,d rows', $1, $2)"
	fi
}

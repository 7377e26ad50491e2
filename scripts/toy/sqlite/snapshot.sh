# Takes a snapshot of master, or shares one that is young enough. Any number of these may run at once on a host: one
# makes the snapshot, the others wait for it. When the one that makes it is killed, the next one does.
#
# Reads:  database  master's file, below the home directory unless absolute
#         reuse     how many seconds old a snapshot may be to be shared
#         who       for whom it is, as people say it: others are told with whom they share
#         host      what people call this machine
#         pace      see common.sh
# Says:   how far it is; done "state of 14:02, shared with Bob"; result state=14:02
# Leaves: database.snapshot (complete whenever it is there), .about (its size, for whoever copies it), .lock, .maker
who=$(plain "$who")
database=$(absolute "$database")
snapshot=$database.snapshot
asked=$(date +%s)

# A database that is still being put in place is waited for, not complained about.
await_master() {
	tries=0
	while [ ! -f "$database" ] && [ -f "$database.half" ] && [ "$tries" -lt 240 ]; do
		say "note waiting for $(plain "${database##*/}"), which is being made"
		tries=$((tries + 1))
		sleep 0.5
	done
	[ -f "$database" ] || problem "There is no database $(plain "${database##*/}") on $host."
}

# Whether the snapshot there is may be shared: young enough, or begun after we asked.
fresh() {
	about "$snapshot" || return 1
	date=$(date +%s)
	[ "$of_epoch" -le "$date" ] && { [ $((date - of_epoch)) -lt "$reuse" ] || [ "$of_epoch" -ge "$asked" ]; }
}

# VACUUM INTO reads in one transaction: what is written meanwhile neither shows in it nor makes it start over, and a
# master in WAL mode is not held up. The snapshot gets its name when it is whole.
make() {
	making=$snapshot.making
	remove_database "$making"
	printf '%s\n' "$who" >"$snapshot.maker"
	total=$(db "$database" 'SELECT (page_count - freelist_count) * page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size') || problem "I cannot read $(plain "${database##*/}") on $host."
	need_space "$snapshot" $((total + total / 20)) "$host" "the snapshot needs"
	epoch=$(date +%s)
	state=$(date +%H:%M)
	db "$database" "VACUUM INTO $(literal "$making")" &
	watch_growth $! "$making" "$total" 0 100 "" || problem "The snapshot on $host did not work. Master is as it was."
	db "$making" "DROP TABLE IF EXISTS _pawl; CREATE TABLE _pawl (key TEXT PRIMARY KEY, value TEXT NOT NULL);
		INSERT INTO _pawl VALUES ('state', $(literal "$state")), ('epoch', $epoch), ('who', $(literal "$who"))" ||
		problem "The snapshot on $host did not work. Master is as it was."
	bytes "$making" >"$snapshot.about.new"
	must mv -f "$snapshot.about.new" "$snapshot.about"
	must mv -f "$making" "$snapshot"
	echo "snapshot of $database: $(bytes "$snapshot") bytes in $(duration "$elapsed")"
}

# While somebody else makes it, we tell how far they are.
wait_for_turn() {
	until flock -n 9; do
		percent=$(($(bytes "$snapshot.making") * 100 / ($(bytes "$database") + 1)))
		[ "$percent" -le 99 ] || percent=99
		say "$percent% made for $(plain "$(cat "$snapshot.maker" 2>/dev/null)")"
		sleep 0.5
	done
}

await_master
exec 9>>"$snapshot.lock" # children hold it too: what a killed script left working is waited for
wait_for_turn
shared=
if fresh; then
	[ "$of_who" = "$who" ] || shared=", shared with $of_who"
else
	make
	of_state=$state
fi
say "result state=$of_state"
say "done state of $of_state$shared"

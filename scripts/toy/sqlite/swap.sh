# Puts the new database in the toy's place and keeps the one before it. Whoever opens the toy sees the old one or the new
# one, never something between: a name changes its file by rename(2).
#
# Reads:  database  the toy's file
#         owner     whose toy it is
#         host, pace  see common.sh
# Says:   result size=1.6 GB, result state=14:02
# Leaves: the toy, and the one before it as .old. Done twice it changes nothing: the toy says which run made it.
toy_files "$database"

tell() {
	about "$current"
	say "result state=$of_state"
	say "result size=$(size "$(bytes "$current")")"
}

refuse_strangers
if [ ! -f "$new" ] && [ "$of_run" = "$run" ]; then
	echo "$current was swapped in already"
	tell
	exit 0
fi
if ! about "$new" || [ "$of_run" != "$run" ] || [ "$of_stage" != masked ]; then
	problem "There is no masked database of this refresh to swap in. Your current toy works as before."
fi
say "note checking the new database"
[ "$(db "$new" 'PRAGMA quick_check')" = ok ] || problem "The new database is damaged, so I did not swap it in."
settle "$new" "the new database"
pace_to 100
if [ -f "$current" ]; then
	settle "$current" "your current toy"
	rm -f "$stem.swap$ext" "$stem.undone" "$stem.aside$ext"
	if [ ! -f "$old" ] || [ "$(inode "$old")" != "$(inode "$current")" ]; then # else we were killed right here
		must ln "$current" "$stem.swap$ext"
		rm -f "$old-journal" "$old-wal" "$old-shm"
		must mv -f "$stem.swap$ext" "$old"
	fi
fi
must mv -f "$new" "$current"
sync
echo "$current is run $run"
tell

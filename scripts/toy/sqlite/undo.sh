# Puts the previous toy back in its place, and keeps the one it replaces: doing it once more brings that one back.
#
# Reads:  database  the toy's file
#         owner     whose toy it is
#         host      see common.sh
# Says:   done "state of 09:30"; result state=09:30
# Leaves: the toy and its .old, changed for one another; .undone says by which run, so that done twice it changes
#         nothing
toy_files "$database"
undone=$stem.undone
aside=$stem.aside$ext

# The renames, in an order that can be picked up after any of them: .undone names the file that is to become the toy
# before anything moves.
exchange() {
	if ! is_target "$current"; then
		if [ -f "$current" ]; then
			rm -f "$aside"
			must ln "$current" "$aside"
		fi
		must mv -f "$old" "$current"
	fi
	[ ! -f "$aside" ] || must mv -f "$aside" "$old"
	sync
}

is_target() {
	[ -f "$1" ] && [ "$(inode "$1")" = "$target" ]
}

# Begins an undo of this run's own.
begin() {
	if [ ! -f "$old" ] || { [ -f "$current" ] && [ "$(inode "$old")" = "$(inode "$current")" ]; }; then
		refuse "There is no previous toy to go back to. Your current toy works as before."
	fi
	settle "$current" "your current toy"
	settle "$old" "your previous toy"
	rm -f "$aside"
	target=$(inode "$old")
	must echo "$run $target" >"$undone.new"
	must mv -f "$undone.new" "$undone"
}

refuse_strangers
by='' target=''
[ ! -f "$undone" ] || read -r by target <"$undone"
if [ "$by" != "$run" ]; then
	# Somebody else's that was killed: the toy has changed already, or nothing has.
	if [ -f "$aside" ] && is_target "$current"; then
		exchange
	fi
	begin
fi
exchange
echo "$current is what it was before"
if about "$current"; then
	say "result state=$of_state"
	say "done state of $of_state"
fi

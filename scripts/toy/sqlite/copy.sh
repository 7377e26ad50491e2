# Copies master's snapshot to the toy server with scp, over this machine's own way of reaching it: ssh configuration,
# keys, known hosts. An answer that fails to come is waited for; a copy that broke off begins again.
#
# Reads:  from           [user@]host of the snapshot
#         from_port      its port; empty: what ssh would take
#         from_name      what people call it
#         from_database  master's file there
#         database       the toy's file here: everything lies beside it
#         owner          whose toy it is
#         patience       for how many seconds a host that does not answer is tried again; 120
#         host, pace     see common.sh
# Says:   how far it is; done "1.5 GB in 41 s"; result state=14:02 of what was really copied
# Leaves: the toy's .copy, complete whenever it is there
toy_files "$database"
patience=${patience:-120}

# Fetches file $1 as $2, not faster than $3 kilobits a second. Without -q: it would hide why ssh did not get through.
fetch() {
	rm -f "$2"
	# shellcheck disable=SC2086
	scp -B -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=2 \
		${from_port:+-P "$from_port"} ${3:+-l $3} "$from:$1" "$2"
}

# Does what it is given until that works. What cannot be mended by waiting ends at once.
persist() {
	elapsed
	limit=$((elapsed + patience * 100))
	since=$(date +%H:%M)
	until "$@" 2>"$part.said"; do
		cat "$part.said"
		case $(cat "$part.said") in
		*[Nn]'o such file'*) problem "There is no snapshot on $from_name any more. Start again with a new one." ;;
		*[Pp]'ermission denied'* | *'unable to authenticate'*) problem "$from_name does not let $host in." ;;
		*[Vv]'erification failed'* | *knownhosts*) problem "$from_name does not show the key that $host knows it by." ;;
		*'No space left'*) problem "The toy server is full." ;;
		esac
		elapsed
		[ "$elapsed" -lt "$limit" ] || problem "$from_name does not answer $host since $since."
		say "note $from_name does not answer since $since; trying again"
		sleep 2
	done
	rm -f "$part.said"
}

whole_snapshot() {
	rate=
	[ "$pace" -eq 0 ] || rate=$((total * 8 / 1000 / pace + 1))
	fetch "$from_database.snapshot" "$part" "$rate" &
	watch_growth $! "$part" "$total" 0 100 "$(size "$total")"
}

refuse_strangers
persist fetch "$from_database.snapshot.about" "$part.about" ""
read -r total <"$part.about"
case $total in '' | *[!0-9]*) problem "I do not understand what $from_name says about its snapshot." ;; esac
rm -f "$part.about"
remove_database "$copy"
remove_database "$part"
need_space "$part" $((total * 21 / 10)) "The toy server" "the copy and the restore need"
persist whole_snapshot
have=$(bytes "$part")
said=$(db "$part" 'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size' 2>/dev/null)
if [ "$said" != "$have" ] || ! about "$part"; then
	problem "What came from $from_name is not whole: $have bytes instead of ${said:-unknown}."
fi
must mv -f "$part" "$copy"
elapsed
echo "copied $have bytes in $(duration "$elapsed")"
say "result state=$of_state"
say "done $(size "$have") in $(duration "$elapsed")"

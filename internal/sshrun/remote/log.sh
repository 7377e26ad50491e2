# Answers with the last MAX bytes of the log; "cut" says that there is more before them.

main() {
	cd "$dir" 2>/dev/null || {
		say log whole
		return
	}
	if [ -L sum ] && [ "$(readlink sum)" != "$SUM" ]; then
		say mismatch "$(readlink sum)"
		return
	fi
	set -- log
	[ ! -e log.more ] || set -- log log.more
	if [ "$(cat "$@" 2>/dev/null | wc -c)" -gt "$MAX" ]; then
		say log cut
	else
		say log whole
	fi
	cat "$@" 2>/dev/null | tail -c "$MAX"
}

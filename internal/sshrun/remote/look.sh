# Answers with the state, and MAX bytes of the log from offset FROM.

main() {
	cd "$dir" 2>/dev/null || {
		say gone
		return
	}
	if [ -L sum ] && [ "$(readlink sum)" != "$SUM" ]; then
		say mismatch "$(readlink sum)"
		return
	fi
	find_state
	say "$state" "$code"
	if [ -e log.more ]; then
		cat log log.more | tail -c "+$((FROM + 1))" | head -c "$MAX"
	elif [ -e log ]; then
		tail -c "+$((FROM + 1))" log | head -c "$MAX"
	fi
}

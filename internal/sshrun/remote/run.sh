# The shell that runs the script: claims round ROUND, keeps the log, records how the script ended.

main() {
	umask 077
	cd "$dir" || exit
	trap 'rm -f ./*."$NONCE"' EXIT
	point launched
	if [ -n "$TARGET" ] && ! fence; then
		ln -s "$holder" "busy.$NONCE.tmp" && mv "busy.$NONCE.tmp" "busy.$NONCE"
		trap 'rm -f "run.$NONCE" "env.$NONCE" "script.$NONCE"' EXIT
		exit
	fi
	: >>state.running
	point unclaimed
	ln -s "$$.$(start_of $$).$(boot_id)" "claimed.$ROUND" 2>/dev/null || exit
	point claimed
	mv "script.$NONCE" script
	mkfifo "out.$NONCE" || exit
	keep <"out.$NONCE" 9>&- &
	keeper=$!
	exec >"out.$NONCE" 2>&1
	# A caught signal is an ordinary one again in what we start. We outlive TERM, to record what became of the script.
	trap : TERM INT HUP
	(
		set -- "$dir" "$NONCE" # an argument of the script may be called anything
		. "./env.$NONCE"
		rm -f ./*."$2"
		cd || exit
		exec sh "$1/script"
	)
	code=$?
	point ended
	exec >/dev/null 2>&1
	i=0
	while kill -0 "$keeper" 2>/dev/null && [ "$i" -lt 50 ]; do # a daemon that kept its output open keeps this busy too
		sleep 0.02
		i=$((i + 1))
	done
	mv state.running "state.exit.$code"
	[ -z "$TARGET" ] || flock -u 9
}

# Takes the target for as long as this shell or anything it starts lives: the lock belongs to the open file, which
# children inherit, and the kernel gives it back when the last of them is gone. At a regular end it is given back
# explicitly, so that a daemon left behind holds nothing.
fence() {
	exec 9>>"$base/targets/$TARGET"
	i=0
	while ! flock -n 9; do
		if [ "$i" -ge 20 ]; then
			holder=$(cat "$base/targets/$TARGET")
			holder=${holder:-unknown}
			return 1
		fi
		sleep 0.05
		i=$((i + 1))
	done
	printf '%s %s\n' "$KEY" "$ID" >"$base/targets/$TARGET"
}

# Copies standard input to the log, unbuffered, up to a size. The rest of a log that grew too long is dropped, except
# the lines that speak to the board. A full disk loses lines, never the script.
keep() {
	trap '' TERM INT HUP XFSZ
	i=0
	while ! (
		ulimit -f "$BLOCKS"
		exec cat >>log 2>/dev/null
	); do
		if [ "$(wc -c <log)" -ge $((BLOCKS * 512)) ]; then
			printf '\n[the log ends here, it grew too long; only what speaks to the board follows]\n' >>log
			exec sed -n '/^pawl:/w log.more'
		fi
		i=$((i + 1))
		[ "$i" -lt 60 ] || exec cat >/dev/null
		sleep 1
	done
}

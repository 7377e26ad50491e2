# Starts the process unless it was decided already, and answers with its state. Any number of these may run at once and
# any of them may stop anywhere: the claim decides which of the launched shells runs the script.
#
# It may start round ROUND and no later one: a program that was held up until its round was judged must not take itself
# for a new try. It answers "next" and leaves the decision to whoever sent it.

main() {
	umask 077
	command -v setsid >/dev/null || die "this host has no setsid"
	[ -z "$TARGET" ] || command -v flock >/dev/null || die "this host has no flock"
	[ -r "$BOOT" ] || die "this host has no $BOOT"
	mkdir -p "$base/targets" || die "making $base"
	first=no
	mkdir "$dir" 2>/dev/null && first=yes
	cd "$dir" || die "making $dir"
	point directory
	ln -s "$SUM" sum 2>/dev/null
	[ -L sum ] || die "writing in $dir"
	if [ "$(readlink sum)" != "$SUM" ]; then
		say mismatch "$(readlink sum)"
		return
	fi
	ln -s "$ID" id 2>/dev/null # for people who look at the host
	round
	[ "$first" = yes ] || [ -n "$claim" ] || await "$PATIENCE" # somebody else is at it
	if [ -z "$claim" ] && [ "$r" -ne "$ROUND" ]; then
		say next "$r"
		return
	fi
	if [ -z "$claim" ]; then
		if ! deliver; then
			rm -f ./*."$NONCE"
			die "writing the script"
		fi
		point delivered
		PAWL_KEY=$dir/ setsid sh "$dir/run.$NONCE" >/dev/null 2>&1 </dev/null &
		await "$LAUNCH"
		case $(readlink "busy.$NONCE" 2>/dev/null) in
		"$KEY "*) # held by a shell of this very process, which is about to claim it
			rm -f "busy.$NONCE"
			await "$LAUNCH"
			;;
		esac
	fi
	if [ -z "$claim" ] && [ -L "busy.$NONCE" ]; then
		say busy "$(readlink "busy.$NONCE")"
		rm -f "busy.$NONCE"
		return
	fi
	rm -f "busy.$NONCE"
	if [ -z "$claim" ] && { [ "$r" -ne "$ROUND" ] || decide never; }; then
		rm -f ./*."$NONCE"
		say never 0
		return
	fi
	find_state
	say "$state" "$code"
}

# Waits for the round to be decided, for $1 fiftieths of a second. A shell that found the target busy says so.
await() {
	i=0
	while round; [ -z "$claim" ] && [ ! -L "busy.$NONCE" ] && [ "$i" -lt "$1" ]; do
		sleep 0.02
		i=$((i + 1))
	done
}

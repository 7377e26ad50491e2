# Runs the script of a look and waits for it: answers with the first MAX bytes of what it prints, and then on a line of
# its own with how it ended. It leaves nothing behind. After WITHIN seconds it is stopped, where the host knows how.

main() {
	cd || die "entering the home directory"
	say printed
	exec 4>&1
	code=$({
		{
			(
				set -- env # an argument of the script may be called anything
				! command -v timeout >/dev/null || set -- timeout -k 1 "$WITHIN"
				settings
				look "$@"
			) 2>&1 3>&- 4>&-
			echo $? >&3
		} | head -c "$MAX" >&4
	} 3>&1)
	printf '\n%s %s\n' "$NONCE" "$code"
}

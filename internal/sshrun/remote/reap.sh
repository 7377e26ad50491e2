# Stops every process of RUN on this host, and sees to it that none of it starts later.

main() {
	umask 077
	mkdir -p "$base/reaped/$RUN" || die "writing in $base"
	stuck=
	for dir in "$base/$RUN".*; do
		[ -d "$dir" ] || continue
		cookie=PAWL_KEY=$dir/
		cd "$dir" || continue
		stop
		stuck=$stuck$left
	done
	say reaped 0 "$stuck"
}

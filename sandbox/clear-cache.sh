# Empties the page cache of the shop on the host it runs on. An example of a script that a team has anyway: what makes it
# one of Pawl's are the lines that begin with "pawl:".
#
# Says:  how far it is, and how many pages there were
# Leaves: an empty cache, which fills by itself. It may be killed at any moment and run again.
set -eu

cache=${CACHE_DIR:-$HOME/cache}
mkdir -p "$cache"
pages=$(find "$cache" -type f | wc -l)

if [ "$pages" -eq 0 ]; then
	echo 'pawl: done it was empty'
	exit 0
fi

seen=0
find "$cache" -type f | while read -r page; do
	rm -f "$page"
	seen=$((seen + 1))
	if [ $((seen % 10)) -eq 0 ]; then
		echo "pawl: $((seen * 100 / pages))% page $seen of $pages"
		sleep 0.2 # a disk is slower than this directory
	fi
done
echo "pawl: done $((pages)) pages"

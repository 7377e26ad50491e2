# Takes away what a refresh that did not reach its end left on the toy server. The toy and the one before it stay.
#
# Reads:  database  the toy's file
# Says:   done "1.6 GB of half-made files removed"; nothing when there were none
# Leaves: nothing
toy_files "$database"
freed=0
for file in "$part" "$copy" "$building" "$new" "$sealed"; do
	freed=$((freed + $(bytes "$file")))
	remove_database "$file"
done
rm -f "$part.said" "$part.about" "$stem.swap$ext"
echo "removed $freed bytes"
[ "$freed" -eq 0 ] || say "done $(size "$freed") of half-made files removed"

# Answers with the first MAX bytes of the file FILE, which is below the home directory unless it is absolute. Only a
# regular file is read: anything else may never end.

main() {
	cd || die "entering the home directory"
	case $FILE in
	/*) ;;
	*) FILE=./$FILE ;; # it may begin with a dash
	esac
	if [ ! -e "$FILE" ]; then
		say missing
	elif [ ! -f "$FILE" ]; then
		say odd
	elif [ ! -r "$FILE" ]; then
		say closed
	else
		say file
		head -c "$MAX" "$FILE"
	fi
}

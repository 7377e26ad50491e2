# Builds a new database from the copy, next to the current toy: tables piece by piece, then indexes, views and triggers.
# A database with something in it that cannot be carried over row by row is taken over as a whole.
#
# Reads:  database  the toy's file
#         owner     whose toy it is
#         host, pace  see common.sh
# Says:   62% table orders, 1.2 of 1.9 million rows
# Leaves: the toy's .new, complete whenever it is there, and no .copy. The current toy is not touched.
toy_files "$database"

# Statements on the new database, with the copy as c. It is thrown away when it breaks, so nothing is waited for.
build() {
	db "$building" "ATTACH $(literal "$copy") AS c; PRAGMA main.journal_mode = OFF; PRAGMA main.synchronous = OFF; $1" |
		tail -n +2
}

# Whether there is anything that reading and inserting rows in order would not carry over.
unusual() {
	found=$(db "$copy" "SELECT (SELECT auto_vacuum FROM pragma_auto_vacuum) <> 0 OR (SELECT encoding FROM pragma_encoding) <> 'UTF-8'
		OR EXISTS (SELECT 1 FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL %' OR sql LIKE '%WITHOUT%ROWID%'
			OR name GLOB '*[|' || char(10) || char(13) || ']*')
		OR EXISTS (SELECT 1 FROM sqlite_master m, pragma_table_xinfo(m.name) x WHERE m.type = 'table'
			AND (x.hidden <> 0 OR lower(x.name) = 'rowid' OR x.name GLOB '*[|' || char(10) || char(13) || ']*'))") ||
		problem "What was copied is no database."
	[ "$found" = 1 ]
}

take_over() {
	db "$copy" "VACUUM INTO $(literal "$building")" &
	watch_growth $! "$building" "$size" 0 100 "as a whole" || broken "The database"
}

# Ends the script because $1 could not be restored; when the disk is full, that is what it says.
broken() {
	need_space "$building" $((size * 11 / 10 - $(bytes "$building"))) "The toy server" "the rest of the restore needs"
	problem "$1 could not be restored."
}

make_tables() {
	settings=$(db "$copy" "SELECT 'PRAGMA page_size = ' || page_size || '; PRAGMA user_version = ' || user_version ||
		'; PRAGMA application_id = ' || application_id || ';' FROM pragma_page_size, pragma_user_version, pragma_application_id")
	{
		echo "$settings"
		db "$copy" "SELECT sql || ';' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid"
	} | db "$building" || problem "The tables of the copy could not be made."
}

# Fills the tables. list has a line for each: its rows, its name, its columns as SQL writes them.
fill_tables() {
	list=$(db "$copy" "SELECT 'SELECT count(*) || ' || quote('|' || m.name || '|' ||
			(SELECT group_concat('\"' || replace(x.name, '\"', '\"\"') || '\"', ', ') FROM pragma_table_info(m.name) x)) ||
			' FROM \"' || replace(m.name, '\"', '\"\"') || '\";'
		FROM sqlite_master m WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid" | db "$copy")
	total=$(printf '%s\n' "$list" | awk -F'|' '{ n += $1 } END { printf "%.0f", n }')
	piece=$((total / 24 + 1))
	[ "$piece" -le 250000 ] || piece=250000
	[ "$piece" -ge 1000 ] || piece=1000
	finished=0
	while IFS='|' read -r rows name columns <&3; do
		fill_table
	done 3<<-END
		$list
	END
}

fill_table() {
	table=$(identifier "$name")
	here=0 next=-9223372036854775808
	while [ "$here" -lt "$rows" ]; do
		moved=$(build "BEGIN;
			INSERT INTO main.$table ($columns) SELECT $columns FROM c.$table WHERE rowid >= $next ORDER BY rowid LIMIT $piece;
			SELECT changes() || '|' ||
				(SELECT max(rowid) FROM (SELECT rowid FROM c.$table WHERE rowid >= $next ORDER BY rowid LIMIT $piece));
			COMMIT")
		case $moved in [1-9]*'|'*) ;; *) broken "Table $(plain "$name")" ;; esac
		here=$((here + ${moved%|*})) finished=$((finished + ${moved%|*})) next=$((${moved#*|} + 1))
		say "$((finished * 90 / total))% table $(plain "$name"), $(share_of "$here" "$rows") rows"
		pace_to $((finished * 90 / total))
	done
}

# Indexes come after the rows, one by one; views and triggers last, so that no trigger fires here.
finish() {
	indexes=$(db "$copy" "SELECT rowid || '|' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid")
	count=$(printf '%s\n' "$indexes" | grep -c .)
	n=0
	while IFS='|' read -r id name <&3; do
		[ -n "$id" ] || continue
		say "$((90 + n * 10 / count))% index $(plain "$name")"
		statement=$(db "$copy" "SELECT sql FROM sqlite_master WHERE rowid = $id")
		db "$building" "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; $statement" >/dev/null ||
			broken "Index $(plain "$name")"
		n=$((n + 1))
		pace_to $((90 + n * 10 / count))
	done 3<<-END
		$indexes
	END
	db "$copy" "SELECT sql || ';' FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY type DESC, rowid" |
		db "$building" || problem "The views and triggers of the copy could not be made."
	if [ "$(db "$copy" "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")" = 1 ]; then
		build 'DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM c.sqlite_sequence' ||
			problem "The counters of the copy could not be restored."
	fi
}

refuse_strangers
if about "$new" && [ "$of_run" = "$run" ] && [ -n "$of_stage" ]; then
	remove_database "$copy" # we may have been killed before it: it shows everybody as they are
	echo "$new was restored already"
	exit 0
fi
about "$copy" || problem "The copy on $host is gone, so there is nothing to restore. Start again with a new one."
remove_database "$building"
remove_database "$new"
size=$(bytes "$copy")
need_space "$building" $((size * 11 / 10)) "The toy server" "the restore needs"
if unusual; then
	take_over
else
	make_tables
	fill_tables
	finish
fi
# This transaction waits until everything above is on the disk.
db "$building" "INSERT OR REPLACE INTO _pawl VALUES
	('run', $(literal "$run")), ('owner', $(literal "$owner")), ('stage', 'restored')" || problem "The restore did not work."
must mv -f "$building" "$new"
remove_database "$copy"
elapsed
echo "restored $new: $(bytes "$new") bytes in $(duration "$elapsed")"

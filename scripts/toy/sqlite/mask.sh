# Hides personal data in the restored database, before anybody can reach it: column by column as the arguments say, then
# with SQL of the owner's. Nothing goes on unless all of it worked.
#
# Reads:  hide      a line for each table: its name, then its columns, with tabs between. What a column holds is replaced
#                   by a value made of the column's name and the row's number, NULL stays
#         mask_sql  SQL of your own, may be empty; it runs in one transaction. A row that begins with "pawl:" reaches the
#                   board: SELECT 'pawl: done ' || count(*) || ' people' FROM people
#         database  the toy's file
#         owner     whose toy it is
#         host, pace  see common.sh
# Says:   62% table people, 120,000 of 214,000 rows; done "214,000 people", of the first table
# Leaves: the toy's .new, masked. Triggers sleep meanwhile: one that keeps old values would keep what is to be hidden.
toy_files "$database"
nothing="Nothing was put in place."

# What replaces a column: $1 is its name, $2 the same as SQL writes it. A second time it replaces like by like. The
# domain is one that can never exist: RFC 2606.
made_up() {
	label=$(literal "$(printf %s "$1" | awk '{ print toupper(substr($0, 1, 1)) substr($0, 2) " " }' | tr _ ' ')")
	case $(printf %s "$1" | tr '[:upper:]' '[:lower:]') in
	*mail*) value="'person' || rowid || '@example.invalid'" ;;
	*phone* | *mobile* | *fax*) value="printf('+000 000 %06d', rowid)" ;;
	*) value="$label || rowid" ;;
	esac
	printf "CASE typeof(%s) WHEN 'null' THEN NULL WHEN 'text' THEN %s WHEN 'blob' THEN x'' ELSE 0 END" "$2" "$value"
}

# Sets table, rows, changes (for UPDATE) and left (true of a row that still shows something) for a line of hide.
understand() {
	name=${1%%"$tab"*}
	table=$(identifier "$name")
	changes='' left=''
	columns=${1#*"$tab"}$tab
	while [ -n "$columns" ]; do
		column=${columns%%"$tab"*} columns=${columns#*"$tab"}
		known=$(db "$new" "SELECT count(*) FROM pragma_table_info($(literal "$name")) WHERE lower(name) = lower($(literal "$column"))")
		[ "$known" = 1 ] || problem "There is no column $(plain "$name.$column") to hide: \`hide:\` in pawl.yaml does not fit the database. $nothing"
		quoted=$(identifier "$column")
		value=$(made_up "$column" "$quoted")
		changes="${changes:+$changes, }$quoted = $value"
		left="${left:+$left OR }$quoted IS NOT $value"
	done
	rows=$(db "$new" "SELECT count(*) FROM $table")
}

# A piece is safe when we are killed: the journal is there. It is not waited for until it is on the disk; seal does that.
hide_table() {
	piece=$((rows / 12 + 1))
	[ "$piece" -le 100000 ] || piece=100000
	[ "$piece" -ge 1000 ] || piece=1000
	here=0 next=-9223372036854775808
	while [ "$here" -lt "$rows" ]; do
		last="(SELECT max(rowid) FROM (SELECT rowid FROM $table WHERE rowid >= $next ORDER BY rowid LIMIT $piece))"
		moved=$(db "$new" "PRAGMA synchronous = OFF; BEGIN IMMEDIATE;
			UPDATE $table SET $changes WHERE rowid >= $next AND rowid <= $last; SELECT changes() || '|' || $last; COMMIT")
		case $moved in [1-9]*'|'*) ;; *) problem "Table $(plain "$name") could not be masked. $nothing" ;; esac
		here=$((here + ${moved%|*})) next=$((${moved#*|} + 1))
		percent=$((90 * (done_tables * rows + here) / (rows * tables)))
		say "$percent% table $(plain "$name"), $(share_of "$here" "$rows") rows"
		pace_to "$percent"
	done
	[ "$(db "$new" "SELECT count(*) FROM $table WHERE $left")" = 0 ] ||
		problem "Table $(plain "$name") still shows personal data after it was masked. $nothing"
	echo "masked $name: $rows rows"
}

# Puts the triggers to sleep; the table _pawl keeps them meanwhile.
drop_triggers() {
	{
		echo "BEGIN IMMEDIATE;"
		echo "INSERT OR IGNORE INTO _pawl SELECT 'triggers', group_concat(sql, ';' || char(10)) || ';' FROM sqlite_master WHERE type = 'trigger' HAVING count(*) > 0;"
		db "$new" "SELECT 'DROP TRIGGER \"' || replace(name, '\"', '\"\"') || '\";' FROM sqlite_master WHERE type = 'trigger'"
		echo "COMMIT;"
	} | db "$new" || problem "The triggers of the database could not be put to sleep. $nothing"
}

# Writes the database anew, because what was overwritten is still in the gaps of the old file. Then wakes the triggers
# and notes that everything is hidden.
seal() {
	remove_database "$sealed"
	need_space "$sealed" "$(bytes "$new")" "The toy server" "writing the masked database needs"
	db "$new" "VACUUM INTO $(literal "$sealed")" &
	watch_growth $! "$sealed" "$(bytes "$new")" 90 100 "without a trace" || problem "The masked database could not be written. $nothing"
	{
		echo "BEGIN IMMEDIATE;"
		db "$sealed" "SELECT value FROM _pawl WHERE key = 'triggers'"
		echo "DELETE FROM _pawl WHERE key IN ('triggers', 'own');"
		echo "INSERT OR REPLACE INTO _pawl VALUES ('stage', 'masked');"
		echo "COMMIT;"
	} | db "$sealed" || problem "The masked database could not be written. $nothing"
	must mv -f "$sealed" "$new"
}

# SQL of the owner's runs once: its end is noted in its own transaction. Should it end that itself, the savepoint is gone
# and nothing is noted.
run_own() {
	if [ -z "$mask_sql" ] || own_done; then
		return
	fi
	say "note your own SQL"
	{
		echo "BEGIN IMMEDIATE; SAVEPOINT own;"
		printf '%s\n;\n' "$mask_sql"
		echo "RELEASE own; INSERT INTO _pawl VALUES ('own', 'done');"
		echo "COMMIT;"
	} | db "$new"
	own_done || problem "The SQL given as \`mask:\` did not work. $nothing"
}

# An open comment at its end would swallow what follows it, and be no mistake: so we look.
own_done() {
	[ "$(db "$new" "SELECT count(*) FROM _pawl WHERE key = 'own'")" = 1 ]
}

if ! about "$new" || [ "$of_run" != "$run" ]; then
	problem "There is no restored database to mask. $nothing"
fi
tab=$(printf '\t')
tables=$(printf '%s\n' "$hide" | grep -c .)
done_tables=0 first=''
if [ "$of_stage" = restored ]; then
	drop_triggers
fi
while read -r line <&3; do
	[ -n "$line" ] || continue
	understand "$line"
	[ -n "$first" ] || first="$(number "$rows") $(plain "$name")"
	[ "$of_stage" = masked ] || hide_table
	done_tables=$((done_tables + 1))
done 3<<END
$hide
END
[ -z "$first" ] || say "done $first"
if [ "$of_stage" = restored ]; then
	run_own
	seal
fi

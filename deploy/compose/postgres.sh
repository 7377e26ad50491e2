#!/bin/sh
# Makes the databases, once: the postgres image runs what lies in its init folder when the volume is still empty
# (https://hub.docker.com/_/postgres, "Initialization scripts"). Temporal and Pawl have a role each that owns its own
# databases and may not enter those of the other.
set -eu

# make_role ROLE FILE: psql reads the password from the file itself, so that it is in no list of processes.
make_role() {
	[ -s "$2" ] || { echo "$2 is empty: it must hold the password of the role $1" >&2; exit 1; }
	ROLE=$1 PASSWORD_FILE=$2 psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set role `printf %s "$ROLE"`
\set password `cat "$PASSWORD_FILE"`
CREATE ROLE :"role" LOGIN PASSWORD :'password';
SQL
}

# make_database ROLE DATABASE
make_database() {
	psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres -v role="$1" -v database="$2" <<'SQL'
CREATE DATABASE :"database" OWNER :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

make_role temporal "$TEMPORAL_PASSWORD_FILE"
make_database temporal temporal
make_database temporal temporal_visibility
make_role pawl "$PAWL_PASSWORD_FILE"
make_database pawl pawl

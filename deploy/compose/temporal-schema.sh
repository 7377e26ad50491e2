#!/bin/sh
# Gives Temporal's two databases the tables that this version of its server wants. It runs before every start of the
# server: what is there already stays as it is, and after an upgrade only what is new is added
# (https://docs.temporal.io/self-hosted-guide/upgrade-server). The tool reads SQL_HOST, SQL_PORT, SQL_USER and SQL_PLUGIN.
set -eu

SQL_PASSWORD=$(cat "$SQL_PASSWORD_FILE")
export SQL_PASSWORD

# tables DATABASE SCHEMA
tables() {
	temporal-sql-tool --quiet --database "$1" setup-schema --version 0.0
	temporal-sql-tool --quiet --database "$1" update-schema --schema-name "$2"
}

tables temporal postgresql/v12/temporal
tables temporal_visibility postgresql/v12/visibility
echo "Temporal's tables are as this version wants them."

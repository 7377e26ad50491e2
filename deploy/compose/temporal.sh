#!/bin/sh
# Starts the Temporal server as its image does, with the password of its database from a file: the configuration that the
# server has inside takes it from a variable only.
set -eu

POSTGRES_PWD=$(cat "$POSTGRES_PWD_FILE")
export POSTGRES_PWD

exec /etc/temporal/entrypoint.sh

-- +goose Up

-- One row says one thing that happened, once: what it is about is its key, what it says is its kind.
CREATE TABLE entry (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT CHECK (seq > 0),
    at        TEXT NOT NULL,                    -- UTC, fixed width, sorts as text
    key       TEXT NOT NULL CHECK (key <> ''),
    kind      TEXT NOT NULL CHECK (kind <> ''),
    run       TEXT NOT NULL,                    -- the id people type
    execution TEXT NOT NULL,                    -- the engine's id of the run's first execution
    job       TEXT NOT NULL,
    actor     TEXT NOT NULL,                    -- JSON
    place     TEXT NOT NULL,                    -- JSON
    channel   TEXT NOT NULL,                    -- where its thread hangs, for looking it up
    thread    TEXT NOT NULL,
    rule      TEXT NOT NULL,
    text      TEXT NOT NULL,
    data      TEXT NOT NULL,                    -- JSON
    UNIQUE (key, kind)
) STRICT;

CREATE INDEX entry_run ON entry (run, seq);
CREATE INDEX entry_thread ON entry (channel, thread, seq);
CREATE INDEX entry_job ON entry (job, kind, seq);
CREATE INDEX entry_allowed ON entry (seq) WHERE kind = 'allowed';

-- What was written stays as it was written.

-- +goose StatementBegin
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: an entry cannot be changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: an entry cannot be removed');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without asking the trigger above: a row that is there already is left alone instead.
-- +goose StatementBegin
CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE key = NEW.key AND kind = NEW.kind)
  OR EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq)
BEGIN
    SELECT RAISE(IGNORE);
END;
-- +goose StatementEnd

-- Runs that were allowed and have no outcome: derived, so that "what is going on" never reads the whole past.
CREATE TABLE open_run (
    key TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER entry_opens AFTER INSERT ON entry
WHEN NEW.kind = 'allowed' OR NEW.kind LIKE 'started/%'
BEGIN
    INSERT OR IGNORE INTO open_run (key)
    SELECT NEW.key WHERE NOT EXISTS (SELECT 1 FROM entry WHERE key = NEW.key AND kind = 'outcome');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER entry_closes AFTER INSERT ON entry
WHEN NEW.kind = 'outcome' OR NEW.kind LIKE 'not started/%'
BEGIN
    DELETE FROM open_run WHERE key = NEW.key;
END;
-- +goose StatementEnd

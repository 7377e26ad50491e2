-- +goose Up

-- The same as migrations/ for SQLite, in PostgreSQL's words. Texts sort by their bytes (COLLATE "C"): the times sort as
-- they are written, and an index stays right when the machine gets another libc.

-- One row says one thing that happened, once: what it is about is its key, what it says is its kind.
CREATE TABLE entry (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (seq > 0),
    at        text COLLATE "C" NOT NULL,                    -- UTC, fixed width, sorts as text; at::timestamptz is the time
    key       text COLLATE "C" NOT NULL CHECK (key <> ''),
    kind      text COLLATE "C" NOT NULL CHECK (kind <> ''),
    run       text COLLATE "C" NOT NULL,                    -- the id people type
    execution text COLLATE "C" NOT NULL,                    -- the engine's id of the run's first execution
    job       text COLLATE "C" NOT NULL,
    actor     text COLLATE "C" NOT NULL,                    -- JSON
    place     text COLLATE "C" NOT NULL,                    -- JSON
    channel   text COLLATE "C" NOT NULL,                    -- where its thread hangs, for looking it up
    thread    text COLLATE "C" NOT NULL,
    rule      text COLLATE "C" NOT NULL,
    text      text COLLATE "C" NOT NULL,
    data      text COLLATE "C" NOT NULL,                    -- JSON
    UNIQUE (key, kind)
);

CREATE INDEX entry_run ON entry (run, seq);
CREATE INDEX entry_thread ON entry (channel, thread, seq);
CREATE INDEX entry_job ON entry (job, kind, seq);
CREATE INDEX entry_allowed ON entry (seq) WHERE kind = 'allowed';

-- Runs that were allowed and have no outcome: derived, so that "what is going on" never reads the whole past.
CREATE TABLE open_run (
    key text COLLATE "C" PRIMARY KEY
);

-- A function that touches a table works in the schema it was made in, whoever inserts.

-- One at a time: numbers are given out before a commit, so of two writers side by side the one with the lower number may
-- come second, and who has read up to the higher one would never see it. A statement's trigger runs before its rows get
-- their numbers. It is a lock of its own and not one of the table, which vacuuming would have to wait for. A writer that
-- falls silent with the lock is sent away after 10 s.
-- +goose StatementBegin
CREATE FUNCTION entry_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1885435756, TG_RELID::integer); -- "pawl" as a number, so that others' locks are others
    PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_in_turn BEFORE INSERT ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_in_turn();

-- What was written stays as it was written.
-- +goose StatementBegin
CREATE FUNCTION entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: an entry cannot be %',
        CASE TG_OP WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_stays();
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_stays();
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_stays();
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_update; -- also under session_replication_role = replica
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_delete;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_truncate;

-- +goose StatementBegin
CREATE FUNCTION entry_opens() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO open_run (key)
    SELECT NEW.key WHERE NOT EXISTS (SELECT 1 FROM entry WHERE key = NEW.key AND kind = 'outcome')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_opens AFTER INSERT ON entry FOR EACH ROW
WHEN (NEW.kind = 'allowed' OR NEW.kind LIKE 'started/%') EXECUTE FUNCTION entry_opens();

-- +goose StatementBegin
CREATE FUNCTION entry_closes() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM open_run WHERE key = NEW.key;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_closes AFTER INSERT ON entry FOR EACH ROW
WHEN (NEW.kind = 'outcome' OR NEW.kind LIKE 'not started/%') EXECUTE FUNCTION entry_closes();

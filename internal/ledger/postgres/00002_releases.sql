-- +goose Up

-- What users of any environment got, by time: "what was released since Monday" never reads the whole past.
CREATE INDEX entry_released ON entry (at) WHERE kind = 'released';

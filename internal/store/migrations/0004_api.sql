-- How people look at the estate, and work that takes longer than an answer may.
CREATE TABLE saved_view (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, share TEXT NOT NULL, team TEXT NOT NULL, version BIGINT NOT NULL, changed_us BIGINT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner, name);

-- An operation beats while its holder, one process, lives; undo is what takes its
-- effect back.
CREATE TABLE operation (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, holder TEXT NOT NULL, started_us BIGINT NOT NULL, beat_us BIGINT NOT NULL, ended_us BIGINT, body TEXT NOT NULL, undo TEXT NOT NULL);
CREATE INDEX operation_started ON operation (started_us, id);
CREATE INDEX operation_state ON operation (state, beat_us);

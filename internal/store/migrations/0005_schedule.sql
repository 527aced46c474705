-- Work that is due every so often. Who claims a job raises its epoch, and what is
-- written in its name is refused when the epoch has moved on.
CREATE TABLE job (
  id TEXT PRIMARY KEY, epoch BIGINT NOT NULL, until_us BIGINT, due_us BIGINT, started_us BIGINT, ended_us BIGINT, ok_us BIGINT, failures BIGINT NOT NULL, error TEXT NOT NULL);

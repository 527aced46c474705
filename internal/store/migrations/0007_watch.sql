-- Who is told when what a saved view lists changes. seen is the set of ids that it
-- listed when they looked last, told the one of the last time that it was compared;
-- turn counts the writes, so that of two who compare at once one is first.
CREATE TABLE view_watch (
  view_id TEXT NOT NULL, who TEXT NOT NULL, turn BIGINT NOT NULL, since_us BIGINT NOT NULL, changed_us BIGINT, body TEXT NOT NULL, seen BYTES NOT NULL, told BYTES NOT NULL,
  PRIMARY KEY (view_id, who));
CREATE INDEX view_watch_who ON view_watch (who);

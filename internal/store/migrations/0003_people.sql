-- What was done, by whom: only added to. Each hash covers its row and the hash
-- before it; the newest number and hash are in meta, so that a cut end shows.
CREATE TABLE audit (
  seq ROWKEY, at_us BIGINT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL,
  body TEXT NOT NULL, hash BYTES NOT NULL);
CREATE INDEX audit_target ON audit (target, seq);

-- Who may come in. mkey is the folded name by which a member is found: two that
-- look alike are one. subject is how an identity provider names them.
CREATE TABLE member (
  id TEXT PRIMARY KEY, mkey TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, subject TEXT NOT NULL, grants TEXT NOT NULL,
  created_us BIGINT NOT NULL, changed_us BIGINT NOT NULL, seen_us BIGINT);
CREATE UNIQUE INDEX member_mkey ON member (mkey);
CREATE INDEX member_subject ON member (subject);

-- How they prove it: sessions, login links, API tokens. Of each value only its
-- SHA-256 is kept; the values are random, 256 bits.
CREATE TABLE credential (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, hash BYTES NOT NULL, member_id TEXT NOT NULL, name TEXT NOT NULL, grants TEXT NOT NULL,
  created_us BIGINT NOT NULL, until_us BIGINT NOT NULL, idle_us BIGINT NOT NULL, seen_us BIGINT, body TEXT NOT NULL);
CREATE UNIQUE INDEX credential_hash ON credential (hash);
CREATE INDEX credential_member ON credential (member_id, kind);

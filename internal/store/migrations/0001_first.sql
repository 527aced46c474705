-- ROWKEY and BYTES stand for each database's own spelling, see migrate.go.
-- No text that a scanned system controls is indexed: its length has no bound.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- id is the first 63 bits of the SHA-256 of ref; ref_override holds the few refs
-- whose id was taken by another one.
CREATE TABLE ref (id ROWKEY, ref TEXT NOT NULL);
CREATE TABLE ref_override (ref TEXT PRIMARY KEY, id BIGINT NOT NULL);

-- node_lo and edge_lo are the smallest row ids of the generation: rows made in
-- it or later have ids from there on.
CREATE TABLE generation (
  id ROWKEY, at_us BIGINT NOT NULL, reason TEXT NOT NULL, scan_id TEXT NOT NULL,
  node_lo BIGINT NOT NULL, edge_lo BIGINT NOT NULL);
CREATE UNIQUE INDEX generation_at ON generation (at_us, id);

-- version counts the commits, so that a stage notices that it was overtaken.
CREATE TABLE coverage (
  id ROWKEY, source TEXT NOT NULL, coverage TEXT NOT NULL, version BIGINT NOT NULL, last_ok_us BIGINT);
CREATE UNIQUE INDEX coverage_key ON coverage (source, coverage);

-- The four tables of assertions begin alike. akey names the assertion within its
-- coverage, hash its content. observed_us is when this version was first seen,
-- first_us when the assertion began, seen_us the newest sight of a section that
-- did not go well (a good one moves coverage.last_ok_us instead).
CREATE TABLE node (
  id ROWKEY, coverage_id BIGINT NOT NULL, akey BYTES NOT NULL, hash BYTES NOT NULL,
  from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL, observed_us BIGINT NOT NULL, seen_us BIGINT NOT NULL, first_us BIGINT NOT NULL,
  section_part TEXT NOT NULL,
  ref_id BIGINT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, aliases TEXT,
  created_us BIGINT, rotated_us BIGINT, expires_us BIGINT, attrs TEXT);
CREATE INDEX node_ref ON node (ref_id, id, from_gen, to_gen);
CREATE INDEX node_open ON node (coverage_id, id, akey, hash, seen_us) WHERE to_gen = 9223372036854775807;
CREATE INDEX node_ended ON node (to_gen, id) WHERE to_gen < 9223372036854775807;

CREATE TABLE edge (
  id ROWKEY, coverage_id BIGINT NOT NULL, akey BYTES NOT NULL, hash BYTES NOT NULL,
  from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL, observed_us BIGINT NOT NULL, seen_us BIGINT NOT NULL, first_us BIGINT NOT NULL,
  section_part TEXT NOT NULL,
  from_id BIGINT NOT NULL, to_id BIGINT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL,
  cond TEXT, technique TEXT, grade TEXT, proof TEXT);
CREATE INDEX edge_ends ON edge (from_id, to_id, id, from_gen, to_gen);
CREATE INDEX edge_open ON edge (coverage_id, id, akey, hash, seen_us) WHERE to_gen = 9223372036854775807;
CREATE INDEX edge_ended ON edge (to_gen, id) WHERE to_gen < 9223372036854775807;

CREATE TABLE evidence (
  id ROWKEY, coverage_id BIGINT NOT NULL, akey BYTES NOT NULL, hash BYTES NOT NULL,
  from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL, observed_us BIGINT NOT NULL, seen_us BIGINT NOT NULL, first_us BIGINT NOT NULL,
  section_part TEXT NOT NULL,
  ref_id BIGINT NOT NULL, claim TEXT NOT NULL, source TEXT NOT NULL,
  at_us BIGINT, window_ns BIGINT, granularity_ns BIGINT, n BIGINT, value TEXT, grade TEXT);
CREATE INDEX evidence_ref ON evidence (ref_id, id, from_gen, to_gen);
CREATE INDEX evidence_open ON evidence (coverage_id, id, akey, hash, seen_us) WHERE to_gen = 9223372036854775807;
CREATE INDEX evidence_ended ON evidence (to_gen, id) WHERE to_gen < 9223372036854775807;

CREATE TABLE document (
  id ROWKEY, coverage_id BIGINT NOT NULL, akey BYTES NOT NULL, hash BYTES NOT NULL,
  from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL, observed_us BIGINT NOT NULL, seen_us BIGINT NOT NULL, first_us BIGINT NOT NULL,
  section_part TEXT NOT NULL,
  doc TEXT NOT NULL);
CREATE INDEX document_doc ON document (doc, id, from_gen, to_gen);
CREATE INDEX document_open ON document (coverage_id, id, akey, hash, seen_us) WHERE to_gen = 9223372036854775807;
CREATE INDEX document_ended ON document (to_gen, id) WHERE to_gen < 9223372036854775807;

CREATE TABLE body (doc TEXT PRIMARY KEY, language TEXT NOT NULL, body TEXT NOT NULL);

CREATE TABLE scan (id TEXT PRIMARY KEY, started_us BIGINT NOT NULL, ended_us BIGINT, status TEXT NOT NULL);
CREATE INDEX scan_started ON scan (started_us, id);
CREATE TABLE scan_source (scan_id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (scan_id, source));
CREATE TABLE section (
  id ROWKEY, scan_id TEXT NOT NULL, coverage_id BIGINT NOT NULL, status TEXT NOT NULL,
  observed_us BIGINT NOT NULL, committed_us BIGINT NOT NULL, gen BIGINT NOT NULL, body TEXT NOT NULL, changes TEXT NOT NULL);
CREATE INDEX section_scan ON section (scan_id, id);
CREATE INDEX section_coverage ON section (coverage_id, id);

CREATE TABLE entity (
  id ROWKEY, ref_id BIGINT NOT NULL, entity_id BIGINT NOT NULL, from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX entity_ref ON entity (ref_id, id);
CREATE TABLE tag (
  id ROWKEY, ref_id BIGINT NOT NULL, tkey TEXT NOT NULL, value TEXT NOT NULL, who TEXT NOT NULL, at_us BIGINT NOT NULL,
  from_gen BIGINT NOT NULL, to_gen BIGINT NOT NULL);
CREATE INDEX tag_ref ON tag (ref_id, id);
CREATE TABLE source (id TEXT PRIMARY KEY, kind TEXT NOT NULL, config TEXT NOT NULL, disabled BIGINT NOT NULL, changed_us BIGINT NOT NULL);

-- Ephemeral identities are counted here instead of being nodes.
CREATE TABLE fold (
  id ROWKEY, coverage_id BIGINT NOT NULL, template_id BIGINT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL,
  n BIGINT NOT NULL, peak BIGINT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL);
CREATE UNIQUE INDEX fold_key ON fold (coverage_id, template_id, kind, type);
CREATE TABLE fold_day (fold_id BIGINT NOT NULL, day BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (fold_id, day));
CREATE TABLE instance (
  id ROWKEY, akey BYTES NOT NULL, fold_id BIGINT NOT NULL, ref TEXT NOT NULL, name TEXT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL);
CREATE UNIQUE INDEX instance_key ON instance (akey);
CREATE INDEX instance_fold ON instance (fold_id, last_us, id);

-- The commit points of event segments: a segment exists when its row does.
CREATE TABLE manifest (
  id ROWKEY, kind TEXT NOT NULL, path TEXT NOT NULL, bytes BIGINT NOT NULL, n BIGINT NOT NULL,
  from_us BIGINT NOT NULL, to_us BIGINT NOT NULL, offsets TEXT NOT NULL, created_us BIGINT NOT NULL);
CREATE INDEX manifest_time ON manifest (kind, from_us, id);

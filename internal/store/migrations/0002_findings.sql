-- Runs of the checks, what they found, and what people decided about it.
CREATE TABLE check_run (
  id ROWKEY, gen BIGINT NOT NULL, at_us BIGINT NOT NULL, took_us BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX check_run_at ON check_run (at_us, id);

-- A finding is one row for ever; end_us is null while it holds. The times before
-- it was last opened are in finding_span.
CREATE TABLE finding (
  id ROWKEY, fkey BYTES NOT NULL, ref_id BIGINT NOT NULL, check_id TEXT NOT NULL, severity BIGINT NOT NULL, hash BYTES NOT NULL, shape BYTES NOT NULL,
  first_us BIGINT NOT NULL, open_us BIGINT NOT NULL, last_us BIGINT NOT NULL, end_us BIGINT, ended_by TEXT NOT NULL, opened BIGINT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX finding_key ON finding (fkey);
CREATE INDEX finding_ref ON finding (ref_id, id);
CREATE INDEX finding_open ON finding (check_id, last_us) WHERE end_us IS NULL;
CREATE TABLE finding_span (
  id ROWKEY, fkey BYTES NOT NULL, from_us BIGINT NOT NULL, to_us BIGINT NOT NULL, severity BIGINT NOT NULL, ended_by TEXT NOT NULL);
CREATE INDEX finding_span_key ON finding_span (fkey, id);

-- Decisions are only added; of each kind the last one about a finding counts.
CREATE TABLE decision (
  id ROWKEY, fkey BYTES NOT NULL, kind TEXT NOT NULL, at_us BIGINT NOT NULL, who TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX decision_key ON decision (fkey, id);

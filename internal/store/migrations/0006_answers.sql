-- Answers to calls that changed something, by the key under which each may be
-- repeated. holder is the process that answers while state is 'running'.
CREATE TABLE answer (
  who TEXT NOT NULL, akey TEXT NOT NULL, request BYTES NOT NULL, state TEXT NOT NULL, holder TEXT NOT NULL, at_us BIGINT NOT NULL,
  status BIGINT NOT NULL, headers TEXT NOT NULL, body BYTES NOT NULL, PRIMARY KEY (who, akey));
CREATE INDEX answer_at ON answer (at_us);

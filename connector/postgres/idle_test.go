package postgres_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
)

// lineSink keeps every record as JSON, volatile evidence too.
type lineSink struct {
	t     *testing.T
	lines *[]string
}

func (s lineSink) Put(part string, r drover.Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	*s.lines = append(*s.lines, part+" "+string(b))
	return nil
}
func (s lineSink) Keep(string) error { return nil }
func (s lineSink) Close(sec drover.Section) error {
	if sec.Status != drover.StatusOK {
		s.t.Errorf("%s is %s: %s %+v", sec.Name, sec.Status, sec.Error, sec.Notes)
	}
	return nil
}

// Two scans of a server on which nothing happens between them say the same to
// the last byte, evidence included; the sessions of a program that stays
// connected are seen in both.
func TestIdle(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		session, err := pgx.Connect(t.Context(), f.DSN(f.db)+"?application_name=orders")
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close(t.Context())
		f.Psql(t, f.db, "SET ROLE app_super; SELECT 1")
		// A server's process outlives the end of its session by a moment.
		for n := 1; n > 0; {
			if err := session.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql'").Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		scan := func(now time.Time) []string {
			var lines []string
			s := &connector.Scan{Session: connectortest.Session(t, postgres.Connector, f.config(), new(bytes.Buffer)),
				Open: func(context.Context, string, string) (connector.Sink, error) { return lineSink{t, &lines}, nil }}
			s.Now = now
			if err := postgres.Connector.Discover(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			slices.Sort(lines)
			return lines
		}
		at := time.Now().UTC().Truncate(time.Hour)
		first, second := scan(at.Add(time.Minute)), scan(at.Add(59*time.Minute))
		if d := cmp.Diff(first, second); d != "" {
			t.Errorf("nothing happened, and the second scan (+) differs from the first (-):\n%s", d)
		}
		for _, claim := range []string{`"live"`, `"calls"`, `"last_used"`} {
			if !slices.ContainsFunc(first, func(l string) bool { return bytes.Contains([]byte(l), []byte(`"claim":`+claim)) }) {
				t.Errorf("no evidence of %s: the comparison proves nothing of it", claim)
			}
		}
	})
}

package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/realtest"
)

// both runs a test over an empty store of each database.
func both(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, "sqlite:"+filepath.Join(t.TempDir(), "d.db")) })
	t.Run("postgres", func(t *testing.T) {
		pg := realtest.Postgres(t, "15")
		run(t, pg.DSN(pg.NewDatabase(t)))
	})
}

func opened(t *testing.T, dsn string, h hooks) *Store {
	t.Helper()
	s, err := openWith(t.Context(), dsn, Options{Backups: t.TempDir()}, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func auditEntry(n int) AuditRow {
	return AuditRow{At: time.Unix(int64(1000+n), 0), Who: "ann", Action: "tag.set", Target: fmt.Sprintf("thing %d", n), Outcome: "done", Body: fmt.Sprintf(`{"n":%d}`, n)}
}

func logged(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		if _, err := s.AppendAudit(t.Context(), auditEntry(i)); err != nil {
			t.Fatal(err)
		}
	}
}

// Each way in which the log can be changed behind our back is found, with the
// first entry that is not as it was.
func TestAuditTampering(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		s := opened(t, dsn, hooks{})
		logged(t, s, 20)
		all, err := s.AuditRows(t.Context(), AuditQuery{})
		if err != nil || len(all) != 20 || all[0].Seq != 20 || all[19].Seq != 1 {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		anchors := map[int64][]byte{15: all[5].Hash}
		verify := func() AuditChain {
			t.Helper()
			c, err := s.VerifyAudit(t.Context(), anchors, nil)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := verify(); c.Bad != 0 || c.Entries != 20 || c.Seq != 20 {
			t.Fatalf("an honest log: %+v", c)
		}
		var head string
		if head, err = s.meta(t.Context(), "audit_head"); err != nil {
			t.Fatal(err)
		}
		restore := func() {
			t.Helper()
			err := s.write(t.Context(), func(tx *tx) error {
				if err := tx.exec(`DELETE FROM audit`); err != nil {
					return err
				}
				for _, r := range all {
					if err := insertAudit(tx, r); err != nil {
						return err
					}
				}
				return tx.exec(`INSERT INTO meta (name, value) VALUES ('audit_head', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, head)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, tc := range []struct {
			name string
			do   func(tx *tx) error
			bad  int64
			says string
		}{
			{"flip who", sqlOf(`UPDATE audit SET who = 'bob' WHERE seq = 7`), 7, "not as it was written"},
			{"flip time", sqlOf(`UPDATE audit SET at_us = at_us + 1 WHERE seq = 7`), 7, "not as it was written"},
			{"flip action", sqlOf(`UPDATE audit SET action = 'tag.sets' WHERE seq = 1`), 1, "not as it was written"},
			{"move a letter from one field to the next", sqlOf(`UPDATE audit SET who = 'an', action = 'ntag.set' WHERE seq = 7`), 7, "not as it was written"},
			{"flip outcome", sqlOf(`UPDATE audit SET outcome = 'refused' WHERE seq = 20`), 20, "not as it was written"},
			{"flip body", sqlOf(`UPDATE audit SET body = '{"n":70}' WHERE seq = 7`), 7, "not as it was written"},
			{"flip hash", sqlOf(`UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 8) WHERE seq = 7`), 7, "not as it was written"},
			{"delete one", sqlOf(`DELETE FROM audit WHERE seq = 7`), 7, "missing"},
			{"delete the first", sqlOf(`DELETE FROM audit WHERE seq = 1`), 1, "missing"},
			{"delete all", sqlOf(`DELETE FROM audit`), 1, "missing"},
			{"delete one and close the gap", sqlOf(`DELETE FROM audit WHERE seq = 7`, `UPDATE audit SET seq = seq - 1 WHERE seq = 8`, `UPDATE audit SET seq = seq - 1 WHERE seq = 9`), 7, "not as it was written"},
			{"swap two", sqlOf(`UPDATE audit SET seq = -7 WHERE seq = 7`, `UPDATE audit SET seq = 7 WHERE seq = 8`, `UPDATE audit SET seq = 8 WHERE seq = -7`), 7, "not as it was written"},
			{"put one in the middle", func(tx *tx) error {
				if err := sqlOf(`UPDATE audit SET seq = seq + 1000 WHERE seq > 7`, `UPDATE audit SET seq = seq - 999 WHERE seq > 1000`)(tx); err != nil {
					return err
				}
				r := auditEntry(99)
				r.Seq = 8
				r.Hash = r.hashed(all[20-7].Hash)
				return insertAudit(tx, r)
			}, 9, "not as it was written"},
			{"put one at the end", func(tx *tx) error {
				r := auditEntry(99)
				r.Seq = 21
				r.Hash = r.hashed(all[0].Hash)
				return insertAudit(tx, r)
			}, 21, "behind the end"},
			{"cut the end", sqlOf(`DELETE FROM audit WHERE seq > 18`), 19, "cut off"},
			{"cut the end and say so", cut(all, 18), 0, ""}, // before the next anchor nobody knows
			{"cut what was anchored and say so", cut(all, 12), 13, "entry 15 was anchored"},
			{"write all anew", rewrite(all), 15, "another one than was anchored"},
			{"lose where it ends", sqlOf(`DELETE FROM meta WHERE name = 'audit_head'`), 1, "behind the end"},
			{"spoil where it ends", sqlOf(`UPDATE meta SET value = '20 zz' WHERE name = 'audit_head'`), 21, "cannot be read"},
		} {
			if err := s.write(t.Context(), tc.do); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			c := verify()
			if c.Bad != tc.bad || !strings.Contains(c.Fault, tc.says) {
				t.Errorf("%s: first bad entry %d (%s), want %d (%s)", tc.name, c.Bad, c.Fault, tc.bad, tc.says)
			}
			restore()
			if c := verify(); c.Bad != 0 {
				t.Fatalf("%s: put back as it was, and %+v", tc.name, c)
			}
		}
	})
}

func sqlOf(statements ...string) func(*tx) error {
	return func(t *tx) error {
		for _, q := range statements {
			if err := t.exec(q); err != nil {
				return err
			}
		}
		return nil
	}
}

func insertAudit(t *tx, r AuditRow) error {
	return t.exec(`INSERT INTO audit (seq, at_us, who, action, target, outcome, body, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, r.Seq, micros(r.At), r.Who, r.Action, r.Target, r.Outcome, r.Body, r.Hash)
}

// cut leaves the first n entries, as who knows the tables would.
func cut(newestFirst []AuditRow, n int64) func(*tx) error {
	return func(t *tx) error {
		if err := t.exec(`DELETE FROM audit WHERE seq > $1`, n); err != nil {
			return err
		}
		return t.exec(`UPDATE meta SET value = $1 WHERE name = 'audit_head'`, headText(n, newestFirst[int64(len(newestFirst))-n].Hash))
	}
}

// rewrite makes a whole log that is right in itself, with one name changed.
func rewrite(newestFirst []AuditRow) func(*tx) error {
	return func(t *tx) error {
		if err := t.exec(`DELETE FROM audit`); err != nil {
			return err
		}
		var before []byte
		for i := len(newestFirst) - 1; i >= 0; i-- {
			r := newestFirst[i]
			if r.Seq == 3 {
				r.Who = "bob"
			}
			r.Hash = r.hashed(before)
			before = r.Hash
			if err := insertAudit(t, r); err != nil {
				return err
			}
		}
		return t.exec(`UPDATE meta SET value = $1 WHERE name = 'audit_head'`, headText(newestFirst[0].Seq, before))
	}
}

// Whatever moment the power fails at, what was done and the record of it are
// there both or not at all, and the log has no gap.
func TestAuditCrash(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		crash := ""
		s := opened(t, dsn, hooks{step: func(name string) error {
			if name == crash {
				return errors.New("power failed")
			}
			return nil
		}})
		logged(t, s, 3)
		for i, step := range []string{"audited", "commit", "committed", ""} {
			crash = step
			id := fmt.Sprintf("s%d", i)
			p := &PendingAudit{Row: auditEntry(i)}
			err := s.PutSource(WithAudit(t.Context(), p), Source{ID: id, Kind: "file", Config: []byte(`{}`)})
			crash = ""
			if (err == nil) != (step == "") {
				t.Fatalf("at %q: %v", step, err)
			}
			sources, err := s.Sources(t.Context(), drover.ScopeAll)
			if err != nil {
				t.Fatal(err)
			}
			there := false
			for _, src := range sources {
				there = there || src.ID == id
			}
			rows, err := s.AuditRows(t.Context(), AuditQuery{Target: fmt.Sprintf("thing %d", i), Before: 100, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			recorded := len(rows) == 1 && rows[0].Seq > 3
			if there != recorded || p.Written != recorded {
				t.Errorf("failure at %q: the source is there: %v, recorded: %v, said to be: %v", step, there, recorded, p.Written)
			}
			if c, err := s.VerifyAudit(t.Context(), nil, nil); err != nil || c.Bad != 0 {
				t.Errorf("failure at %q: %+v, %v", step, c, err)
			}
		}
	})
}

// Writers, of one process or of two, make one chain.
func TestAuditWriters(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		stores := []*Store{opened(t, dsn, hooks{})}
		if strings.HasPrefix(dsn, "postgres") {
			stores = append(stores, opened(t, dsn, hooks{})) // of SQLite only one may write
		}
		const writers, each = 8, 15
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if _, err := stores[w%len(stores)].AppendAudit(context.Background(), auditEntry(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		c, err := stores[0].VerifyAudit(t.Context(), nil, nil)
		if err != nil || c.Bad != 0 || c.Entries != writers*each || c.Seq != writers*each {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestAuditQueries(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		s := opened(t, dsn, hooks{})
		logged(t, s, 5)
		other := auditEntry(5)
		other.Who, other.Action, other.Outcome = "bob", "user.add", "refused"
		if _, err := s.AppendAudit(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		for name, tc := range map[string]struct {
			q    AuditQuery
			want int
		}{
			"all": {AuditQuery{}, 6}, "who": {AuditQuery{Who: "bob"}, 1}, "action": {AuditQuery{Action: "tag.set"}, 5}, "family": {AuditQuery{Action: "user."}, 1}, "target": {AuditQuery{Target: "thing 2"}, 1},
			"outcome": {AuditQuery{Outcome: "done", Who: "ann"}, 5}, "from": {AuditQuery{From: time.Unix(1003, 0)}, 3}, "to": {AuditQuery{To: time.Unix(1003, 0)}, 3}, "before": {AuditQuery{Before: 3}, 2}, "limit": {AuditQuery{Limit: 2}, 2},
			"injection": {AuditQuery{Who: "' OR '1'='1", Action: "%."}, 0},
		} {
			if got, err := s.AuditRows(t.Context(), tc.q); err != nil || len(got) != tc.want {
				t.Errorf("%s: %d entries, %v, want %d", name, len(got), err, tc.want)
			}
		}
		for name, change := range map[string]func(*AuditRow){
			"no action": func(r *AuditRow) { r.Action = "" }, "not text": func(r *AuditRow) { r.Who = "\xff" }, "nul": func(r *AuditRow) { r.Target = "a\x00b" },
			"long": func(r *AuditRow) { r.Target = strings.Repeat("x", 2000) }, "big": func(r *AuditRow) { r.Body = strings.Repeat("x", 70<<10) },
		} {
			r := auditEntry(1)
			change(&r)
			if _, err := s.AppendAudit(t.Context(), r); !errors.Is(err, drover.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A log that was cut proves itself from there on, and whatever is done to the cut
// shows.
func TestAuditCut(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		crash := ""
		s := opened(t, dsn, hooks{step: func(name string) error {
			if name == crash {
				return errors.New("power failed")
			}
			return nil
		}})
		logged(t, s, 20)
		all, err := s.AuditRows(t.Context(), AuditQuery{})
		if err != nil {
			t.Fatal(err)
		}
		hashOf := func(seq int64) []byte { return all[20-seq].Hash }
		// The test's record is what it says: number and hash, believed if it begins so.
		signed := func(record string) (seq int64, hash []byte) {
			if rest, ok := strings.CutPrefix(record, "signed "); ok {
				if _, err := fmt.Sscanf(rest, "%d %x", &seq, &hash); err != nil {
					t.Fatal(err)
				}
			}
			return seq, hash
		}
		verify := func(anchors map[int64][]byte) AuditChain {
			t.Helper()
			c, err := s.VerifyAudit(t.Context(), anchors, signed)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		for before, want := range map[int64]int64{1000: 0, 1001: 1, 1012: 12, 5000: 20} {
			seq, hash, err := s.AuditBefore(t.Context(), time.Unix(before, 0))
			if err != nil || seq != want || want > 0 && string(hash) != string(hashOf(want)) {
				t.Errorf("before %d: entry %d %x, %v, want %d", before, seq, hash, err, want)
			}
		}
		if err := s.CutAudit(t.Context(), 12, hashOf(11), "x"); !errors.Is(err, drover.ErrConflict) {
			t.Errorf("a cut at another entry than is there: %v", err)
		}
		for _, step := range []string{"cut", "commit"} {
			crash = step
			p := &PendingAudit{Row: auditEntry(50)}
			err := s.CutAudit(WithAudit(t.Context(), p), 12, hashOf(12), "signed 12 "+fmt.Sprintf("%x", hashOf(12)))
			crash = ""
			if c := verify(nil); err == nil || p.Written || c.Bad != 0 || c.Entries != 20 {
				t.Errorf("failure at %q: %v, %+v", step, err, c)
			}
		}
		p := &PendingAudit{Row: auditEntry(50)}
		if err := s.CutAudit(WithAudit(t.Context(), p), 12, hashOf(12), "signed 12 "+fmt.Sprintf("%x", hashOf(12))); err != nil {
			t.Fatal(err)
		}
		if c := verify(map[int64][]byte{3: {1}, 12: hashOf(12), 15: hashOf(15)}); c.Bad != 0 || c.Entries != 9 || c.Seq != 21 {
			t.Fatalf("an honest cut: %+v", c)
		}
		if c := verify(map[int64][]byte{12: hashOf(11)}); c.Bad != 12 || !strings.Contains(c.Fault, "another one than was anchored") {
			t.Errorf("cut at an entry that was anchored otherwise: %+v", c)
		}
		if err := s.CutAudit(t.Context(), 12, hashOf(12), "x"); !errors.Is(err, drover.ErrConflict) {
			t.Errorf("the same cut again: %v", err)
		}
		record, err := s.AuditCut(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.AuditRows(t.Context(), AuditQuery{})
		if err != nil {
			t.Fatal(err)
		}
		back := func(tx *tx) error {
			if err := tx.exec(`DELETE FROM audit`); err != nil {
				return err
			}
			for _, r := range rows {
				if err := insertAudit(tx, r); err != nil {
					return err
				}
			}
			return tx.exec(`INSERT INTO meta (name, value) VALUES ('audit_cut', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, record)
		}
		set := func(record string) string { return `UPDATE meta SET value = '` + record + `' WHERE name = 'audit_cut'` }
		for _, tc := range []struct {
			name string
			do   func(tx *tx) error
			bad  int64
			says string
		}{
			{"remove the record", sqlOf(`DELETE FROM meta WHERE name = 'audit_cut'`), 1, "missing"},
			{"a record that nobody signed", sqlOf(set("forged 14 00"), `DELETE FROM audit WHERE seq <= 14`), 1, "missing"},
			{"remove more than was cut", sqlOf(`DELETE FROM audit WHERE seq <= 14`), 13, "missing"},
			{"put the record of an earlier cut back", sqlOf(set("signed 10 " + fmt.Sprintf("%x", hashOf(10)))), 11, "missing"},
			{"another hash at the cut", sqlOf(set("signed 12 " + fmt.Sprintf("%x", hashOf(11)))), 13, "not as it was written"},
			{"put an entry back that was cut", func(tx *tx) error { return insertAudit(tx, all[8]) }, 12, "the record of the cut says"},
			{"change what is left", sqlOf(`UPDATE audit SET who = 'bob' WHERE seq = 13`), 13, "not as it was written"},
		} {
			if err := s.write(t.Context(), tc.do); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			if c := verify(nil); c.Bad != tc.bad || !strings.Contains(c.Fault, tc.says) {
				t.Errorf("%s: first bad entry %d (%s), want %d (%s)", tc.name, c.Bad, c.Fault, tc.bad, tc.says)
			}
			if err := s.write(t.Context(), back); err != nil {
				t.Fatal(err)
			}
			if c := verify(nil); c.Bad != 0 {
				t.Fatalf("%s: put back as it was, and %+v", tc.name, c)
			}
		}
		// All that is there is old: the log goes on where it was.
		if err := s.CutAudit(t.Context(), 21, p.Row.Hash, "signed 21 "+fmt.Sprintf("%x", p.Row.Hash)); err != nil {
			t.Fatal(err)
		}
		if c := verify(nil); c.Bad != 0 || c.Entries != 0 || c.Seq != 21 {
			t.Errorf("all cut: %+v", c)
		}
		logged(t, s, 2)
		if c := verify(nil); c.Bad != 0 || c.Entries != 2 || c.Seq != 23 {
			t.Errorf("after all was cut: %+v", c)
		}
	})
}

// A write that rests on what was read before somebody else's change of the same is
// refused, and writes nothing; a change of another thing keeps nobody from theirs.
func TestUnmoved(t *testing.T) { both(t, unmovedWrites) }

func unmovedWrites(t *testing.T, dsn string) {
	s, ctx := opened(t, dsn, hooks{}), t.Context()
	entry := func(action, target string) AuditRow {
		return AuditRow{At: time.Now(), Who: "a", Action: action, Target: target, Outcome: "done", Body: "{}"}
	}
	const one, other = "x/-/t/one", "x/-/t/other"
	for _, c := range []struct {
		mine, theirs AuditRow
		moved        bool
	}{
		{entry("owner.set", one), entry("owner.set", one), true},
		{entry("owner.set", one), entry("tag.set", one), true},
		{entry("owner.set", one), entry("owner.set", ""), true},
		{entry("owner.set", ""), entry("tag.set", one), true},
		{entry("owner.set", one), entry("operation.undo", "op-1"), true},
		{entry("operation.undo", "op-1"), entry("owner.set", one), true},
		{entry("finding.accept", "F-1"), entry("check.run", ""), true},
		{entry("owner.set", one), entry("owner.set", other), false},
		{entry("owner.set", one), entry("session.start", ""), false},
		{entry("owner.set", ""), entry("finding.accept", ""), false},
	} {
		seq, _, err := s.AuditHead(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AppendAudit(ctx, c.theirs); err != nil {
			t.Fatal(err)
		}
		p := &PendingAudit{Row: c.mine, Since: &seq}
		_, err = s.SetTag(WithAudit(ctx, p), Tag{Ref: one, Key: "k", Value: rand.Text(), Who: "a"})
		after, _, herr := s.AuditHead(ctx)
		if herr != nil {
			t.Fatal(herr)
		}
		if errors.Is(err, ErrMoved) != c.moved || !c.moved && err != nil || p.Written == c.moved || (after == seq+1) != c.moved {
			t.Errorf("%s of %q after %s of %q: %v, written %v; want refused %v", c.mine.Action, c.mine.Target, c.theirs.Action, c.theirs.Target, err, p.Written, c.moved)
		}
		p = &PendingAudit{Row: c.mine, Since: &seq, Own: []int64{seq + 1, seq + 2}}
		if _, err = s.SetTag(WithAudit(ctx, p), Tag{Ref: one, Key: "k", Value: rand.Text(), Who: "a"}); err != nil {
			t.Errorf("one's own %s: %v", c.theirs.Action, err)
		}
	}
}

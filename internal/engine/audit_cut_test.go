package engine_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

// aged opens an engine whose log has an entry a day, 30 of them, ending now.
func aged(t *testing.T, home string, change func(*engine.Options)) (*engine.Engine, func() time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	e := aHouse(t, home, func(o *engine.Options) {
		o.Wall = func() time.Time { return now }
		if change != nil {
			change(o)
		}
	})
	for day := range 30 {
		now = time.Date(2026, 11, 1+day, 12, 0, 0, 0, time.UTC)
		if err := e.Audit(t.Context(), engine.AuditEntry{Action: "test.day", Target: fmt.Sprintf("day %d <&>\u2028", day+1)}); err != nil {
			t.Fatal(err)
		}
	}
	return e, func() time.Time { return now }
}

func TestAuditCut(t *testing.T) {
	for name, options := range map[string]func(*testing.T) func(*engine.Options){
		"sqlite": func(*testing.T) func(*engine.Options) { return nil },
		"postgres": func(t *testing.T) func(*engine.Options) {
			pg := realtest.Postgres(t, "15")
			dsn := pg.DSN(pg.NewDatabase(t))
			return func(o *engine.Options) { o.Config.Store = config.Store{Driver: "postgres", DSN: dsn} }
		},
	} {
		t.Run(name, func(t *testing.T) { auditCut(t, options(t)) })
	}
}

func auditCut(t *testing.T, options func(*engine.Options)) {
	home := t.TempDir()
	e, now := aged(t, home, options)
	before := now().Add(-10 * drover.Day)
	plan, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: before, DryRun: true})
	if err != nil || plan.Entries != 19 || *plan.From != 1 || *plan.Seq != 19 || plan.Cut != nil || !plan.DryRun {
		t.Fatalf("%+v, %v", plan, err)
	}
	var out bytes.Buffer
	if err := e.ExportAudit(t.Context(), plan.Before, &out); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(out.Bytes()); hex.EncodeToString(sum[:]) != *plan.SHA256 {
		t.Errorf("the export is not what the plan names: %x", sum)
	}
	if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: before, SHA256: strings.Repeat("0", 64)}); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("an export of other entries: %v", err)
	}
	v, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: before, SHA256: *plan.SHA256})
	if err != nil || v.Cut == nil || v.Cut.Entries != 19 || v.Cut.Before != nil || !v.Cut.First.Equal(*plan.First) {
		t.Fatalf("%+v, %v", v, err)
	}
	p := verified(t, e)
	if !p.OK || p.Entries != 12 || p.Head != 31 || p.Cut == nil || p.Cut.Seq != 19 || p.Anchored != 31 {
		t.Errorf("after the cut: %+v", p)
	}
	list, err := e.AuditList(t.Context(), engine.AuditQuery{})
	if err != nil || len(list) != 12 || list[0].Action != "audit.cut" || list[0].Detail["exported"] != true || list[0].Detail["sha256"] != *plan.SHA256 || list[0].Detail["shortened"] != nil {
		t.Errorf("%d entries, %v: %+v", len(list), err, list[0])
	}
	replayed(t, &out, v.Cut)
	// The next cut continues the first.
	w, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now().Add(-5 * drover.Day)})
	if err != nil || w.Cut == nil || w.Cut.From != 20 || w.Cut.Before == nil || *w.Cut.Before != v.Cut.Hash {
		t.Errorf("the second cut: %+v, %v", w, err)
	}
	if p := verified(t, e); !p.OK || p.Cut.From != 20 {
		t.Errorf("after the second cut: %+v", p)
	}
	if x, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now().Add(-5 * drover.Day)}); err != nil || x.Entries != 0 || x.Cut != nil {
		t.Errorf("a cut of nothing: %+v, %v", x, err)
	}
	// Who may not.
	for _, c := range []authz.Caller{
		{ID: "u", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Auditor}}}, {ID: "u", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Admin, Teams: []string{"a"}}}},
		{ID: "u", Kind: authz.Person, Token: "t", Grants: []authz.Grant{{Role: authz.Admin}}}, {ID: "u", Kind: authz.Machine, Grants: []authz.Grant{{Role: authz.Admin}}},
	} {
		if _, err := e.For(c).CutAudit(t.Context(), engine.AuditCutRequest{Before: now()}); !errors.Is(err, drover.ErrPermission) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, at := range []time.Time{{}, now().Add(time.Second)} {
		if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: at}); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("before %v: %v", at, err)
		}
	}
}

// replayed recomputes the chain of what was exported, as docs/use/audit.md says,
// and finds a change in it.
func replayed(t *testing.T, export *bytes.Buffer, cut *engine.AuditCut) {
	t.Helper()
	var before []byte
	n := int64(0)
	for lines := bufio.NewScanner(export); lines.Scan(); n++ {
		var l engine.AuditLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		of := func(who string) string {
			h := sha256.New()
			number := binary.BigEndian.AppendUint64(nil, uint64(l.Seq))
			for _, part := range [][]byte{[]byte("drover audit 1"), before, binary.BigEndian.AppendUint64(number, uint64(l.At.UnixMicro())), []byte(who), []byte(l.Action), []byte(l.Target), []byte(l.Outcome), []byte(l.Body)} {
				h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
				h.Write(part)
			}
			before = h.Sum(nil)
			return hex.EncodeToString(before)
		}
		kept := before
		if of("bob") == l.Hash {
			t.Errorf("entry %d by another has the same hash", l.Seq)
		}
		if before = kept; of(l.Who) != l.Hash {
			t.Fatalf("entry %d is not as it was written", l.Seq)
		}
	}
	if hex.EncodeToString(before) != cut.Hash || n != cut.Entries {
		t.Errorf("%d entries end with %x, the cut says %d, %s", n, before, cut.Entries, cut.Hash)
	}
}

// Each way in which the cut can be forged, moved or taken away shows.
func TestAuditCutTampering(t *testing.T) {
	const cutNow = `UPDATE meta SET value = `
	for name, tc := range map[string]struct {
		do   func(t *testing.T, home string)
		says string
	}{
		"the record taken away":    {sqls(`DELETE FROM meta WHERE name = 'audit_cut'`), "missing"},
		"the record emptied":       {sqls(cutNow + `'{}' WHERE name = 'audit_cut'`), "was not signed"},
		"the record no JSON":       {sqls(cutNow + `'x' WHERE name = 'audit_cut'`), "cannot be read"},
		"more removed than signed": {sqls(`DELETE FROM audit WHERE seq <= 22`), "entry 20: it is missing"},
		"the cut moved": {sqls(`DELETE FROM audit WHERE seq < 22`,
			cutNow+`replace(replace(value, '"seq":19', '"seq":21'), '"entries":19', '"entries":21') WHERE name = 'audit_cut'`), "was not signed"},
		"another time":              {sqls(cutNow + `replace(value, '"last":"2026-11-19', '"last":"2026-11-18') WHERE name = 'audit_cut'`), "was not signed"},
		"another hash":              {sqls(cutNow + `json_set(value, '$.hash', '00') WHERE name = 'audit_cut'`), "was not signed"},
		"another digest":            {sqls(cutNow + `json_set(value, '$.sha256', '00') WHERE name = 'audit_cut'`), "was not signed"},
		"another beginning":         {sqls(cutNow + `json_set(value, '$.before', '00') WHERE name = 'audit_cut'`), "was not signed"},
		"the entry of the cut gone": {sqls(`DELETE FROM audit WHERE action = 'audit.cut'`), "cut off"},
		"signed by another key":     {otherKey, "was not signed by the key"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			e, now := aged(t, home, nil)
			if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now().Add(-10 * drover.Day)}); err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			tc.do(t, home)
			e = aHouse(t, home, func(o *engine.Options) { o.Wall = now })
			p := verified(t, e)
			if p.OK || p.FirstBad == nil || !strings.Contains(*p.Fault, tc.says) {
				t.Errorf("%+v", p)
				if p.Fault != nil {
					t.Log(*p.Fault)
				}
			}
			// What was changed is not cut, so that no cut hides it.
			if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now()}); !errors.Is(err, drover.ErrConflict) {
				t.Errorf("cut all the same: %v", err)
			}
		})
	}
}

func sqls(statements ...string) func(*testing.T, string) {
	return func(t *testing.T, home string) { inStore(t, home, statements...) }
}

// otherKey cuts more than was cut, in the right form, with a key of one's own.
func otherKey(t *testing.T, home string) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(home, "audit.key")
	kept, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ours, []byte(hex.EncodeToString(key.Seed())), 0o600); err != nil {
		t.Fatal(err)
	}
	heads := filepath.Join(home, "audit.heads")
	saved, err := os.ReadFile(heads)
	if err != nil {
		t.Fatal(err)
	}
	// With the key exchanged, the anchors out of the way and the old record gone, the
	// program itself would cut, if the chain began at its beginning; so that is made so.
	inStore(t, home, `DELETE FROM meta WHERE name = 'audit_cut'`, `DELETE FROM audit`, `DELETE FROM meta WHERE name IN ('audit_head', 'audit_anchored')`)
	if err := os.Remove(heads); err != nil {
		t.Fatal(err)
	}
	e, now := aged(t, home, nil)
	if _, err := e.CutAudit(t.Context(), engine.AuditCutRequest{Before: now().Add(-5 * drover.Day)}); err != nil {
		t.Fatal(err)
	}
	if p := verified(t, e); !p.OK {
		t.Fatalf("with the other key it is whole: %+v", p)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for path, raw := range map[string][]byte{ours: kept, heads: saved} {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A server cuts by itself, and keeps what it removes where it was told to.
func TestAuditCutDue(t *testing.T) {
	home, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	e, _ := aged(t, home, func(o *engine.Options) { o.Config.Audit.Retention, o.Config.Audit.Export = "10d", kept })
	v, err := e.CutAuditDue(t.Context())
	if err != nil || v == nil || v.Cut == nil || v.Entries != 19 {
		t.Fatalf("%+v, %v", v, err)
	}
	raw, err := os.ReadFile(*v.File)
	if sum := sha256.Sum256(raw); err != nil || hex.EncodeToString(sum[:]) != v.Cut.SHA256 || strings.Count(string(raw), "\n") != 19 || filepath.Base(*v.File) != "drover-audit-1-19.ndjson" {
		t.Errorf("%s: %v", *v.File, err)
	}
	if left, err := os.ReadDir(kept); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if v, err := e.CutAuditDue(t.Context()); err != nil || v != nil {
		t.Errorf("again: %+v, %v", v, err)
	}
	if p := verified(t, e); !p.OK || p.Cut == nil {
		t.Errorf("%+v", p)
	}
	// Where it cannot be kept nothing is removed.
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e, _ = aged(t, t.TempDir(), func(o *engine.Options) { o.Config.Audit.Retention, o.Config.Audit.Export = "10d", blocked })
	if v, err := e.CutAuditDue(t.Context()); err == nil || v != nil {
		t.Errorf("%+v, %v", v, err)
	}
	if n, err := e.AuditCount(t.Context(), engine.AuditQuery{}); err != nil || n != 30 {
		t.Errorf("%d entries, %v", n, err)
	}
	none, _ := aged(t, t.TempDir(), nil)
	if v, err := none.CutAuditDue(t.Context()); err != nil || v != nil {
		t.Errorf("without a retention: %+v, %v", v, err)
	}
}

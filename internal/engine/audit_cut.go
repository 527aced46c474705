package engine

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// An AuditCut stands in the place of entries that were removed from the beginning
// of the audit log: how many there were, from when until when, and how the log
// ended there. It is signed by the key that signs heads, so that nobody without it
// can remove more, or move it.
type AuditCut struct {
	From    int64     `json:"from"`    // number of the first entry that was removed
	Seq     int64     `json:"seq"`     // number of the last
	Entries int64     `json:"entries"` // how many
	First   time.Time `json:"first"`   // when the first of them was written
	Last    time.Time `json:"last"`
	Before  *string   `json:"before"` // hash of the entry before the first; null: that was the first of all
	Hash    string    `json:"hash"`   // of the last: what the next entry continues
	SHA256  string    `json:"sha256"` // of their export, whether or not one was kept
	At      time.Time `json:"at"`     // when they were removed
	Key     string    `json:"key_id"`
	Sig     string    `json:"sig"` // Ed25519 over the lines of signed
}

const auditCutSchema = "drover/v1/audit_cut"

func (c *AuditCut) signed() []byte {
	before := ""
	if c.Before != nil {
		before = *c.Before
	}
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
	return fmt.Appendf(nil, "%s\n%d\n%d\n%d\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", auditCutSchema, c.From, c.Seq, c.Entries, at(c.First), at(c.Last), before, c.Hash, c.SHA256, at(c.At), c.Key)
}

// readCut reads the record of the last cut and checks who signed it, if pub is known;
// nil where there is none.
func readCut(record string, pub ed25519.PublicKey) (*AuditCut, error) {
	if record == "" {
		return nil, nil
	}
	c := &AuditCut{}
	if err := json.Unmarshal([]byte(record), c); err != nil {
		return nil, fmt.Errorf("the record of the cut cannot be read: %w", drover.ErrInvalid)
	}
	if pub == nil {
		return c, nil // the key is missing: the proof says so
	}
	sig, err := base64.StdEncoding.DecodeString(c.Sig)
	if err != nil || c.Key != keyID(pub) || !ed25519.Verify(pub, c.signed(), sig) {
		return nil, fmt.Errorf("the record of the cut at entry %d was not signed by the key %s: %w", c.Seq, keyID(pub), drover.ErrInvalid)
	}
	return c, nil
}

// An AuditLine is one entry as it is exported: all that its hash covers, so that
// the chain of what was removed can be recomputed from the file.
type AuditLine struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Action  string    `json:"action"`
	Target  string    `json:"target"`
	Outcome string    `json:"outcome"`
	Body    string    `json:"body"` // JSON, as it was hashed
	Hash    string    `json:"hash"`
}

// An AuditCutRequest says what to remove.
type AuditCutRequest struct {
	Before time.Time // entries that are older
	SHA256 string    // of the export that was made of them; "": none was
	DryRun bool      // only say what would be removed
}

// An AuditCutView is `audit cut`.
type AuditCutView struct {
	Schema  string     `json:"schema"`
	DryRun  bool       `json:"dry_run"`
	Before  time.Time  `json:"before"`  // entries that are older
	Why     *string    `json:"why"`     // where less is removed than was asked for: who asks for it to be kept
	Entries int64      `json:"entries"` // that were, or would be, removed
	From    *int64     `json:"from"`    // their numbers, and times; null: there are none
	Seq     *int64     `json:"seq"`
	First   *time.Time `json:"first"`
	Last    *time.Time `json:"last"`
	SHA256  *string    `json:"sha256"` // of their export
	Cut     *AuditCut  `json:"cut"`    // the record in their place; null: nothing was removed
	File    *string    `json:"file"`   // the export that was kept; null: none was
}

// ExportAudit writes the entries that a cut would remove, as JSON lines (see
// AuditLine), the oldest first. What it writes is the same each time, so that its
// SHA-256 names it.
func (e *Engine) ExportAudit(ctx context.Context, before time.Time, w io.Writer) error {
	if err := e.may(authz.AuditRead, ""); err != nil {
		return err
	}
	seq, _, err := e.store.AuditBefore(ctx, before)
	if err != nil || seq == 0 {
		return err
	}
	b := bufio.NewWriter(w)
	if err := e.eachLine(ctx, seq, func(_ store.AuditRow, line []byte) error {
		_, err := b.Write(line)
		return err
	}); err != nil {
		return err
	}
	return b.Flush()
}

func (e *Engine) eachLine(ctx context.Context, upTo int64, fn func(r store.AuditRow, line []byte) error) error {
	return e.store.EachAudit(ctx, upTo, func(r store.AuditRow) error {
		line, err := json.Marshal(AuditLine{Seq: r.Seq, At: r.At.UTC(), Who: r.Who, Action: r.Action, Target: r.Target, Outcome: r.Outcome, Body: r.Body, Hash: hex.EncodeToString(r.Hash)})
		if err != nil {
			return fmt.Errorf("export the audit log: %w", err)
		}
		return fn(r, append(line, '\n'))
	})
}

// CutAudit removes entries from the beginning of the audit log and puts one signed
// record in their place, from which the rest proves itself. It is recorded in the
// log itself. A log that was changed is not cut, so that no cut hides a change:
// that is an error that wraps drover.ErrConflict, and so is an export of other
// entries than are there. What regulations ask for that something is in the scope of
// is kept.
func (e *Engine) CutAudit(ctx context.Context, r AuditCutRequest) (*AuditCutView, error) {
	if err := e.may(authz.AuditWrite, ""); err != nil {
		return nil, err
	}
	now := e.wall()
	if r.Before.IsZero() || r.Before.After(now) {
		return nil, fmt.Errorf("cut the audit log: say before which time, in the past: %w", drover.ErrInvalid)
	}
	asked := now.Sub(r.Before)
	keep, why, err := e.retention(ctx, asked)
	if err != nil {
		return nil, err
	}
	v := &AuditCutView{Schema: auditCutSchema, DryRun: r.DryRun, Before: r.Before.UTC(), Why: known(why)}
	if keep > asked {
		v.Before = now.Add(-keep).UTC().Truncate(time.Microsecond)
	}
	proof, err := e.AuditVerify(ctx)
	if err != nil {
		return nil, err
	}
	if proof.Fault == nil && proof.tail { // a server was stopped: what it wrote last was not signed yet
		proof.Missing = nil
	}
	if proof.Fault == nil && len(proof.Missing) > 0 {
		return nil, fmt.Errorf("whether the record was changed cannot be told, so nothing is cut: %s: %w", strings.Join(proof.Missing, "; "), drover.ErrConflict)
	}
	if proof.Fault != nil {
		return nil, fmt.Errorf("the record was changed, so nothing is cut: %s; `drover audit verify` says more: %w", *proof.Fault, drover.ErrConflict)
	}
	c, err := e.planCut(ctx, v.Before)
	if err != nil || c == nil {
		return v, err
	}
	v.Entries, v.From, v.Seq, v.First, v.Last, v.SHA256 = c.Entries, &c.From, &c.Seq, &c.First, &c.Last, &c.SHA256
	if r.SHA256 != "" && r.SHA256 != c.SHA256 {
		return nil, fmt.Errorf("the export that was kept is not that of the %d entries that would be removed (%s): %w", c.Entries, c.SHA256, drover.ErrConflict)
	}
	if r.DryRun {
		return v, nil
	}
	if proof.Cut != nil && proof.Cut.Seq >= c.Seq {
		return nil, fmt.Errorf("entries up to %d are cut already: %w", proof.Cut.Seq, drover.ErrConflict)
	}
	return v, e.cutAt(ctx, c, r.SHA256 != "", v)
}

// planCut is the record of a cut before a time, unsigned; nil where nothing is so
// old.
func (e *Engine) planCut(ctx context.Context, before time.Time) (*AuditCut, error) {
	seq, last, err := e.store.AuditBefore(ctx, before)
	if err != nil || seq == 0 {
		return nil, err
	}
	c := &AuditCut{Seq: seq, Hash: hex.EncodeToString(last)}
	var sum hash.Hash = sha256.New()
	err = e.eachLine(ctx, seq, func(r store.AuditRow, line []byte) error {
		if c.Entries == 0 {
			c.From, c.First = r.Seq, r.At.UTC()
		}
		c.Entries++
		c.Last = r.At.UTC()
		_, err := sum.Write(line)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return c, nil
}

// cutAt signs the record and puts it in the place of the entries, with the entry
// that says so, in one transaction; then it anchors the new end of the log.
func (e *Engine) cutAt(ctx context.Context, c *AuditCut, kept bool, v *AuditCutView) error {
	key, err := e.signingKey(ctx, false)
	if err != nil {
		return err
	}
	record, err := e.store.AuditCut(ctx)
	if err != nil {
		return err
	}
	pub := key.Public().(ed25519.PublicKey)
	if old, err := readCut(record, pub); err != nil {
		return err
	} else if old != nil {
		c.Before = &old.Hash
	}
	c.At, c.Key = e.wall().UTC().Truncate(time.Microsecond), keyID(pub)
	c.Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(key, c.signed()))
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("cut the audit log: %w", err)
	}
	last, err := hex.DecodeString(c.Hash)
	if err != nil {
		return fmt.Errorf("cut the audit log: %w", err)
	}
	a := &AuditEntry{Action: "audit.cut", Target: fmt.Sprintf("%d-%d", c.From, c.Seq), Detail: map[string]any{"entries": c.Entries, "first": c.First, "last": c.Last, "hash": c.Hash, "sha256": c.SHA256, "exported": kept}}
	if err := e.recorded(ctx, a, func(ctx context.Context) error { return e.store.CutAudit(ctx, c.Seq, last, string(raw)) }); err != nil {
		return err
	}
	v.Cut = c
	return e.anchorAudit(ctx, true, false)
}

// CutAuditDue cuts the audit log as audit.retention says, and keeps what it
// removes in the folder of audit.export, if that is configured. nil: nothing was
// old enough, or no retention is configured.
func (e *Engine) CutAuditDue(ctx context.Context) (*AuditCutView, error) {
	of := e.o.Config.Audit
	if of.Retention == "" {
		return nil, nil
	}
	keep, err := drover.ParseDuration(of.Retention)
	if err != nil {
		return nil, fmt.Errorf("audit.retention: %w", err)
	}
	before := e.wall().Add(-keep)
	if seq, _, err := e.store.AuditBefore(ctx, before); err != nil || seq == 0 {
		return nil, err // without going along the whole chain
	}
	plan, err := e.CutAudit(ctx, AuditCutRequest{Before: before, DryRun: true})
	if err != nil || plan.Entries == 0 {
		return nil, err
	}
	r := AuditCutRequest{Before: plan.Before}
	path := ""
	if of.Export != "" {
		path = filepath.Join(expandHome(of.Export), fmt.Sprintf("drover-audit-%d-%d.ndjson", *plan.From, *plan.Seq))
		if err := e.exportTo(ctx, path, plan); err != nil {
			return nil, err
		}
		r.SHA256 = *plan.SHA256
	}
	v, err := e.CutAudit(ctx, r)
	if err != nil {
		return nil, err
	}
	v.File = known(path)
	return v, nil
}

// exportTo writes the export of a plan into a private file, whole and durable
// before anything is removed.
func (e *Engine) exportTo(ctx context.Context, path string, plan *AuditCutView) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("audit.export: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".drover-audit-*")
	if err != nil {
		return fmt.Errorf("audit.export: %w", err)
	}
	defer os.Remove(f.Name()) // gone by then where all went well
	sum := sha256.New()
	err = e.ExportAudit(ctx, plan.Before, io.MultiWriter(f, sum))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("audit.export: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != *plan.SHA256 {
		return fmt.Errorf("audit.export: %s was written, want %s: %w", got, *plan.SHA256, drover.ErrConflict)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("audit.export: %w", err)
	}
	return nil
}

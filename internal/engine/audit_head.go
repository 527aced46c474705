package engine

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
)

// An AuditHead is the end of the audit log at a moment, signed: what is written
// outside the store, so that a log that was written anew is found out.
type AuditHead struct {
	Schema   string    `json:"schema"`
	Seq      int64     `json:"seq"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
	Restored bool      `json:"restored,omitempty"` // a backup was put in place: heads before this one with greater numbers are of the log that was replaced
	Key      string    `json:"key_id"`             // of the signing key: sha256 of the public one, shortened
	Sig      string    `json:"sig"`                // Ed25519 over the lines of signed
}

const auditHeadSchema = "drover/v1/audit_head"

func (h *AuditHead) signed() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%s\n%s\n%t\n%s\n", auditHeadSchema, h.Seq, h.Hash, h.At.UTC().Format(time.RFC3339), h.Restored, h.Key)
}

// anchoring is what is known of heads that were written. It is shared by all
// copies of an engine.
type anchoring struct {
	due  atomic.Bool // entries were added since the last head
	mu   sync.Mutex
	last string // hash of the last head that reached every anchor
}

// auditKey reads the key that signs heads: 32 bytes in hex in audit.key of the data
// directory, mode 0600, the seed of RFC 8032. The error wraps drover.ErrNotFound where
// it is missing. It never makes one: see signingKey.
func auditKey(home string) (ed25519.PrivateKey, error) {
	path := filepath.Join(home, "audit.key")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the key that signs the audit log, %s, is missing: %w", path, drover.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key that signs the audit log: %w", err)
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s does not hold 32 bytes in hex; restore it from a backup: %w", path, drover.ErrInvalid)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// signingKey is the key for who signs, made where there never was one. A key that was
// lost is not replaced in silence: what it signed could not be told from what a
// stranger signed. anew says that the log came from another installation, whose key need
// not be here.
func (e *Engine) signingKey(ctx context.Context, anew bool) (ed25519.PrivateKey, error) {
	key, err := auditKey(e.o.Home)
	if !errors.Is(err, drover.ErrNotFound) {
		return key, err
	}
	first, ferr := e.store.AuditAnchored(ctx)
	if ferr != nil {
		return nil, ferr
	}
	fi, serr := os.Stat(e.headsPath())
	if first > 0 && !anew || serr == nil && fi.Size() > 0 {
		return nil, fmt.Errorf("%w: ends of the log are signed with it, so that no other is made; put it back from where you keep it", err)
	}
	path := filepath.Join(e.o.Home, "audit.key")
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the key that signs the audit log: %w", err)
	}
	return auditKey(e.o.Home)
}

func keyID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:8])
}

// headsPath is where heads are always written: beside the store, not in it.
func (e *Engine) headsPath() string { return filepath.Join(e.o.Home, "audit.heads") }

// AnchorAudit writes the signed end of the audit log outside the store: to
// audit.heads of the data directory, and to the file and the webhook of
// audit.anchor. It does nothing where the log has not grown since. A server calls
// it every five minutes and at its end.
func (e *Engine) AnchorAudit(ctx context.Context) error { return e.anchorAudit(ctx, true, false) }

func (e *Engine) anchorAudit(ctx context.Context, far, restored bool) error {
	if e.o.ReadOnly {
		return nil
	}
	e.anchor.mu.Lock()
	defer e.anchor.mu.Unlock()
	e.anchor.due.Store(false)
	seq, hash, err := e.store.AuditHead(ctx)
	if err != nil || seq == 0 {
		return err
	}
	head := AuditHead{Schema: auditHeadSchema, Seq: seq, Hash: hex.EncodeToString(hash), At: e.wall().UTC().Truncate(time.Second), Restored: restored}
	if e.anchor.last == head.Hash && !restored {
		return nil
	}
	key, err := e.signingKey(ctx, restored)
	if err != nil {
		return err
	}
	head.Key = keyID(key.Public().(ed25519.PublicKey))
	head.Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(key, head.signed()))
	line, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("anchor the audit log: %w", err)
	}
	errs := []error{appendLine(e.headsPath(), line), e.store.NoteAnchored(ctx, seq, restored)}
	anchor := e.o.Config.Audit.Anchor
	if anchor.File != "" {
		errs = append(errs, appendLine(expandHome(anchor.File), line))
	}
	if anchor.Webhook != "" && far {
		errs = append(errs, e.postHead(ctx, anchor.Webhook, line))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("anchor the audit log: %w", err)
	}
	if far || anchor.Webhook == "" {
		e.anchor.last = head.Hash
	}
	return nil
}

// appendLine adds a line at the end of a private file, durably.
func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func (e *Engine) postHead(ctx context.Context, webhook string, line []byte) error {
	url, err := config.Resolve(webhook)
	if err != nil {
		return fmt.Errorf("audit.anchor.webhook: %w", err)
	}
	return post(ctx, url, line)
}

// maxHeads bounds how much of a file of heads is read: at one every five minutes,
// that of some 50 years.
const maxHeads = 1 << 30

// readHeads reads a file of heads and keeps those that tell of the log as it is
// now: the ones after the last restore, and of those before it the ones that it
// left in place. A line that was not signed by our key counts as a fault.
func readHeads(r io.Reader, pub ed25519.PublicKey, hashes map[int64][]byte) (heads int, err error) {
	lines := bufio.NewScanner(io.LimitReader(r, maxHeads))
	lines.Buffer(nil, 64<<10)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var h AuditHead
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			return heads, fmt.Errorf("line %d is no head of an audit log: %w", n, drover.ErrInvalid)
		}
		sig, err := base64.StdEncoding.DecodeString(h.Sig)
		hash, herr := hex.DecodeString(h.Hash)
		if err != nil || herr != nil || h.Schema != auditHeadSchema || !ed25519.Verify(pub, h.signed(), sig) {
			return heads, fmt.Errorf("line %d was not signed by the key %s: %w", n, keyID(pub), drover.ErrInvalid)
		}
		if h.Restored {
			for seq := range hashes {
				if seq >= h.Seq {
					delete(hashes, seq)
				}
			}
		}
		if old, ok := hashes[h.Seq]; ok && hex.EncodeToString(old) != h.Hash {
			// Two ends with one number: the first of them holds, so that the log fails it.
			continue
		}
		hashes[h.Seq] = hash
		heads++
	}
	return heads, lines.Err()
}

// An AuditProof is `audit verify`.
type AuditProof struct {
	Schema   string    `json:"schema"`
	OK       bool      `json:"ok"`
	Entries  int64     `json:"entries"`   // that are there
	Cut      *AuditCut `json:"cut"`       // what stands in the place of older ones; null: none were removed
	Head     int64     `json:"head"`      // number of the newest entry
	Hash     string    `json:"hash"`      // of the newest entry
	FirstBad *int64    `json:"first_bad"` // number of the first entry that is not as it was written
	Fault    *string   `json:"fault"`
	Missing  []string  `json:"missing"`  // what should prove it and is not there: whether it was changed cannot be told
	Anchored int64     `json:"anchored"` // number of the newest entry that a head vouches for
	Heads    int       `json:"heads"`    // that were compared
	Anchors  []string  `json:"anchors"`  // where they were read
	Key      string    `json:"key_id"`   // "": the key is missing

	tail bool // all that is missing is what was not signed yet
}

// anchorWithin is how old an entry is at most that no head vouches for yet: a server
// writes one every five minutes, a command at its end.
const anchorWithin = 10 * time.Minute

// AuditVerify recomputes the whole audit log and compares it with the heads that
// were anchored: in the data directory, in the file of audit.anchor, and in files
// (heads that a webhook received, kept elsewhere). Of a log that was cut, what is
// there is proven from the signed record of the cut on. A log that was changed is no
// error: the proof says where. Nor is one whose heads or key are gone, which proves
// nothing: the proof says what is missing. Nothing is written.
func (e *Engine) AuditVerify(ctx context.Context, files ...string) (*AuditProof, error) {
	if err := e.may(authz.AuditRead, ""); err != nil {
		return nil, err
	}
	p := &AuditProof{Schema: "drover/v1/audit_proof", Anchors: []string{}, Missing: []string{}}
	var pub ed25519.PublicKey
	key, err := auditKey(e.o.Home)
	switch {
	case err == nil:
		pub = key.Public().(ed25519.PublicKey)
		p.Key = keyID(pub)
	case !errors.Is(err, drover.ErrNotFound):
		return nil, err
	}
	hashes := map[int64][]byte{}
	paths := []string{e.headsPath()}
	if f := e.o.Config.Audit.Anchor.File; f != "" {
		paths = append(paths, expandHome(f))
	}
	var faults, absent []string
	for i, path := range append(paths, files...) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) && i < len(paths) {
			absent = append(absent, path)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the anchor: %w", err)
		}
		n := 0
		if pub != nil {
			n, err = readHeads(f, pub, hashes)
			if n == 0 && err == nil && i < len(paths) {
				absent = append(absent, path)
			}
		}
		f.Close()
		if err != nil {
			faults = append(faults, fmt.Sprintf("the anchor %s: %v", path, err))
		}
		p.Heads += n
		p.Anchors = append(p.Anchors, path)
	}
	c, err := e.store.VerifyAudit(ctx, hashes, func(record string) (int64, []byte) {
		cut, err := readCut(record, pub)
		if err != nil {
			faults = append(faults, scrubbed(err))
			return 0, nil
		}
		if cut == nil {
			return 0, nil
		}
		last, _ := hex.DecodeString(cut.Hash) // signed by us: it is hex
		p.Cut = cut
		return cut.Seq, last
	})
	if err != nil {
		return nil, err
	}
	p.Entries, p.Head, p.Hash = c.Entries, c.Seq, hex.EncodeToString(c.Hash)
	for seq := range hashes {
		p.Anchored = max(p.Anchored, seq)
	}
	if err := e.missing(ctx, p, absent, hashes); err != nil {
		return nil, err
	}
	if c.Bad != 0 {
		p.FirstBad = &c.Bad
		faults = append(faults, fmt.Sprintf("entry %d: %s", c.Bad, c.Fault))
	}
	p.Fault, p.OK = known(strings.Join(faults, "; ")), len(faults) == 0 && len(p.Missing) == 0
	return p, nil
}

// missing says what should vouch for the log and does not. Who rewrites a log would
// take the heads away as well: that they are gone must not look like that they agree.
func (e *Engine) missing(ctx context.Context, p *AuditProof, absent []string, hashes map[int64][]byte) error {
	first, err := e.store.AuditAnchored(ctx)
	if err != nil {
		return err
	}
	due, _, err := e.store.AuditBefore(ctx, e.wall().Add(-anchorWithin))
	if err != nil || first == 0 && due == 0 {
		return err
	}
	p.tail = first == 0 // nothing was signed yet
	if p.Key == "" {
		p.Missing = append(p.Missing, "the key audit.key is missing, so that no signature can be checked; put it back from where you keep it")
		return nil
	}
	for _, path := range absent {
		p.Missing = append(p.Missing, path+" holds no signed end of this log, though they are written there")
	}
	if _, ok := hashes[first]; first > 0 && !ok {
		p.Missing = append(p.Missing, fmt.Sprintf("the first end that was signed here, of entry %d, is in no anchor: somebody took it away", first))
	}
	if due > p.Anchored {
		p.tail = p.tail || len(p.Missing) == 0
		p.Missing = append(p.Missing, fmt.Sprintf("no signed end vouches for entries %d to %d, which are over %d minutes old: whoever wrote them was stopped before it was signed, or somebody took it away", p.Anchored+1, due, int(anchorWithin.Minutes())))
	}
	return nil
}

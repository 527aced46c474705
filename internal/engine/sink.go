package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// The bounds of texts that scanned systems control. What is longer keeps its
// beginning and ends in an ellipsis.
const (
	maxName  = 1 << 10
	maxAlias = 2 << 10
	maxProof = 2 << 10
	maxNote  = 2 << 10
)

// sink is the engine's side of one section: it checks, cleans and scrubs each
// record and stages it.
type sink struct {
	stage *store.Stage
	done  func(store.SectionResult)
	seen  func(drover.Record)

	mu     sync.Mutex
	closed bool
}

func (k *sink) Put(part string, r drover.Record) error {
	clean(&r)
	if err := k.stage.Put(part, r); err != nil {
		return err
	}
	k.seen(r)
	return nil
}

func (k *sink) Keep(part string) error { return k.stage.Keep(part) }

// Close commits the section even when the scan was cancelled: what was seen
// until then is kept.
func (k *sink) Close(s drover.Section) error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	s.Name, s.Coverage = sectionName(s.Name), keyText(s.Coverage)
	s.Error = text(secret.RedactString(s.Error), maxNote)
	for i := range s.Notes {
		s.Notes[i].Where = text(secret.RedactString(s.Notes[i].Where), maxNote)
		s.Notes[i].Text = text(secret.RedactString(s.Notes[i].Text), maxNote)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	res, err := k.stage.Commit(ctx, s)
	if err != nil {
		return err
	}
	k.done(res)
	return nil
}

// abort drops what was staged, where the section was never closed.
func (k *sink) abort() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.stage.Abort()
	}
}

// clean makes a record fit to be stored: texts are valid UTF-8 without NUL and
// bounded, and no text holds what looks like a secret value.
func clean(r *drover.Record) {
	switch {
	case r.Node != nil:
		n := *r.Node
		n.Name = text(secret.RedactString(n.Name), maxName)
		n.Type = text(n.Type, maxName)
		n.Aliases = aliases(n.Aliases)
		n.Attrs = attrs(n.Attrs)
		r.Node = &n
	case r.Edge != nil:
		e := *r.Edge
		e.Part = text(secret.RedactString(e.Part), maxProof)
		e.Proof = text(secret.RedactString(e.Proof), maxProof)
		e.Technique = text(e.Technique, maxName)
		e.Cond = attrs(e.Cond)
		r.Edge = &e
	case r.Evidence != nil:
		v := *r.Evidence
		v.Value = text(secret.RedactString(v.Value), maxName)
		v.Claim, v.Source = text(v.Claim, maxName), text(v.Source, maxName)
		r.Evidence = &v
	case r.Document != nil:
		d := *r.Document
		if body := text(secret.RedactString(d.Body), 1<<30); body != d.Body {
			d = drover.NewDocument(d.Language, body)
		}
		r.Document = &d
	}
}

func aliases(list []string) []string {
	var out []string
	for _, a := range list {
		if a = text(a, maxAlias); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// attrs scrubs attributes value by value where the whole holds anything at all
// that looks like a secret.
func attrs(a drover.Attrs) drover.Attrs {
	raw := string(a)
	clean := secret.RedactString(raw) == raw && utf8.ValidString(raw) && !strings.Contains(raw, `\u0000`)
	if clean {
		return a
	}
	m := a.Map()
	if m == nil {
		return a // not an object: Valid refuses it
	}
	return drover.NewAttrs(scrub(m))
}

func scrub(v any) any {
	switch v := v.(type) {
	case string:
		return text(secret.RedactString(v), drover.MaxAttrs)
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if s, ok := e.(string); ok {
				// Some secrets are known only beside their name.
				if pair := k + "=" + s; secret.RedactString(pair) != pair && secret.RedactString(s) == s {
					e = "[REDACTED]"
				}
			}
			out[text(k, maxName)] = scrub(e)
		}
		return out
	case []any:
		for i := range v {
			v[i] = scrub(v[i])
		}
		return v
	}
	return v
}

// text makes s valid UTF-8 without NUL, of at most limit bytes.
func text(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if len(s) <= limit {
		return s
	}
	cut := limit - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// maxSection bounds the name and the coverage key of a section, in bytes.
const maxSection = 1000

func sectionName(name string) string { return cmp.Or(text(name, maxSection), "unnamed") }

// keyText is a coverage key as it is stored: one that is no text, or too long, by
// what can be kept of it and a hash of it all, so that two stay two. It costs the
// other sections of its source nothing.
func keyText(key string) string {
	if s := text(key, maxSection); s == key && s != "" {
		return s
	}
	sum := sha256.Sum256([]byte(key))
	return text(key, maxSection-40) + " #" + hex.EncodeToString(sum[:16])
}

// status sums up the sections of one source.
func status(err error, sections []drover.Section) drover.Status {
	ok, bad := 0, 0
	for _, s := range sections {
		switch s.Status {
		case drover.StatusOK, drover.StatusSkipped:
			ok++
		case drover.StatusPartial, drover.StatusStale:
			ok++
			bad++
		default:
			bad++
		}
	}
	switch {
	case ok == 0:
		return drover.StatusFailed
	case bad > 0 || err != nil:
		return drover.StatusPartial
	}
	return drover.StatusOK
}

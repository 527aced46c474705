package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// An EvidenceFact is a piece of evidence as it was known at a generation.
type EvidenceFact struct {
	ID       int64 // of the subject's ref
	Evidence drover.Evidence
	From     string    // the configured source that brought it
	Observed time.Time // when it was first seen with this value
}

// Evidence yields, for each subject, claim and source of the claim, the value of
// the newest observation that the scope may see at a generation, in order of
// subject id. Compact thins what is older than a day or two to one value a day,
// so that far back it is true to the day.
func (s *Store) Evidence(ctx context.Context, gen int64, scope drover.Scope) iter.Seq2[EvidenceFact, error] {
	return s.evidenceBy(ctx, gen, scope, (*view).evidence)
}

// EvidenceOf is Evidence of some subjects, without reading that of others.
func (s *Store) EvidenceOf(ctx context.Context, gen int64, scope drover.Scope, refs []drover.Ref) iter.Seq2[EvidenceFact, error] {
	ids := make([]int64, len(refs))
	for i, r := range refs {
		ids[i] = s.RefID(r)
	}
	slices.Sort(ids)
	return s.evidenceBy(ctx, gen, scope, func(v *view, ctx context.Context, fn func(EvidenceFact) bool) error {
		for _, id := range slices.Compact(ids) {
			more := true
			err := each(ctx, s.r, func(rows *sql.Rows) error {
				var f EvidenceFact
				var row, cov, observed int64
				if err := scanEvidence(rows, &f, &row, &cov, &observed); err != nil {
					return err
				}
				if c, ok := v.sees(cov); ok && more {
					f.From, f.Observed = c.source, timeOf(observed)
					more = fn(f)
				}
				return nil
			}, evidenceColumns+`WHERE e.ref_id = $1 AND e.from_gen <= $2 AND e.to_gen > $2 ORDER BY e.id`, id, v.gen)
			if err != nil || !more {
				return err
			}
		}
		return nil
	})
}

const evidenceColumns = `SELECT e.id, e.ref_id, r.ref, e.coverage_id, e.observed_us, e.claim, e.source, e.at_us, e.window_ns, e.granularity_ns, e.n, e.value, e.grade
			FROM evidence e JOIN ref r ON r.id = e.ref_id
			`

func (s *Store) evidenceBy(ctx context.Context, gen int64, scope drover.Scope, read func(*view, context.Context, func(EvidenceFact) bool) error) iter.Seq2[EvidenceFact, error] {
	return func(yield func(EvidenceFact, error) bool) {
		v, err := s.view(ctx, gen, scope)
		if err != nil {
			yield(EvidenceFact{}, fmt.Errorf("list evidence: %w", err))
			return
		}
		var group []EvidenceFact // of one subject, one for each claim and source
		flush := func() bool {
			sortBy(group, func(f EvidenceFact) [2]string { return [2]string{f.Evidence.Claim, f.Evidence.Source} })
			for _, f := range group {
				if !yield(f, nil) {
					return false
				}
			}
			group = group[:0]
			return true
		}
		stopped := false
		err = read(v, ctx, func(f EvidenceFact) bool {
			if len(group) > 0 && group[0].ID != f.ID && !flush() {
				stopped = true
				return false
			}
			group = addEvidence(group, f)
			return true
		})
		switch {
		case stopped:
		case err != nil:
			yield(EvidenceFact{}, fmt.Errorf("list evidence: %w", s.d.explain(err)))
		default:
			flush()
		}
	}
}

// addEvidence adds f to the group, or lets it replace what is older.
func addEvidence(group []EvidenceFact, f EvidenceFact) []EvidenceFact {
	for i, g := range group {
		if g.Evidence.Claim == f.Evidence.Claim && g.Evidence.Source == f.Evidence.Source {
			if newerEvidence(f, g) {
				group[i] = f
			}
			return group
		}
	}
	return append(group, f)
}

func newerEvidence(f, g EvidenceFact) bool {
	if c := f.Observed.Compare(g.Observed); c != 0 {
		return c > 0
	}
	if c := f.Evidence.At.Compare(g.Evidence.At); c != 0 {
		return c > 0
	}
	return f.From < g.From
}

func (v *view) evidence(ctx context.Context, fn func(EvidenceFact) bool) error {
	var ref, id int64
	for {
		var got []EvidenceFact
		n := 0
		err := each(ctx, v.s.r, func(rows *sql.Rows) error {
			var f EvidenceFact
			var cov, observed int64
			if err := scanEvidence(rows, &f, &id, &cov, &observed); err != nil {
				return err
			}
			n++
			ref = f.ID
			if c, ok := v.sees(cov); ok {
				f.From, f.Observed = c.source, timeOf(observed)
				got = append(got, f)
			}
			return nil
		}, evidenceColumns+`WHERE (e.ref_id, e.id) > ($1, $2) AND e.from_gen <= $3 AND e.to_gen > $3 ORDER BY e.ref_id, e.id LIMIT `+strconv.Itoa(page), ref, id, v.gen)
		if err != nil {
			return err
		}
		for _, f := range got {
			if !fn(f) {
				return nil
			}
		}
		if n < page {
			return nil
		}
	}
}

func scanEvidence(rows *sql.Rows, f *EvidenceFact, id, cov, observed *int64) error {
	e := &f.Evidence
	var at, window, granularity, n sql.NullInt64
	var value, grade sql.NullString
	err := rows.Scan(id, &f.ID, &e.Subject, cov, observed, &e.Claim, &e.Source, &at, &window, &granularity, &n, &value, &grade)
	e.At, e.Window, e.Granularity = nullTime(at), time.Duration(window.Int64), time.Duration(granularity.Int64)
	e.Count, e.Value, e.Grade = n.Int64, value.String, drover.Grade(grade.String)
	return err
}

// A DocumentInfo is a document without its body.
type DocumentInfo struct {
	Hash, Language string
	Bytes          int64
	Sources        []string
}

// Documents yields the documents that the scope may see at a generation, in
// order of hash.
func (s *Store) Documents(ctx context.Context, gen int64, scope drover.Scope) iter.Seq2[DocumentInfo, error] {
	return func(yield func(DocumentInfo, error) bool) {
		list, err := s.documents(ctx, gen, scope, "", "")
		if err != nil {
			yield(DocumentInfo{}, fmt.Errorf("list documents: %w", s.d.explain(err)))
			return
		}
		for _, d := range list {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// documents lists them all, or the one of the hash: they are few, for they are
// shared, and this holds no body.
func (s *Store) documents(ctx context.Context, gen int64, scope drover.Scope, where string, hash string) ([]DocumentInfo, error) {
	v, err := s.view(ctx, gen, scope)
	if err != nil {
		return nil, err
	}
	args := []any{gen}
	if where != "" {
		args = append(args, hash)
	}
	at := map[string]int{}
	var list []DocumentInfo
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var d DocumentInfo
		var cov int64
		if err := rows.Scan(&d.Hash, &cov, &d.Language, &d.Bytes); err != nil {
			return err
		}
		c, ok := v.sees(cov)
		if !ok {
			return nil
		}
		i, ok := at[d.Hash]
		if !ok {
			i = len(list)
			at[d.Hash] = i
			list = append(list, d)
		}
		list[i].Sources = unite(append(list[i].Sources, c.source))
		return nil
	}, `SELECT d.doc, d.coverage_id, b.language, octet_length(b.body) FROM document d JOIN body b ON b.doc = d.doc
		WHERE d.from_gen <= $1 AND d.to_gen > $1`+where, args...)
	sortBy(list, func(d DocumentInfo) [2]string { return [2]string{d.Hash} })
	return list, err
}

// Document returns a document that the scope has ever been able to see; the
// error wraps drover.ErrNotFound when there is none.
func (s *Store) Document(ctx context.Context, scope drover.Scope, hash string) (drover.Document, error) {
	missing := fmt.Errorf("document %.80q: %w", strings.ToValidUTF8(hash, "?"), drover.ErrNotFound)
	if !storable(hash) {
		return drover.Document{}, missing
	}
	cov, err := s.coverages(ctx, s.r)
	if err != nil {
		return drover.Document{}, err
	}
	visible := false
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		visible = visible || scope.Source(cov[id].source)
		return err
	}, `SELECT DISTINCT coverage_id FROM document WHERE doc = $1`, hash)
	if err != nil {
		return drover.Document{}, fmt.Errorf("read document: %w", s.d.explain(err))
	}
	if !visible {
		return drover.Document{}, missing
	}
	d := drover.Document{Hash: hash}
	err = s.r.QueryRowContext(ctx, `SELECT language, body FROM body WHERE doc = $1`, hash).Scan(&d.Language, &d.Body)
	if err != nil {
		return drover.Document{}, fmt.Errorf("read document: %w", s.d.explain(err))
	}
	return d, nil
}

// Bodies yields whole the documents of a language that the scope may see at a
// generation, each once, in no order.
func (s *Store) Bodies(ctx context.Context, gen int64, scope drover.Scope, language string) iter.Seq2[drover.Document, error] {
	return func(yield func(drover.Document, error) bool) {
		v, err := s.view(ctx, gen, scope)
		if err != nil {
			yield(drover.Document{}, err)
			return
		}
		done := map[string]bool{}
		stop := errors.New("stop")
		err = each(ctx, s.r, func(rows *sql.Rows) error {
			d := drover.Document{Language: language}
			var cov int64
			if err := rows.Scan(&d.Hash, &cov, &d.Body); err != nil {
				return err
			}
			if _, ok := v.sees(cov); !ok || done[d.Hash] {
				return nil
			}
			done[d.Hash] = true
			if !yield(d, nil) {
				return stop
			}
			return nil
		}, `SELECT d.doc, d.coverage_id, b.body FROM document d JOIN body b ON b.doc = d.doc WHERE d.from_gen <= $1 AND d.to_gen > $1 AND b.language = $2`, gen, language)
		if err != nil && !errors.Is(err, stop) {
			yield(drover.Document{}, fmt.Errorf("read documents: %w", s.d.explain(err)))
		}
	}
}

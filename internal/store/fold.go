package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
)

// A Fold counts the ephemeral identities of one type under their template. Folds
// are counters, not facts: they are current, and make no generation.
type Fold struct {
	Source    string
	Coverage  string
	Template  drover.Ref
	Kind      drover.Kind
	Type      string
	Count     int64 // distinct ones ever seen, as far back as native ids are kept
	Peak      int64 // the most distinct ones seen in one day (UTC)
	First     time.Time
	Last      time.Time
	Days      []FoldDay // the latest first
	Instances []Instance
}

// A FoldDay is how many distinct ones were seen in one day.
type FoldDay struct {
	Day   time.Time // midnight, UTC
	Count int64
}

// An Instance is one ephemeral identity, kept for a while under its native id.
type Instance struct {
	Ref         drover.Ref
	Name        string
	First, Last time.Time
}

// putInstance takes a node that has a template.
func (st *Stage) putInstance(n *drover.Node) error {
	r := drover.Record{Node: n}
	if err := n.Valid(); err != nil {
		return err
	}
	if field := badText("", r); field != "" {
		return fmt.Errorf("%s: %s is not UTF-8 or holds a NUL byte: %w", where(r), field, drover.ErrInvalid)
	}
	if len(n.Type)+len(n.Name) > maxRow {
		return fmt.Errorf("%s: over the limit of %d bytes: %w", where(r), maxRow, drover.ErrInvalid)
	}
	var w row
	w.ref(n.Template)
	w.text(string(n.Kind))
	w.text(n.Type)
	w.text(string(n.Ref))
	w.text(n.Name)
	k := digestOf([]byte(n.Ref))
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed != nil {
		return st.closed
	}
	st.objects++
	if _, ok := st.haveInst[k]; ok || st.stale() {
		return nil
	}
	st.haveInst[k] = struct{}{}
	if err := st.putRefs(encoded{refs: [2]drover.Ref{n.Template}}); err != nil {
		return st.fail(err)
	}
	if err := st.instances.add(place{}, w.b); err != nil {
		return st.fail(err)
	}
	return nil
}

type foldKey struct {
	template  int64
	kind, typ string
}

// An instance as the spool holds it.
type foldRow struct {
	foldKey
	ref, name string
	key       digest
	fold      int64
}

// A foldState is a fold while a commit adds to it.
type foldState struct{ id, fresh, today int64 }

const dayMicros = int64(drover.Day / time.Microsecond)

// fold counts the section's instances.
func (c *commit) fold() error {
	if c.instances.n == 0 {
		return nil
	}
	if err := c.t.step("fold"); err != nil {
		return err
	}
	next, err := c.instances.reader()
	if err != nil {
		return err
	}
	folds := map[foldKey]*foldState{}
	var chunk []foldRow
	var out []any
	for more := true; more; {
		rec, err := next()
		if err != nil {
			return err
		}
		if more = rec != nil; more {
			out = values(rec, c.s.RefID, out[:0])
			r := foldRow{foldKey: foldKey{out[0].(int64), out[1].(string), out[2].(string)}, ref: out[3].(string), name: out[4].(string)}
			r.key = digestOf([]byte(fmt.Sprintf("%d %s", c.covID, r.ref)))
			if folds[r.foldKey] == nil {
				if folds[r.foldKey], err = c.foldOf(r.foldKey); err != nil {
					return err
				}
			}
			r.fold = folds[r.foldKey].id
			chunk = append(chunk, r)
		}
		if len(chunk) == batch || !more {
			if err := c.foldChunk(chunk, folds); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	c.result.Instances = c.instances.n
	return c.foldTotals(folds)
}

// foldOf makes or finds the fold.
func (c *commit) foldOf(k foldKey) (*foldState, error) {
	id, err := c.t.nextID("fold")
	if err != nil {
		return nil, err
	}
	err = c.t.exec(`INSERT INTO fold (id, coverage_id, template_id, kind, type, n, peak, first_us, last_us) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $6)
		ON CONFLICT (coverage_id, template_id, kind, type) DO NOTHING`, id, c.covID, k.template, k.kind, k.typ, c.at)
	if err != nil {
		return nil, fmt.Errorf("fold: %w", err)
	}
	f := &foldState{}
	err = c.t.c.QueryRowContext(c.t.ctx, `SELECT id FROM fold WHERE coverage_id = $1 AND template_id = $2 AND kind = $3 AND type = $4`,
		c.covID, k.template, k.kind, k.typ).Scan(&f.id)
	return f, err
}

// foldChunk finds out which instances are new, and which are new today, and
// notes them all.
func (c *commit) foldChunk(chunk []foldRow, folds map[foldKey]*foldState) error {
	t := c.t
	keys := make([][]byte, len(chunk))
	for i, r := range chunk {
		keys[i] = r.key.append(nil)
	}
	last := map[digest]int64{}
	err := inList(c.t.s.d, keys, 1, func(list string, args []any) error {
		return each(t.ctx, t.c, func(rows *sql.Rows) error {
			var key sql.RawBytes
			var us int64
			if err := rows.Scan(&key, &us); err != nil {
				return err
			}
			last[readDigest(key)] = us
			return nil
		}, `SELECT akey, last_us FROM instance WHERE akey IN `+list, args...)
	})
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	for _, r := range chunk {
		us, known := last[r.key]
		if !known {
			folds[r.foldKey].fresh++
		}
		if !known || floorDiv(us, dayMicros) < floorDiv(c.at, dayMicros) {
			folds[r.foldKey].today++
		}
	}
	id, err := t.nextID("instance")
	if err != nil {
		return err
	}
	i := 0
	return insertRows(t, "instance", []string{"id", "akey", "fold_id", "ref", "name", "first_us", "last_us"}, func() ([]any, error) {
		if i == len(chunk) {
			return nil, nil
		}
		r := chunk[i]
		i++
		return []any{id + int64(i), keys[i-1], r.fold, r.ref, r.name, c.at, c.at}, nil
	}, ` ON CONFLICT (akey) DO UPDATE SET last_us = excluded.last_us, name = excluded.name WHERE instance.last_us < excluded.last_us`, nil)
}

func (c *commit) foldTotals(folds map[foldKey]*foldState) error {
	for _, f := range folds {
		day := floorDiv(c.at, dayMicros)
		err := c.t.exec(`INSERT INTO fold_day (fold_id, day, n) VALUES ($1, $2, $3) ON CONFLICT (fold_id, day) DO UPDATE SET n = fold_day.n + excluded.n`, f.id, day, f.today)
		if err != nil {
			return fmt.Errorf("fold: %w", err)
		}
		err = c.t.exec(`UPDATE fold SET n = n + $1,
			peak = (SELECT max(n) FROM fold_day WHERE fold_id = $2),
			first_us = CASE WHEN first_us < $3 THEN first_us ELSE $3 END,
			last_us = CASE WHEN last_us > $3 THEN last_us ELSE $3 END WHERE id = $2`, f.fresh, f.id, c.at)
		if err != nil {
			return fmt.Errorf("fold: %w", err)
		}
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Folds lists what is counted under templates, in order of template, with the
// days of the last 400 and, where instances is positive, that many of the latest
// native ids.
func (s *Store) Folds(ctx context.Context, scope drover.Scope, instances int) ([]Fold, error) {
	cov, err := s.coverages(ctx, s.r)
	if err != nil {
		return nil, err
	}
	var list []Fold
	var ids []int64
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var f Fold
		var id, cid, first, last int64
		if err := rows.Scan(&id, &cid, &f.Template, &f.Kind, &f.Type, &f.Count, &f.Peak, &first, &last); err != nil {
			return err
		}
		f.Source, f.Coverage = cov[cid].source, cov[cid].coverage
		f.First, f.Last = timeOf(first), timeOf(last)
		if scope.Source(f.Source) {
			list, ids = append(list, f), append(ids, id)
		}
		return nil
	}, `SELECT f.id, f.coverage_id, r.ref, f.kind, f.type, f.n, f.peak, f.first_us, f.last_us FROM fold f JOIN ref r ON r.id = f.template_id ORDER BY f.id`)
	for i := 0; i < len(list) && err == nil; i++ {
		err = s.fillFold(ctx, &list[i], ids[i], instances)
	}
	if err != nil {
		return nil, fmt.Errorf("list folds: %w", s.d.explain(err))
	}
	slices.SortStableFunc(list, func(a, b Fold) int { return compareStrings(string(a.Template), string(b.Template)) })
	return list, nil
}

func (s *Store) fillFold(ctx context.Context, f *Fold, id int64, instances int) error {
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var day, n int64
		if err := rows.Scan(&day, &n); err != nil {
			return err
		}
		f.Days = append(f.Days, FoldDay{timeOf(day * dayMicros), n})
		return nil
	}, `SELECT day, n FROM fold_day WHERE fold_id = $1 ORDER BY day DESC LIMIT 400`, id)
	if err != nil || instances <= 0 {
		return err
	}
	return each(ctx, s.r, func(rows *sql.Rows) error {
		var in Instance
		var first, last int64
		if err := rows.Scan(&in.Ref, &in.Name, &first, &last); err != nil {
			return err
		}
		in.First, in.Last = timeOf(first), timeOf(last)
		f.Instances = append(f.Instances, in)
		return nil
	}, `SELECT ref, name, first_us, last_us FROM instance WHERE fold_id = $1 ORDER BY last_us DESC, id DESC LIMIT $2`, id, instances)
}

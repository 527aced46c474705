package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Changes counts what a section changed of what its coverage asserts. A node is
// counted once whatever the parts it was seen in; edges are counted as seen.
// Whether the inventory as a whole changed, Diff says.
type Changes struct {
	Added        int64 `json:"added"`
	Changed      int64 `json:"changed"`
	Removed      int64 `json:"removed"`
	EdgesAdded   int64 `json:"edges_added"`
	EdgesChanged int64 `json:"edges_changed"`
	EdgesRemoved int64 `json:"edges_removed"`
	Evidence     int64 `json:"evidence"`  // values that are new
	Documents    int64 `json:"documents"` // assertions of documents begun or ended
	Instances    int64 `json:"instances"` // ephemeral identities counted under their templates
	Conflicts    int64 `json:"conflicts"` // things put twice with different content
}

// A SectionResult is a section as it was committed.
type SectionResult struct {
	Section    drover.Section // Status is stale when a newer look had gone well
	Generation int64          // 0: nothing changed
	Changes

	Scan, Source        string
	Observed, Committed time.Time
}

// Commit makes what was put visible, as one generation, all or nothing. When
// sec.Status is ok it also ends what the coverage asserted and the section did
// not see, save what is kept. Any other status ends nothing.
//
// A section observed earlier than the last success of its coverage changes
// nothing and is recorded as stale; an assertion seen later than the section
// looked is left as it is. The error wraps drover.ErrTransient when another
// process committed the same coverage meanwhile: nothing changed, scan again.
// Whatever it returns, the stage is over.
func (st *Stage) Commit(ctx context.Context, sec drover.Section) (SectionResult, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed != nil {
		err := fmt.Errorf("commit section: %w", st.closed)
		if !errors.Is(st.closed, errStageDone) {
			st.close()
		}
		return SectionResult{}, err
	}
	defer st.close()
	if sec.Name == "" {
		sec.Name = st.info.Name
	}
	if sec.Coverage == "" {
		sec.Coverage = st.info.Coverage
	}
	if sec.Coverage != st.info.Coverage {
		return SectionResult{}, fmt.Errorf("commit section %s: it covers %.80q and was begun for %.80q: %w", sec.Name, sec.Coverage, st.info.Coverage, drover.ErrInvalid)
	}
	switch sec.Status {
	case drover.StatusOK, drover.StatusPartial, drover.StatusFailed, drover.StatusSkipped:
	default:
		return SectionResult{}, fmt.Errorf("commit section %s: status %q is none of ok, partial, failed, skipped: %w", sec.Name, sec.Status, drover.ErrInvalid)
	}
	if sec.Objects == 0 {
		sec.Objects = st.objects
	}
	c := commit{Stage: st, result: SectionResult{Section: sec, Scan: st.scan, Source: st.info.Source, Observed: st.info.Observed}}
	if err := st.s.write(ctx, c.run); err != nil {
		return SectionResult{}, fmt.Errorf("commit section %s of %s: %w", sec.Name, st.info.Source, err)
	}
	// The section is stored whatever becomes of this; a slow listing is no failure.
	if rows := c.result.Added + c.result.EdgesAdded + c.result.Evidence; rows > manyRows {
		if err := st.s.d.grown(ctx, st.s); err != nil {
			st.s.o.Log.WarnContext(ctx, "statistics of the store not renewed", "err", err)
		}
	}
	return c.result, nil
}

// manyRows is from how many new rows on the statistics are renewed at once.
const manyRows = 10_000

// A commit writes one stage in one transaction.
type commit struct {
	*Stage
	t      *tx
	result SectionResult

	// ids of the nodes of which an assertion began, changed, ended
	added, changed, ended []int64
}

func (c *commit) run(t *tx) error {
	c.t = t
	if err := t.holds(c.lease); err != nil {
		return err
	}
	if err := c.lockCoverage(); err != nil {
		return err
	}
	sec := &c.result.Section
	switch {
	case sec.Status == drover.StatusSkipped:
	case c.stale():
		if sec.Status != drover.StatusFailed {
			sec.Status = drover.StatusStale
		}
	default:
		if err := c.apply(sec.Status == drover.StatusOK); err != nil {
			return err
		}
	}
	c.result.Generation = t.gen
	c.result.Conflicts = c.conflicts
	return c.record()
}

// lockCoverage makes or finds the coverage and checks that nobody changed what
// the stage compared with.
func (c *commit) lockCoverage() error {
	t, seen := c.t, c.version
	err := t.c.QueryRowContext(t.ctx, `SELECT id, version, last_ok_us FROM coverage WHERE source = $1 AND coverage = $2`,
		c.info.Source, c.info.Coverage).Scan(&c.covID, &c.version, &c.lastOK)
	if errors.Is(err, sql.ErrNoRows) {
		if c.covID, err = t.nextID("coverage"); err != nil {
			return err
		}
		return t.exec(`INSERT INTO coverage (id, source, coverage, version) VALUES ($1, $2, $3, 0)`, c.covID, c.info.Source, c.info.Coverage)
	}
	if err == nil && c.version != seen && !c.stale() {
		return fmt.Errorf("another scan committed coverage %s meanwhile; scan again: %w", c.info.Coverage, drover.ErrTransient)
	}
	return err
}

func (c *commit) generation() (int64, error) { return c.t.generation("section", c.scan) }

func (c *commit) apply(ok bool) error {
	if err := c.t.step("refs"); err != nil {
		return err
	}
	if err := c.writeRefs(); err != nil {
		return err
	}
	for k := range kinds {
		if err := c.t.step(layouts[k].table); err != nil {
			return err
		}
		if err := c.write(k); err != nil {
			return err
		}
		var err error
		switch {
		case !ok:
			err = c.touch(k)
		case layouts[k].absent && !c.keepAll:
			err = c.endUnseen(k)
		}
		if err != nil {
			return err
		}
	}
	if err := c.countNodes(); err != nil {
		return err
	}
	return c.fold()
}

// writeRefs writes refs and bodies that the new assertions need.
func (c *commit) writeRefs() error {
	next, err := c.refs.reader()
	if err != nil {
		return err
	}
	err = c.t.putRefs(func() (drover.Ref, error) {
		rec, err := next()
		return drover.Ref(rec), err
	})
	if err != nil {
		return err
	}
	if next, err = c.bodies.reader(); err != nil {
		return err
	}
	var out []any
	return insertRows(c.t, "body", []string{"doc", "language", "body"}, func() ([]any, error) {
		rec, err := next()
		if err != nil || rec == nil {
			return nil, err
		}
		out = values(rec, nil, out[:0])
		return out, nil
	}, " ON CONFLICT (doc) DO NOTHING", nil)
}

// An oldRow is a version that a new one replaces.
type oldRow struct{ id, first int64 }

// write ends the versions that changed and writes what the spool holds.
func (c *commit) write(k int) error {
	if c.spools[k].n == 0 {
		return nil
	}
	old, err := c.replaced(k)
	if err != nil {
		return err
	}
	next, err := c.spools[k].reader()
	if err != nil {
		return err
	}
	if !c.pending(k) {
		return nil
	}
	gen, err := c.generation()
	if err != nil {
		return err
	}
	id, err := c.t.nextID(layouts[k].table)
	if err != nil {
		return err
	}
	var out []any
	var digests []byte // akey and hash of the row being written
	columns := slices.Concat(commonColumns, layouts[k].columns)
	return c.t.s.d.insert(c.t, layouts[k].table, columns, func() ([]any, error) {
		for {
			rec, err := next()
			if err != nil || rec == nil {
				return nil, err
			}
			e, _ := c.index[k].get(readDigest(rec[:16]))
			if e.is(flagWritten) || e.hash != readDigest(rec[16:32]) {
				continue // something else put under the same key won
			}
			e.row |= flagWritten
			first := c.at
			if e.id() > 0 {
				i, _ := slices.BinarySearchFunc(old, e.id(), func(o oldRow, id int64) int { return int(max(-1, min(1, o.id-id))) })
				first = old[i].first
			}
			digests = append([]byte{}, rec[:32]...)
			out = append(out[:0], id, c.covID, digests[:16:16], digests[16:32:32], gen, int64(maxGen), c.at, c.at, first)
			out = values(rec[32:], c.s.RefID, out)
			id++
			c.count(k, e.id() > 0, out)
			return out, nil
		}
	})
}

// pending reports whether the spool holds anything that is not in the store.
func (c *commit) pending(k int) bool {
	for e := range c.index[k].all() {
		if e.is(flagSpooled) && !e.is(flagWritten) {
			return true
		}
	}
	return false
}

// maxGen is open as a number.
const maxGen = 1<<63 - 1

func (c *commit) count(k int, replaces bool, out []any) {
	r := &c.result
	switch {
	case k == kindNode && replaces:
		c.changed = append(c.changed, out[len(commonColumns)].(int64))
	case k == kindNode:
		c.added = append(c.added, out[len(commonColumns)].(int64))
	case k == kindEdge && replaces:
		r.EdgesChanged++
	case k == kindEdge:
		r.EdgesAdded++
	case k == kindEvidence:
		r.Evidence++
	default:
		r.Documents++
	}
}

// replaced ends the rows whose content changed and returns them by id.
func (c *commit) replaced(k int) ([]oldRow, error) {
	var ids []int64
	for e := range c.index[k].all() {
		if e.is(flagSpooled) && e.id() > 0 {
			ids = append(ids, e.id())
		}
	}
	slices.Sort(ids)
	old := make([]oldRow, 0, len(ids))
	changed := ids[:0]
	err := inList(c.t.s.d, ids, 1, func(list string, args []any) error {
		return each(c.t.ctx, c.t.c, func(rows *sql.Rows) error {
			var o oldRow
			var key, hash sql.RawBytes
			if err := rows.Scan(&o.id, &o.first, &key, &hash); err != nil {
				return err
			}
			if e, _ := c.index[k].get(readDigest(key)); e.hash == readDigest(hash) {
				e.row |= flagWritten // put twice, and the row's own content won
				return nil
			}
			old = append(old, o)
			changed = append(changed, o.id)
			return nil
		}, `SELECT id, first_us, akey, hash FROM `+layouts[k].table+` WHERE id IN `+list, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("read changed %ss: %w", layouts[k].table, err)
	}
	slices.SortFunc(old, func(a, b oldRow) int { return int(max(-1, min(1, a.id-b.id))) })
	return old, c.end(k, changed)
}

// end closes the intervals of the rows.
func (c *commit) end(k int, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	gen, err := c.generation()
	if err != nil {
		return err
	}
	return c.t.endRows(layouts[k].table, ids, gen)
}

func (t *tx) endRows(table string, ids []int64, gen int64) error {
	return inList(t.s.d, ids, 2, func(list string, args []any) error {
		if err := t.exec(`UPDATE `+table+` SET to_gen = $1 WHERE id IN `+list, append([]any{gen}, args...)...); err != nil {
			return fmt.Errorf("end %ss: %w", table, err)
		}
		return nil
	})
}

// endUnseen ends what the section, which saw all there is, did not see.
func (c *commit) endUnseen(k int) error {
	var ids []int64
	for e := range c.index[k].all() {
		if e.id() > 0 && !e.is(flagSeen) && !e.is(flagLate) {
			ids = append(ids, e.id())
		}
	}
	slices.Sort(ids)
	gone := ids
	if len(c.keeps) > 0 || k == kindNode {
		column := "0"
		if k == kindNode {
			column = "ref_id"
		}
		gone = make([]int64, 0, len(ids))
		err := inList(c.t.s.d, ids, 1, func(list string, args []any) error {
			return each(c.t.ctx, c.t.c, func(rows *sql.Rows) error {
				var id, ref int64
				var part string
				if err := rows.Scan(&id, &part, &ref); err != nil || c.kept(part) {
					return err
				}
				gone = append(gone, id)
				if k == kindNode {
					c.ended = append(c.ended, ref)
				}
				return nil
			}, `SELECT id, section_part, `+column+` FROM `+layouts[k].table+` WHERE id IN `+list, args...)
		})
		if err != nil {
			return fmt.Errorf("read unseen %ss: %w", layouts[k].table, err)
		}
	}
	switch k {
	case kindEdge:
		c.result.EdgesRemoved += int64(len(gone))
	case kindDocument:
		c.result.Documents += int64(len(gone))
	}
	return c.end(k, gone)
}

// kept reports whether the part, or one above it, was not looked at.
func (c *commit) kept(part string) bool {
	return slices.ContainsFunc(c.keeps, func(keep string) bool {
		return part == keep || strings.HasPrefix(part, keep) && part[len(keep)] == '/'
	})
}

// touch notes, after a section that did not see all, which rows it did see, so
// that an older look coming later leaves them alone.
func (c *commit) touch(k int) error {
	var ids []int64
	for e := range c.index[k].all() {
		if e.id() > 0 && e.is(flagSeen) && !e.is(flagLate) && (!e.is(flagSpooled) || e.is(flagWritten)) {
			ids = append(ids, e.id())
		}
	}
	slices.Sort(ids)
	err := inList(c.t.s.d, ids, 2, func(list string, args []any) error {
		return c.t.exec(`UPDATE `+layouts[k].table+` SET seen_us = $1 WHERE seen_us < $1 AND to_gen = `+open+` AND id IN `+list, append([]any{c.at}, args...)...)
	})
	if err != nil {
		return fmt.Errorf("touch %ss: %w", layouts[k].table, err)
	}
	return nil
}

// countNodes turns changes of assertions into changes of nodes.
func (c *commit) countNodes() error {
	if c.was == 0 { // the first time: nothing but beginnings, and maybe many
		slices.Sort(c.added)
		c.result.Added = int64(len(slices.Compact(c.added)))
		return nil
	}
	began, ended, changed := idSet(c.added), idSet(c.ended), idSet(c.changed)
	both := func(id int64) bool { return began[id] && ended[id] || changed[id] }
	var single []int64 // nodes of which assertions only began, or only ended
	for id := range began {
		if !both(id) {
			single = append(single, id)
		}
	}
	for id := range ended {
		if !both(id) {
			single = append(single, id)
		}
	}
	err := inList(c.t.s.d, single, 3, func(list string, args []any) error {
		return each(c.t.ctx, c.t.c, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			changed[id] = true // another part shows it, before as after
			return err
		}, `SELECT DISTINCT ref_id FROM node WHERE coverage_id = $1 AND from_gen < $2 AND to_gen = `+open+` AND ref_id IN `+list,
			append([]any{c.covID, c.t.gen}, args...)...)
	})
	if err != nil {
		return fmt.Errorf("count the changes: %w", err)
	}
	r := &c.result
	for id := range began {
		if both(id) {
			changed[id] = true
		} else {
			r.Added++
		}
	}
	for id := range ended {
		if both(id) {
			changed[id] = true
		} else {
			r.Removed++
		}
	}
	r.Changed = int64(len(changed))
	return nil
}

func idSet(ids []int64) map[int64]bool {
	m := make(map[int64]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// record writes the section's own row and moves the coverage on.
func (c *commit) record() error {
	t, r := c.t, &c.result
	if err := t.step("record"); err != nil {
		return err
	}
	id, err := t.nextID("section")
	if err != nil {
		return err
	}
	r.Committed = timeOf(micros(t.s.o.Now()))
	r.Section = cleanSection(r.Section)
	body, err := json.Marshal(r.Section)
	if err != nil {
		return err
	}
	changes, err := json.Marshal(r.Changes)
	if err != nil {
		return err
	}
	err = t.exec(`INSERT INTO section (id, scan_id, coverage_id, status, observed_us, committed_us, gen, body, changes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, c.scan, c.covID, string(r.Section.Status), c.at, micros(r.Committed), r.Generation, string(body), string(changes))
	if err != nil {
		return fmt.Errorf("record the section: %w", err)
	}
	lastOK := any(nil)
	if c.lastOK.Valid {
		lastOK = c.lastOK.Int64
	}
	if r.Section.Status == drover.StatusOK {
		lastOK = c.at
	}
	if err := t.exec(`UPDATE coverage SET version = version + 1, last_ok_us = $1 WHERE id = $2`, lastOK, c.covID); err != nil {
		return fmt.Errorf("record the coverage: %w", err)
	}
	return nil
}

// clean makes text of ours, or of an error, fit to be stored.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func cleanSection(s drover.Section) drover.Section {
	s.Name, s.Error = clean(s.Name), clean(s.Error)
	s.Notes = slices.Clone(s.Notes)
	for i := range s.Notes {
		s.Notes[i].Where, s.Notes[i].Text = clean(s.Notes[i].Where), clean(s.Notes[i].Text)
	}
	return s
}

package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/droverhq/drover"
)

// ForgetSources takes sources out of the store as if they had never been there:
// what they asserted, in the history too, their scans and how they are configured;
// and of the things that nobody else ever asserted the tags, the entities and the
// findings with all decisions. Runs of checks that saw any of it go as well. What
// others asserted stays, at every generation that they made. It is one
// transaction and makes a generation. Unlike [Store.RemoveSource] it cannot be
// undone. The error wraps drover.ErrNotFound when nothing is known of any.
func (s *Store) ForgetSources(ctx context.Context, ids []string) error {
	err := s.write(ctx, func(t *tx) error {
		f := forgetting{tx: t}
		return f.run(ids)
	})
	if err != nil {
		return fmt.Errorf("forget %d sources: %w", len(ids), err)
	}
	return nil
}

type forgetting struct {
	*tx
	coverages []any // their ids
	refs      []any // that the coverages assert
	scans     []any
	first     int64 // their oldest generation
}

func (f *forgetting) run(sources []string) error {
	if err := f.find(sources); err != nil {
		return err
	}
	gen, err := f.generation("source removed", "")
	if err != nil {
		return err
	}
	for _, l := range layouts {
		if err := f.in(f.coverages, `DELETE FROM `+l.table+` WHERE coverage_id IN `); err != nil {
			return err
		}
	}
	for _, step := range []func() error{f.folds, f.records, f.orphans, func() error { return f.generations(gen) }} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := f.in(f.coverages, `DELETE FROM coverage WHERE id IN `); err != nil {
		return err
	}
	if err := f.inTexts(sources, `DELETE FROM source WHERE id IN `); err != nil {
		return err
	}
	return f.exec(`DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.doc = body.doc)`)
}

// find collects what the sources have. Of evidence and edges the refs need not be
// found: they hang on nodes.
func (f *forgetting) find(sources []string) error {
	known := false
	for _, id := range sources {
		list, err := f.ints(`SELECT id FROM coverage WHERE source = $1`, id)
		if err != nil {
			return err
		}
		f.coverages = append(f.coverages, list...)
		n, err := f.ints(`SELECT changed_us FROM source WHERE id = $1`, id)
		if err != nil {
			return err
		}
		known = known || len(list)+len(n) > 0
		scans, err := f.texts(`SELECT scan_id FROM scan_source WHERE source = $1`, id)
		if err != nil {
			return err
		}
		f.scans = append(f.scans, scans...)
	}
	if !known {
		return drover.ErrNotFound
	}
	for _, c := range f.coverages {
		list, err := f.ints(`SELECT DISTINCT ref_id FROM node WHERE coverage_id = $1`, c)
		if err != nil {
			return err
		}
		f.refs = append(f.refs, list...)
		if list, err = f.ints(`SELECT coalesce(min(gen), 0) FROM section WHERE coverage_id = $1 AND gen > 0`, c); err != nil {
			return err
		}
		if g, _ := list[0].(int64); g > 0 && (f.first == 0 || g < f.first) {
			f.first = g
		}
	}
	return nil
}

func (f *forgetting) folds() error {
	for _, q := range []string{`DELETE FROM instance WHERE fold_id IN (SELECT id FROM fold WHERE coverage_id IN %s)`, `DELETE FROM fold_day WHERE fold_id IN (SELECT id FROM fold WHERE coverage_id IN %s)`, `DELETE FROM fold WHERE coverage_id IN %s`} {
		err := inList(f.s.d, f.coverages, 1, func(list string, args []any) error { return f.exec(fmt.Sprintf(q, list), args...) })
		if err != nil {
			return err
		}
	}
	return nil
}

// records drops how the sources were scanned.
func (f *forgetting) records() error {
	if err := f.in(f.coverages, `DELETE FROM section WHERE coverage_id IN `); err != nil {
		return err
	}
	err := inList(f.s.d, f.scans, 1, func(list string, args []any) error {
		return f.exec(`DELETE FROM scan_source WHERE scan_id IN `+list+` AND NOT EXISTS (SELECT 1 FROM section WHERE section.scan_id = scan_source.scan_id)`, args...)
	})
	if err != nil {
		return err
	}
	return inList(f.s.d, f.scans, 1, func(list string, args []any) error {
		return f.exec(`DELETE FROM scan WHERE id IN `+list+` AND NOT EXISTS (SELECT 1 FROM section WHERE section.scan_id = scan.id)`, args...)
	})
}

// orphans drops what was said and found of things that nobody asserts any more.
func (f *forgetting) orphans() error {
	gone := ` IN %s AND NOT EXISTS (SELECT 1 FROM node WHERE node.ref_id = `
	for _, q := range []string{
		`DELETE FROM decision WHERE fkey IN (SELECT fkey FROM finding WHERE ref_id` + gone + `finding.ref_id))`,
		`DELETE FROM finding_span WHERE fkey IN (SELECT fkey FROM finding WHERE ref_id` + gone + `finding.ref_id))`,
		`DELETE FROM finding WHERE ref_id` + gone + `finding.ref_id)`,
		`DELETE FROM tag WHERE ref_id` + gone + `tag.ref_id)`,
		`DELETE FROM entity WHERE ref_id` + gone + `entity.ref_id)`,
		`DELETE FROM entity WHERE entity_id` + gone + `entity.entity_id)`,
	} {
		err := inList(f.s.d, f.refs, 1, func(list string, args []any) error { return f.exec(fmt.Sprintf(q, list), args...) })
		if err != nil {
			return err
		}
	}
	if f.first == 0 {
		return nil
	}
	return f.exec(`DELETE FROM check_run WHERE gen >= $1`, f.first)
}

// generations drops those that nothing is left of, so that the history begins
// where it began before. Numbers are never given twice: the newest one stays.
func (f *forgetting) generations(newest int64) error {
	if f.first == 0 {
		return nil
	}
	used := ``
	for _, table := range []string{"node", "edge", "evidence", "document", "entity", "tag"} {
		used += ` AND id NOT IN (SELECT from_gen FROM ` + table + `) AND id NOT IN (SELECT to_gen FROM ` + table + `)`
	}
	err := f.exec(`DELETE FROM generation WHERE id >= $1 AND id < $2 AND id NOT IN (SELECT gen FROM section)`+used, f.first, newest)
	if err != nil {
		return err
	}
	// Row ids are given anew from the highest that is left.
	for table, column := range map[string]string{"node": "node_lo", "edge": "edge_lo"} {
		next, err := f.nextID(table)
		if err != nil {
			return err
		}
		if err := f.exec(`UPDATE generation SET `+column+` = $1 WHERE `+column+` > $1`, next); err != nil {
			return err
		}
	}
	return nil
}

func (f *forgetting) in(ids []any, query string) error {
	return inList(f.s.d, ids, 1, func(list string, args []any) error { return f.exec(query+list, args...) })
}

func (f *forgetting) inTexts(ids []string, query string) error {
	return inList(f.s.d, ids, 1, func(list string, args []any) error { return f.exec(query+list, args...) })
}

func (f *forgetting) ints(query string, args ...any) (out []any, err error) {
	return out, each(f.ctx, f.c, func(rows *sql.Rows) error {
		var v int64
		err := rows.Scan(&v)
		out = append(out, v)
		return err
	}, query, args...)
}

func (f *forgetting) texts(query string, args ...any) (out []any, err error) {
	return out, each(f.ctx, f.c, func(rows *sql.Rows) error {
		var v string
		err := rows.Scan(&v)
		out = append(out, v)
		return err
	}, query, args...)
}

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/droverhq/drover"
)

// defaultID is the id of a ref wherever Drover runs: the first 63 bits of the
// SHA-256 of its text. It is never 0.
func (s *Store) defaultID(ref drover.Ref) int64 {
	sum := sha256.Sum256([]byte(ref))
	id := int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
	if s.hooks.mask != 0 {
		id &= s.hooks.mask
	}
	return max(id, 1)
}

// RefID returns the id of a ref in this store, the one that Facts carry, whether
// or not the ref has been seen. It is the same in every store, save for the few
// refs that share 63 bits of hash with one seen earlier.
func (s *Store) RefID(ref drover.Ref) int64 {
	s.mu.Lock()
	id, ok := s.override[ref]
	s.mu.Unlock()
	if ok {
		return id
	}
	return s.defaultID(ref)
}

func (s *Store) loadOverrides(ctx context.Context, q querier) error {
	fresh := map[drover.Ref]int64{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var ref drover.Ref
		var id int64
		if err := rows.Scan(&ref, &id); err != nil {
			return err
		}
		fresh[ref] = id
		return nil
	}, `SELECT ref, id FROM ref_override`)
	if err != nil {
		return fmt.Errorf("read the overrides of ref ids: %w", err)
	}
	s.mu.Lock()
	s.override = fresh
	s.mu.Unlock()
	return nil
}

// putRefs makes sure that every ref has its row. It finds out which refs share
// an id with another one and gives them one of their own.
func (t *tx) putRefs(next func() (drover.Ref, error)) error {
	// Another process may have resolved collisions since we looked.
	if err := t.s.loadOverrides(t.ctx, t.c); err != nil {
		return err
	}
	var pending, doubtful []drover.Ref
	row := make([]any, 2)
	done := error(nil)
	source := func() ([]any, error) {
		if done != nil {
			return nil, done
		}
		ref, err := next()
		if err != nil || ref == "" {
			return nil, err
		}
		pending = append(pending, ref)
		row[0], row[1] = t.s.RefID(ref), string(ref)
		return row, nil
	}
	err := insertRows(t, "ref", []string{"id", "ref"}, source, " ON CONFLICT (id) DO NOTHING", func(rows, affected int64) {
		if affected < rows { // some were there already: as themselves, or as another
			doubtful, done = t.checkRefs(pending[:rows], doubtful)
		}
		pending = pending[rows:]
	})
	if err = errors.Join(err, done); err != nil {
		return err
	}
	for _, ref := range doubtful {
		if err := t.overrideRef(ref); err != nil {
			return err
		}
	}
	return nil
}

// checkRefs appends to clash those of refs whose id belongs to another ref.
func (t *tx) checkRefs(refs, clash []drover.Ref) ([]drover.Ref, error) {
	ids := make([]int64, len(refs))
	for i, ref := range refs {
		ids[i] = t.s.RefID(ref)
	}
	have := map[int64]drover.Ref{}
	err := inList(t.s.d, ids, 1, func(list string, args []any) error {
		return each(t.ctx, t.c, func(rows *sql.Rows) error {
			var id int64
			var ref drover.Ref
			if err := rows.Scan(&id, &ref); err != nil {
				return err
			}
			have[id] = ref
			return nil
		}, `SELECT id, ref FROM ref WHERE id IN `+list, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	for i, ref := range refs {
		if have[ids[i]] != ref {
			clash = append(clash, ref)
		}
	}
	return clash, nil
}

// overrideRef gives ref the first free id of a series that only it has.
func (t *tx) overrideRef(ref drover.Ref) error {
	for i := 1; ; i++ {
		id := t.s.defaultID(ref + "\x00" + drover.Ref(strconv.Itoa(i)))
		if t.s.hooks.mask != 0 {
			id += t.s.hooks.mask + int64(i) // leave the bits that the test fills
		}
		res, err := t.c.ExecContext(t.ctx, `INSERT INTO ref (id, ref) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, string(ref))
		if err != nil {
			return fmt.Errorf("override the id of a ref: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			continue
		}
		if err := t.exec(`INSERT INTO ref_override (ref, id) VALUES ($1, $2)`, string(ref), id); err != nil {
			return fmt.Errorf("override the id of a ref: %w", err)
		}
		t.s.o.Log.WarnContext(t.ctx, "two refs have one id; the later one got another", "node", string(ref))
		// Until the commit this is true for this transaction only, and writers
		// are alone; write reloads the map when it rolls back.
		t.overrode = true
		t.s.mu.Lock()
		t.s.override[ref] = id
		t.s.mu.Unlock()
		return nil
	}
}

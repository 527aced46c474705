package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
)

// A Tag is what somebody says about a ref: an override of what was found out.
type Tag struct {
	ID    int64 // of the ref
	Ref   drover.Ref
	Key   string
	Value string
	Who   string
	At    time.Time
}

// maxTag bounds a tag's value, in bytes.
const maxTag = 64 << 10

// SetTag sets the value of one key of a ref, which need not have been seen. It
// returns the generation that shows it, 0 when it was so already.
func (s *Store) SetTag(ctx context.Context, tag Tag) (int64, error) {
	return s.SetTags(ctx, []Tag{tag}, nil)
}

// SetTags sets some tags and ends others, by their refs and keys, all in one
// generation or none. Tags to end that are not there are passed over. It returns
// the generation that shows it, 0 when all was so already.
func (s *Store) SetTags(ctx context.Context, set, end []Tag) (int64, error) {
	return s.setTags(ctx, set, end, false)
}

// ChangeTags does as SetTags does, and nothing where one of the tags to end is not
// there: the error then wraps drover.ErrNotFound.
func (s *Store) ChangeTags(ctx context.Context, set, end []Tag) (int64, error) {
	return s.setTags(ctx, set, end, true)
}

func (s *Store) setTags(ctx context.Context, set, end []Tag, strict bool) (int64, error) {
	for _, tag := range append(slices.Clone(set), end...) {
		if err := checkTag(tag); err != nil {
			return 0, err
		}
	}
	var gen int64
	var at drover.Ref // the one that failed
	err := s.write(ctx, func(t *tx) error {
		for _, tag := range end {
			at = tag.Ref
			if _, ok, err := t.tag(tag); err != nil || !ok {
				if err == nil && strict {
					err = fmt.Errorf("it has no tag %q: %w", tag.Key, drover.ErrNotFound)
				}
				if err != nil {
					return err
				}
				continue
			}
			if err := t.tagGeneration(&gen); err != nil {
				return err
			}
			if err := t.endTag(tag, gen); err != nil {
				return err
			}
		}
		for _, tag := range set {
			at = tag.Ref
			if err := t.setTag(tag, &gen); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("tag %s: %w", at, err)
	}
	return gen, nil
}

// tagGeneration makes the generation of a step when its first change needs one.
func (t *tx) tagGeneration(gen *int64) (err error) {
	if *gen == 0 {
		*gen, err = t.generation("tag", "")
	}
	return err
}

func (t *tx) setTag(tag Tag, gen *int64) error {
	have, ok, err := t.tag(tag)
	if err != nil || ok && have == tag.Value {
		return err
	}
	if err := t.tagGeneration(gen); err != nil {
		return err
	}
	if ok {
		if err := t.endTag(tag, *gen); err != nil {
			return err
		}
	}
	if err := t.putRefList(tag.Ref); err != nil {
		return err
	}
	id, err := t.nextID("tag")
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO tag (id, ref_id, tkey, value, who, at_us, from_gen, to_gen) VALUES ($1, $2, $3, $4, $5, $6, $7, `+open+`)`,
		id, t.s.RefID(tag.Ref), tag.Key, tag.Value, tag.Who, micros(t.s.o.Now()), *gen)
}

// RemoveTag ends a tag. The error wraps drover.ErrNotFound when there is none.
func (s *Store) RemoveTag(ctx context.Context, ref drover.Ref, key, who string) (int64, error) {
	tag := Tag{Ref: ref, Key: key, Who: who}
	if err := checkTag(tag); err != nil {
		return 0, err
	}
	var gen int64
	err := s.write(ctx, func(t *tx) error {
		_, ok, err := t.tag(tag)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("it has no tag %q: %w", key, drover.ErrNotFound)
		}
		if gen, err = t.generation("tag removed", ""); err != nil {
			return err
		}
		return t.endTag(tag, gen)
	})
	if err != nil {
		return 0, fmt.Errorf("remove a tag of %s: %w", ref, err)
	}
	return gen, nil
}

func checkTag(tag Tag) error {
	if err := tag.Ref.Valid(); err != nil {
		return fmt.Errorf("tag: %w", err)
	}
	if tag.Key == "" || len(tag.Key) > maxName || len(tag.Value) > maxTag || len(tag.Who) > maxName || !storable(tag.Key+tag.Value+tag.Who) {
		return fmt.Errorf("tag %s: the key is empty or over %d bytes, the value over %d, or one is no UTF-8 text: %w", tag.Ref, maxName, maxTag, drover.ErrInvalid)
	}
	return nil
}

func (t *tx) tag(tag Tag) (value string, ok bool, err error) {
	err = t.c.QueryRowContext(t.ctx, `SELECT value FROM tag WHERE ref_id = $1 AND tkey = $2 AND to_gen = `+open, t.s.RefID(tag.Ref), tag.Key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}

func (t *tx) endTag(tag Tag, gen int64) error {
	return t.exec(`UPDATE tag SET to_gen = $1 WHERE ref_id = $2 AND tkey = $3 AND to_gen = `+open, gen, t.s.RefID(tag.Ref), tag.Key)
}

func (t *tx) putRefList(refs ...drover.Ref) error {
	return t.putRefs(func() (drover.Ref, error) {
		if len(refs) == 0 {
			return "", nil
		}
		ref := refs[0]
		refs = refs[1:]
		return ref, nil
	})
}

// Tags lists the tags that hold at a generation, in order of ref and key. A
// narrow scope sees those of the nodes that it sees.
func (s *Store) Tags(ctx context.Context, gen int64, scope drover.Scope) ([]Tag, error) {
	if err := s.beyond(ctx, gen); err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	var list []Tag
	var ids []int64
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var t Tag
		var at int64
		if err := rows.Scan(&t.ID, &t.Ref, &t.Key, &t.Value, &t.Who, &at); err != nil {
			return err
		}
		t.At = timeOf(at)
		list, ids = append(list, t), append(ids, t.ID)
		return nil
	}, `SELECT t.ref_id, r.ref, t.tkey, t.value, t.who, t.at_us FROM tag t JOIN ref r ON r.id = t.ref_id WHERE t.from_gen <= $1 AND t.to_gen > $1`, gen)
	if err == nil && !scope.All() {
		list, err = s.visibleTags(ctx, gen, scope, list, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", s.d.explain(err))
	}
	sortBy(list, func(t Tag) [2]string { return [2]string{string(t.Ref), t.Key} })
	return list, nil
}

func (s *Store) visibleTags(ctx context.Context, gen int64, scope drover.Scope, list []Tag, ids []int64) ([]Tag, error) {
	v, err := s.view(ctx, gen, scope)
	if err != nil {
		return nil, err
	}
	facts, err := v.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := list[:0]
	for _, t := range list {
		if _, ok := facts[t.ID]; ok {
			shown = append(shown, t)
		}
	}
	return shown, nil
}

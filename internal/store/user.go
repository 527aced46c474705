package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Member is somebody or something that may come in.
type Member struct {
	ID      string
	Key     string // folded name by which one is found; unique
	Kind    string // person, machine
	Name    string
	Email   string
	Subject string // as an identity provider names them: "<issuer>|<sub>"; "": by none
	Grants  string // JSON
	Created time.Time
	Changed time.Time
	Seen    time.Time // last sign-in or call, to about a minute; zero: never
}

func (m *Member) check() error {
	all := []string{m.ID, m.Key, m.Kind, m.Name, m.Email, m.Subject}
	for _, s := range all {
		if len(s) > maxName {
			return fmt.Errorf("member: a field is over %d bytes: %w", maxName, drover.ErrInvalid)
		}
	}
	if m.ID == "" || m.Key == "" || len(m.Grants) > maxTag || !storable(strings.Join(all, "")+m.Grants) {
		return fmt.Errorf("member: id or key is empty, or something is no UTF-8 text: %w", drover.ErrInvalid)
	}
	return nil
}

// AddMember adds a member. The error wraps drover.ErrConflict where another one
// has the same key.
func (s *Store) AddMember(ctx context.Context, m Member) error {
	if err := m.check(); err != nil {
		return err
	}
	err := s.write(ctx, func(t *tx) error {
		var n int
		if err := t.c.QueryRowContext(ctx, `SELECT count(*) FROM member WHERE mkey = $1`, m.Key).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("there is one with this name: %w", drover.ErrConflict)
		}
		return t.exec(`INSERT INTO member (id, mkey, kind, name, email, subject, grants, created_us, changed_us, seen_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			m.ID, m.Key, m.Kind, m.Name, m.Email, m.Subject, m.Grants, micros(m.Created), micros(m.Created), microsOrNull(m.Seen))
	})
	if err != nil {
		return fmt.Errorf("add member: %w", err)
	}
	return nil
}

// ChangeMember changes one as change says, in one transaction with the look at
// it. The error wraps drover.ErrNotFound where there is none of that id.
func (s *Store) ChangeMember(ctx context.Context, id string, change func(*Member) error) (Member, error) {
	var m Member
	err := s.write(ctx, func(t *tx) error {
		list, err := members(ctx, t.c, `WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("member: %w", drover.ErrNotFound)
		}
		m = list[0]
		if err := change(&m); err != nil {
			return err
		}
		if m.ID = id; m.check() != nil {
			return m.check()
		}
		m.Changed = timeOf(micros(s.o.Now()))
		return t.exec(`UPDATE member SET mkey = $1, kind = $2, name = $3, email = $4, subject = $5, grants = $6, changed_us = $7 WHERE id = $8`,
			m.Key, m.Kind, m.Name, m.Email, m.Subject, m.Grants, micros(m.Changed), id)
	})
	if err != nil {
		return Member{}, fmt.Errorf("change member: %w", err)
	}
	return m, nil
}

// RemoveMember forgets a member, and with it all by which it could come in and what
// it watched.
func (s *Store) RemoveMember(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.c.ExecContext(ctx, `DELETE FROM member WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("member: %w", drover.ErrNotFound))
		}
		return errors.Join(t.exec(`DELETE FROM credential WHERE member_id = $1`, id), t.exec(`DELETE FROM view_watch WHERE who = $1`, id))
	})
	if err != nil {
		return fmt.Errorf("remove member: %w", err)
	}
	return nil
}

// SawMember notes that a member was here.
func (s *Store) SawMember(ctx context.Context, id string, at time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`UPDATE member SET seen_us = $1 WHERE id = $2 AND (seen_us IS NULL OR seen_us < $1)`, micros(at), id)
	})
	if err != nil {
		return fmt.Errorf("note a member's visit: %w", err)
	}
	return nil
}

// Members lists all, in order of key.
func (s *Store) Members(ctx context.Context) ([]Member, error) {
	list, err := members(ctx, s.r, "ORDER BY mkey")
	return list, s.d.explain(err)
}

// Member returns one by id. The error wraps drover.ErrNotFound.
func (s *Store) Member(ctx context.Context, id string) (Member, error) {
	return s.member(ctx, `WHERE id = $1`, id)
}

// MemberByKey returns one by its folded name.
func (s *Store) MemberByKey(ctx context.Context, key string) (Member, error) {
	return s.member(ctx, `WHERE mkey = $1`, key)
}

// MemberBySubject returns one by what an identity provider calls it.
func (s *Store) MemberBySubject(ctx context.Context, subject string) (Member, error) {
	if subject == "" {
		return Member{}, fmt.Errorf("member: %w", drover.ErrNotFound)
	}
	return s.member(ctx, `WHERE subject = $1`, subject)
}

func (s *Store) member(ctx context.Context, where string, arg any) (Member, error) {
	list, err := members(ctx, s.r, where, arg)
	if err != nil {
		return Member{}, s.d.explain(err)
	}
	if len(list) == 0 {
		return Member{}, fmt.Errorf("member: %w", drover.ErrNotFound)
	}
	return list[0], nil
}

func members(ctx context.Context, q querier, rest string, args ...any) ([]Member, error) {
	var list []Member
	err := each(ctx, q, func(rows *sql.Rows) error {
		var m Member
		var created, changed int64
		var seen sql.NullInt64
		if err := rows.Scan(&m.ID, &m.Key, &m.Kind, &m.Name, &m.Email, &m.Subject, &m.Grants, &created, &changed, &seen); err != nil {
			return err
		}
		m.Created, m.Changed, m.Seen = timeOf(created), timeOf(changed), nullTime(seen)
		list = append(list, m)
		return nil
	}, `SELECT id, mkey, kind, name, email, subject, grants, created_us, changed_us, seen_us FROM member `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}

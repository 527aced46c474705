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

// A Credential is something by which a member comes in: a session, a login link,
// an API token. Hash is the SHA-256 of its value, which nothing here ever sees.
type Credential struct {
	ID      string
	Kind    string
	Hash    []byte
	Member  string // id
	Name    string
	Grants  string // JSON; "": those of the member
	Created time.Time
	Until   time.Time     // it ends then
	Idle    time.Duration // it ends when not used for so long; 0: it does not
	Seen    time.Time     // last use, to about a minute; zero: none
	Body    string        // JSON: all else that is known
}

// Live reports whether it still counts.
func (c *Credential) Live(now time.Time) bool {
	last := c.Seen
	if last.IsZero() {
		last = c.Created
	}
	return now.Before(c.Until) && (c.Idle == 0 || now.Before(last.Add(c.Idle)))
}

func (c *Credential) check() error {
	all := []string{c.ID, c.Kind, c.Member, c.Name}
	for _, s := range all {
		if len(s) > maxName {
			return fmt.Errorf("credential: a field is over %d bytes: %w", maxName, drover.ErrInvalid)
		}
	}
	if c.ID == "" || c.Kind == "" || c.Member == "" || len(c.Hash) != 32 || c.Until.IsZero() || len(c.Body)+len(c.Grants) > maxTag || !storable(strings.Join(all, "")+c.Body+c.Grants) {
		return fmt.Errorf("credential: id, kind, member, hash or end is missing, or something is no UTF-8 text: %w", drover.ErrInvalid)
	}
	return nil
}

// AddCredential adds one. Those of the kind and member that have ended are
// forgotten meanwhile, and the oldest beyond most.
func (s *Store) AddCredential(ctx context.Context, c Credential, most int) error {
	if err := c.check(); err != nil {
		return err
	}
	err := s.write(ctx, func(t *tx) error { return t.addCredential(c, most) })
	if err != nil {
		return fmt.Errorf("add %s: %w", c.Kind, err)
	}
	return nil
}

func (t *tx) addCredential(c Credential, most int) error {
	var n int
	if err := t.c.QueryRowContext(t.ctx, `SELECT count(*) FROM member WHERE id = $1`, c.Member).Scan(&n); err != nil {
		return err
	}
	if n == 0 { // removed meanwhile: nothing may let them in
		return fmt.Errorf("member: %w", drover.ErrNotFound)
	}
	have, err := credentials(t.ctx, t.c, `WHERE member_id = $1 AND kind = $2 ORDER BY created_us DESC, id`, c.Member, c.Kind)
	if err != nil {
		return err
	}
	live := 0
	for _, old := range have {
		if old.Live(c.Created) {
			if live++; live < most {
				continue
			}
		}
		if err := t.exec(`DELETE FROM credential WHERE id = $1`, old.ID); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO credential (id, kind, hash, member_id, name, grants, created_us, until_us, idle_us, seen_us, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.ID, c.Kind, c.Hash, c.Member, c.Name, c.Grants, micros(c.Created), micros(c.Until), c.Idle.Microseconds(), microsOrNull(c.Seen), c.Body)
}

// CredentialByHash returns the one whose value has this hash, live or not. The
// error wraps drover.ErrNotFound.
func (s *Store) CredentialByHash(ctx context.Context, kind string, hash []byte) (Credential, error) {
	list, err := credentials(ctx, s.r, `WHERE hash = $1 AND kind = $2`, hash, kind)
	if err != nil {
		return Credential{}, s.d.explain(err)
	}
	if len(list) == 0 {
		return Credential{}, fmt.Errorf("%s: %w", kind, drover.ErrNotFound)
	}
	return list[0], nil
}

// Exchange takes away the credential of a kind whose value has this hash, and
// gives what next makes of it in its place, in one transaction: of two who show
// the same login link one comes in. ended is the id of one that ends with it; "":
// none. The error wraps drover.ErrNotFound where there is none, or its time is up.
func (s *Store) Exchange(ctx context.Context, kind string, hash []byte, now time.Time, ended string, most int, next func(Credential) (Credential, error)) error {
	err := s.write(ctx, func(t *tx) error {
		list, err := credentials(ctx, t.c, `WHERE hash = $1 AND kind = $2`, hash, kind)
		if err != nil {
			return err
		}
		if len(list) == 0 || !list[0].Live(now) {
			return fmt.Errorf("%s: %w", kind, drover.ErrNotFound)
		}
		if err := t.exec(`DELETE FROM credential WHERE id = $1`, list[0].ID); err != nil {
			return err
		}
		if ended != "" {
			if err := t.exec(`DELETE FROM credential WHERE id = $1`, ended); err != nil {
				return err
			}
		}
		c, err := next(list[0])
		if err != nil {
			return err
		}
		if err := c.check(); err != nil {
			return err
		}
		return t.addCredential(c, most)
	})
	if err != nil {
		return fmt.Errorf("exchange %s: %w", kind, err)
	}
	return nil
}

// Credentials lists those of a kind, of one member or of all, the newest first.
func (s *Store) Credentials(ctx context.Context, kind, member string) ([]Credential, error) {
	where, args := `WHERE kind = $1`, []any{kind}
	if member != "" {
		where, args = where+` AND member_id = $2`, append(args, member)
	}
	list, err := credentials(ctx, s.r, where+` ORDER BY created_us DESC, id`, args...)
	return list, s.d.explain(err)
}

// EndCredential takes one away by its id. The error wraps drover.ErrNotFound.
func (s *Store) EndCredential(ctx context.Context, kind, id string) error {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.c.ExecContext(ctx, `DELETE FROM credential WHERE id = $1 AND kind = $2`, id, kind)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%s: %w", kind, drover.ErrNotFound))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end %s: %w", kind, err)
	}
	return nil
}

// EndCredentials takes away all of a kind, of one member or of all.
func (s *Store) EndCredentials(ctx context.Context, kind, member string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`DELETE FROM credential WHERE kind = $1 AND ($2 = '' OR member_id = $2)`, kind, member)
	})
	if err != nil {
		return fmt.Errorf("end every %s: %w", kind, err)
	}
	return nil
}

// SawCredential notes a use.
func (s *Store) SawCredential(ctx context.Context, id string, at time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		return t.exec(`UPDATE credential SET seen_us = $1 WHERE id = $2 AND (seen_us IS NULL OR seen_us < $1)`, micros(at), id)
	})
	if err != nil {
		return fmt.Errorf("note a use: %w", err)
	}
	return nil
}

func credentials(ctx context.Context, q querier, rest string, args ...any) ([]Credential, error) {
	var list []Credential
	err := each(ctx, q, func(rows *sql.Rows) error {
		var c Credential
		var created, until, idle int64
		var seen sql.NullInt64
		if err := rows.Scan(&c.ID, &c.Kind, &c.Hash, &c.Member, &c.Name, &c.Grants, &created, &until, &idle, &seen, &c.Body); err != nil {
			return err
		}
		c.Created, c.Until, c.Idle, c.Seen = timeOf(created), timeOf(until), time.Duration(idle)*time.Microsecond, nullTime(seen)
		list = append(list, c)
		return nil
	}, `SELECT id, kind, hash, member_id, name, grants, created_us, until_us, idle_us, seen_us, body FROM credential `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("list credentials: %w", err)
	}
	return list, nil
}

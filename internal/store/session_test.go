package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/droverhq/drover"
)

func aCredential(kind, member string, n int) Credential {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", kind, member, n))
	at := time.Unix(int64(10000+n), 0).UTC()
	return Credential{ID: fmt.Sprintf("%s-%s-%d", kind, member, n), Kind: kind, Hash: sum[:], Member: member, Created: at, Until: at.Add(time.Hour), Body: `{}`}
}

func aMember(id string) Member {
	return Member{ID: id, Key: id, Kind: "person", Name: id, Grants: `[]`, Created: time.Unix(9000, 0).UTC()}
}

// However many show one login link at once, one of them comes in.
func TestExchangeOnce(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		s := opened(t, dsn, hooks{})
		if err := s.AddMember(t.Context(), aMember("ann")); err != nil {
			t.Fatal(err)
		}
		link := aCredential("link", "ann", 1)
		if err := s.AddCredential(t.Context(), link, 3); err != nil {
			t.Fatal(err)
		}
		now := link.Created.Add(time.Minute)
		if err := s.Exchange(t.Context(), "link", link.Hash, link.Until, "", 9, nil); !errors.Is(err, drover.ErrNotFound) {
			t.Errorf("a link whose time is up: %v", err)
		}
		if err := s.Exchange(t.Context(), "token", link.Hash, now, "", 9, nil); !errors.Is(err, drover.ErrNotFound) {
			t.Errorf("a link shown as a token: %v", err)
		}
		var in atomic.Int64
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				err := s.Exchange(t.Context(), "link", link.Hash, now, "", 99, func(c Credential) (Credential, error) {
					return aCredential("session", c.Member, n), nil
				})
				switch {
				case err == nil:
					in.Add(1)
				case !errors.Is(err, drover.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		sessions, err := s.Credentials(t.Context(), "session", "ann")
		if in.Load() != 1 || err != nil || len(sessions) != 1 {
			t.Errorf("%d came in, %d sessions, %v", in.Load(), len(sessions), err)
		}
	})
}

func TestMembersAndCredentials(t *testing.T) {
	both(t, func(t *testing.T, dsn string) {
		s, ctx := opened(t, dsn, hooks{}), t.Context()
		for _, id := range []string{"ann", "bob"} {
			if err := s.AddMember(ctx, aMember(id)); err != nil {
				t.Fatal(err)
			}
		}
		twin := aMember("ann2")
		twin.Key = "ann"
		if err := s.AddMember(ctx, twin); !errors.Is(err, drover.ErrConflict) {
			t.Errorf("a second one of the same key: %v", err)
		}
		m, err := s.ChangeMember(ctx, "bob", func(m *Member) error { m.Subject = "iss|1"; m.Grants = `[1]`; return nil })
		if err != nil || m.Grants != `[1]` || !m.Seen.IsZero() {
			t.Errorf("%+v, %v", m, err)
		}
		if m, err := s.MemberBySubject(ctx, "iss|1"); err != nil || m.ID != "bob" {
			t.Errorf("%+v, %v", m, err)
		}
		if _, err := s.MemberBySubject(ctx, ""); !errors.Is(err, drover.ErrNotFound) {
			t.Errorf("whom no provider names is found by that: %v", err)
		}
		if err := s.AddCredential(ctx, aCredential("session", "eve", 0), 3); !errors.Is(err, drover.ErrNotFound) {
			t.Errorf("a session of nobody: %v", err)
		}
		for n := range 5 {
			if err := s.AddCredential(ctx, aCredential("session", "ann", n), 3); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Credentials(ctx, "session", "")
		if err != nil || len(list) != 3 || list[0].ID != "session-ann-4" {
			t.Errorf("of five with at most three there are %d, %v", len(list), err)
		}
		seen := list[0].Created.Add(30 * time.Minute)
		if err := errors.Join(s.SawCredential(ctx, list[0].ID, seen), s.SawCredential(ctx, list[0].ID, list[0].Created), s.SawMember(ctx, "ann", seen)); err != nil {
			t.Fatal(err)
		}
		if c, err := s.CredentialByHash(ctx, "session", list[0].Hash); err != nil || !c.Seen.Equal(seen) || !c.Live(seen) || c.Live(c.Until) {
			t.Errorf("%+v, %v", c, err)
		}
		idle := list[0]
		idle.Idle = 5 * time.Minute
		if !idle.Live(idle.Created.Add(4*time.Minute)) || idle.Live(idle.Created.Add(5*time.Minute)) {
			t.Error("the idle limit is not kept")
		}
		if err := s.EndCredential(ctx, "token", list[0].ID); !errors.Is(err, drover.ErrNotFound) {
			t.Errorf("a session ended as a token: %v", err)
		}
		if err := errors.Join(s.EndCredential(ctx, "session", list[0].ID), s.RemoveMember(ctx, "ann")); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Credentials(ctx, "session", ""); err != nil || len(list) != 0 {
			t.Errorf("of who is removed %d sessions are left, %v", len(list), err)
		}
		if err := s.AddCredential(ctx, aCredential("session", "bob", 1), 3); err != nil {
			t.Fatal(err)
		}
		if err := s.EndCredentials(ctx, "session", ""); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Credentials(ctx, "session", "bob"); err != nil || len(list) != 0 {
			t.Errorf("%d left, %v", len(list), err)
		}
	})
}

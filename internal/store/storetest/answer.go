package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// answers: a call is claimed once by its caller and key, ended or dropped, and
// forgotten when its time is over.
func (b bench) answers(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	alive := func(store.Answer) bool { return false }
	past := time.Unix(0, 0)
	claim := func(who, key, request string, since time.Time, abandoned func(store.Answer) bool) *store.Answer {
		t.Helper()
		a, err := s.ClaimAnswer(ctx, who, key, []byte(request), "p1", since, abandoned)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := claim("ann", "k", "one", past, alive); a != nil {
		t.Fatalf("the first claim got %+v", a)
	}
	if a := claim("ann", "k", "one", past, alive); a == nil || !a.Running || a.Holder != "p1" || string(a.Request) != "one" {
		t.Errorf("a claim of what runs got %+v", a)
	}
	if a := claim("bob", "k", "one", past, alive); a != nil {
		t.Errorf("the key of another caller got %+v", a)
	}
	if err := s.KeepAnswer(ctx, "ann", "k", store.Answer{Status: 201, Headers: `{"é":"1"}`, Body: []byte{0, 255}}); err != nil {
		t.Fatal(err)
	}
	dead := func(store.Answer) bool { return true }
	if a := claim("ann", "k", "two", past, dead); a == nil || a.Running || a.Status != 201 || string(a.Body) != "\x00\xff" || a.Headers != `{"é":"1"}` {
		t.Errorf("what is done got %+v", a)
	}
	if a := claim("bob", "k", "two", past, dead); a == nil || !a.Running {
		t.Errorf("another request under a key whose call is given up got %+v", a)
	}
	if a := claim("bob", "k", "one", past, dead); a != nil {
		t.Errorf("what is given up got %+v", a)
	}
	if err := s.DropAnswer(ctx, "ann", "k"); err != nil {
		t.Fatal(err)
	}
	if a := claim("ann", "k", "one", past, alive); a == nil {
		t.Error("what is done was dropped")
	}
	if err := s.DropAnswer(ctx, "bob", "k"); err != nil {
		t.Fatal(err)
	}
	if a := claim("bob", "k", "three", past, alive); a != nil {
		t.Errorf("what was dropped got %+v", a)
	}
	if a := claim("ann", "k", "four", time.Now().Add(100*drover.Year), alive); a != nil {
		t.Errorf("what is past its time got %+v", a)
	}
	made := func(key string) {
		t.Helper()
		claim("eve", key, "one", past, alive)
		p := &store.PendingAudit{Row: store.AuditRow{At: past, Who: "eve", Action: "tag.set", Outcome: "done", Body: "{}"}}
		if _, err := s.SetTag(store.WithAudit(store.WithCall(ctx, "eve", key), p), store.Tag{Ref: "crm/-/user/a", Key: key, Value: "x", Who: "eve"}); err != nil || !p.Written {
			t.Fatal(p.Written, err)
		}
	}
	made("a")
	if a := claim("eve", "a", "one", past, alive); a == nil || !a.Running || !a.Made {
		t.Errorf("what is made and has no answer yet got %+v", a)
	}
	if a := claim("eve", "a", "one", past, dead); a == nil || a.Running || !a.Made {
		t.Errorf("what was made by who is given up got %+v", a)
	}
	if err := s.KeepAnswer(ctx, "eve", "a", store.Answer{Status: 200}); err != nil {
		t.Fatal(err)
	}
	if a := claim("eve", "a", "one", past, dead); a == nil || a.Running || a.Made || a.Status != 200 {
		t.Errorf("what was made and answered got %+v", a)
	}
	made("b")
	if err := s.DropAnswer(ctx, "eve", "b"); err != nil {
		t.Fatal(err)
	}
	if a := claim("eve", "b", "one", past, alive); a == nil || a.Running || !a.Made {
		t.Errorf("what was made and dropped got %+v", a)
	}
	_, err := s.ClaimAnswer(ctx, "ann", "a\x00b", nil, "p1", past, alive)
	wantErr(t, "NUL", err, drover.ErrInvalid)
	wantErr(t, "too much", s.KeepAnswer(ctx, "ann", "k", store.Answer{Body: make([]byte, 5<<20)}), drover.ErrInvalid)
}

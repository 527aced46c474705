package drover

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A Ref gives back the segments it was made of, whatever they hold, and one
// thing has one Ref.
func TestRefRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seg := rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "segment"))
		})
		in := [4]string{seg.Draw(t, "system"), seg.Draw(t, "tenant"), seg.Draw(t, "type"), seg.Draw(t, "id")}
		r := NewRef(in[0], in[1], in[2], in[3])
		if err := r.Valid(); err != nil {
			t.Fatal(err)
		}
		a, b, c, d, ok := r.Parts()
		if got := [4]string{a, b, c, d}; !ok || got != in {
			t.Fatalf("%s: got %q, want %q", r, got, in)
		}
	})
}

// A segment of any length is bounded, keeps its beginning, and stays unique.
func TestRefLong(t *testing.T) {
	long := strings.Repeat("é", 500_000)
	a, b := NewRef("x", "", "t", long), NewRef("x", "", "t", long+"!")
	if a == b {
		t.Error("two long ids have one ref")
	}
	for _, r := range []Ref{a, b} {
		if err := r.Valid(); err != nil || len(r) > 300 || !strings.HasPrefix(r.ID(), "ééé") {
			t.Errorf("got %d bytes %.60s…, %v", len(r), r, err)
		}
	}
	if a != NewRef("x", "", "t", long) {
		t.Error("a long id has two refs")
	}
}

func TestRefInvalid(t *testing.T) {
	for _, bad := range []Ref{"", "a/b/c", "a/b/c/d/e", "a//c/d", "a/b/c/", "a/b/c/d%", "a/b/c/%4", "a/b/c/%zz", "a/b/c/%41", "a/b/c/%2f", "a/b/c/d e", "a/b/c/\x00", NewRef("a", "b", "c", "")} {
		if err := bad.Valid(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v, want invalid", bad, err)
		}
	}
	if got, want := NewRef("aws", "", "iam.user", Named("a/b")), Ref("aws/-/iam.user/name:a%2Fb"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := UnseenRef("arn:aws:iam::1:role/x"), Ref("unseen/-/arn/arn:aws:iam::1:role%2Fx"); got != want || !got.Unseen() {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := SecretRef("aws_secret", "hs256:ab"), Ref("secret/-/aws_secret/hs256:ab"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzRef(f *testing.F) {
	for _, s := range []string{"a/b/c/d", "a/-/c/%2F", "a/b/c/%", "////", "unseen/-/arn/arn:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Ref(s)
		a, b, c, d, ok := r.Parts()
		if !ok {
			return
		}
		if again := NewRef(a, b, c, d); again != r && len(s) < maxSegment {
			t.Fatalf("%q is valid and is written %q", s, again)
		}
	})
}

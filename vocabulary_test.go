package drover

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A secret prints as REDACTED on every way out but Reveal.
func TestSecret(t *testing.T) {
	s := Secret("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "list", []Secret{s})
	raw, err := json.Marshal(map[string]any{"s": s, "p": &s, "l": []Secret{s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%v", struct{ S Secret }{s}), fmt.Errorf("x %v", s).Error(), log.String(), string(raw)} {
		if strings.Contains(out, "hunter2") || !strings.Contains(out, "REDACTED") {
			t.Errorf("got %s", out)
		}
	}
	if s.Reveal() != "hunter2" {
		t.Error("Reveal")
	}
}

// A fingerprint depends on key and value, not on a final newline.
func TestFingerprint(t *testing.T) {
	a, b := NewFingerprinter([]byte("key a")), NewFingerprinter([]byte("key b"))
	fp := a.Of([]byte("value"))
	if !strings.HasPrefix(string(fp), "hs256:") || len(fp) != len("hs256:")+32 {
		t.Errorf("form: %s", fp)
	}
	for _, same := range []string{"value\n", "value\r\n"} {
		if got := a.Of([]byte(same)); got != fp {
			t.Errorf("%q: got %s, want %s", same, got, fp)
		}
	}
	for _, other := range []string{"value\n\n", "value ", "Value", ""} {
		if got := a.Of([]byte(other)); got == fp {
			t.Errorf("%q has the fingerprint of value", other)
		}
	}
	if b.Of([]byte("value")) == fp || a.KeyID() == b.KeyID() || strings.Contains(a.KeyID(), "key") {
		t.Error("two installations agree")
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"90d": 90 * Day, "2w": 2 * Week, "1y": Year, "1d12h": 36 * time.Hour, "15m": 15 * time.Minute, "0.5d": 12 * time.Hour, "0d": 0, "1y2w3d": Year + 2*Week + 3*Day} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "d", "x", "-1d", "1", "1dd", "9999999999d", "1d-2h5", "nand"} {
		if got, err := ParseDuration(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v, %v; want invalid", bad, got, err)
		}
	}
}

// A record is exactly one thing, and reads back as it was written.
func TestRecord(t *testing.T) {
	doc := NewDocument("aws-iam", `{"Version":"2012-10-17"}`)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, r := range []Record{
		{Node: &Node{Ref: "a/b/c/d", Kind: KindIdentity, Type: "x.y", Name: "n\x1b", Aliases: []string{"x:1"}, Created: at, Attrs: NewAttrs(map[string]any{"k": 1})}},
		{Edge: &Edge{From: "a/b/c/d", To: UnseenRef("x:1"), Kind: EdgeCanAssume, Part: "p", Cond: NewAttrs(map[string]any{"c": true}), Grade: GradeInferred, Proof: "f:1"}},
		{Evidence: &Evidence{Subject: "a/b/c/d", Claim: ClaimLastUsed, Source: "log", At: at, Window: 90 * Day, Granularity: Day, Count: 3}},
		{Document: &doc},
		{Section: &Section{Name: "users", Coverage: "x:users", Status: StatusOK, Objects: 3}},
	} {
		if err := r.Valid(); err != nil {
			t.Errorf("%s: %v", r.Kind(), err)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Record
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, back); d != "" {
			t.Errorf("%s (-written +read):\n%s", r.Kind(), d)
		}
	}
	forged := doc
	forged.Body += " "
	for _, bad := range []Record{{}, {Node: &Node{}, Edge: &Edge{}}, {Document: &forged}, {Edge: &Edge{From: "a/b/c/d", To: "a/b/c/d", Kind: "likes"}},
		{Node: &Node{Ref: "a/b/c/d", Kind: "thing", Type: "x.y"}}, {Evidence: &Evidence{Subject: "a/b/c/d"}}, {Edge: &Edge{From: "a/b/c/d", To: "a/b/c/d", Kind: EdgeOwns, Grade: "sure"}}} {
		if err := bad.Valid(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: got %v, want invalid", bad, err)
		}
	}
}

func TestSeverity(t *testing.T) {
	var s Severity
	for _, w := range []string{"info", "low", "medium", "high", "critical"} {
		if err := s.UnmarshalText([]byte(w)); err != nil || s.String() != w {
			t.Errorf("%s: %v, %v", w, s, err)
		}
	}
	if err := s.UnmarshalText([]byte("unset")); !errors.Is(err, ErrInvalid) {
		t.Errorf("unset: %v", err)
	}
}

// The key of a finding has no end that cannot be seen.
func TestFindingKey(t *testing.T) {
	f := Finding{Check: "stalekey", Subject: Subject{Ref: "aws/1/iam.user/U"}}
	if got, want := f.Key(), "stalekey aws/1/iam.user/U"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Part = "x y"
	if got, want := f.Key(), "stalekey aws/1/iam.user/U x y"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package store

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// A disk that is full is said so, nothing is half written, what is there can be
// read, and with some space the same is written.
func TestFull(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "d.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := writeSection(s, 1, "one"); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.w.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		var got int
		s.w.SetMaxOpenConns(1) // the limit is a connection's
		if err := s.w.QueryRowContext(ctx, "PRAGMA max_page_count = "+strconv.Itoa(n)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	wrote := 0
	for range 200 {
		_, err = s.SetTag(ctx, Tag{Ref: drover.NewRef("a", "b", "c", strconv.Itoa(wrote)), Key: "note", Value: strings.Repeat("x", 900), Who: "ann"})
		if err != nil {
			break
		}
		wrote++
	}
	if !errors.Is(err, drover.ErrFull) {
		t.Fatalf("after %d writes: %v, want that the disk is full", wrote, err)
	}
	if gen, err := s.Latest(ctx); err != nil || gen.ID == 0 {
		t.Errorf("reading: %v, %v", gen, err)
	}
	limit(1 << 30)
	if _, err := s.SetTag(ctx, Tag{Ref: drover.NewRef("a", "b", "c", "again"), Key: "note", Value: "x", Who: "ann"}); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

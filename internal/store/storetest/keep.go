package storetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// fill gives the store some of everything, over several generations.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	doc := drover.NewDocument("x", "body")
	two := node("two")
	two.Created, two.Aliases, two.Attrs = at(-100), []string{"x:\"y\"<"}, drover.NewAttrs(map[string]any{"n": 1.5, "s": "\x00"})
	pod := node("pod")
	pod.Template = ref("one")
	all := []put{nodePut("f", node("one")), nodePut("g", two), edgePut("f", drover.Edge{From: ref("one"), To: ref("two"), Kind: drover.EdgeOwns, Part: "p", Grade: drover.GradeInferred}),
		{"", drover.Record{Document: &doc}}, evidencePut("", drover.Evidence{Subject: ref("one"), Claim: drover.ClaimLastUsed, Source: "log", At: at(-2), Window: time.Hour, Count: 3}), nodePut("", pod)}
	commit(t, s, section{source: "a", coverage: "c", at: 1, puts: all})
	commit(t, s, section{source: "b", coverage: "c", at: 2, puts: all[:1]})
	commit(t, s, section{source: "a", coverage: "c", at: 3, puts: all[1:2], keeps: []string{"f"}})
	commit(t, s, section{source: "a", coverage: "c", at: 4, status: drover.StatusPartial, puts: all[4:]})
	for _, err := range []error{
		second(s.SetTag(ctx, store.Tag{Ref: ref("one"), Key: "k", Value: "v", Who: "w"})),
		second(s.Link(ctx, []store.EntityLink{{Ref: ref("two"), Entity: s.RefID(ref("one")), Reason: "r"}})),
		s.PutSource(ctx, store.Source{ID: "a", Kind: "k", Config: []byte(`{"a":"b"}`)}),
		second(s.RemoveTag(ctx, ref("one"), "k", "w")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A picture is all that a store answers, at every generation.
type picture struct {
	Nodes    [][]store.Fact
	Edges    [][]store.EdgeFact
	Evidence [][]store.EvidenceFact
	Docs     [][]store.DocumentInfo
	Tags     [][]store.Tag
	Links    [][]store.EntityLink
	Folds    []store.Fold
	Scans    []store.Scan
	Sources  []store.Source
	Gens     []store.Generation
}

func picturize(t testing.TB, s *store.Store) picture {
	t.Helper()
	return pictureUpTo(t, s, latest(t, s))
}

// pictureUpTo is the picture of a store up to a generation.
func pictureUpTo(t testing.TB, s *store.Store, last int64) picture {
	t.Helper()
	ctx := context.Background()
	var p picture
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for g := range last + 1 {
		p.Nodes = append(p.Nodes, list(t, s.Nodes(ctx, g, drover.ScopeAll)))
		p.Edges = append(p.Edges, list(t, s.Edges(ctx, g, drover.ScopeAll)))
		p.Evidence = append(p.Evidence, list(t, s.Evidence(ctx, g, drover.ScopeAll)))
		p.Docs = append(p.Docs, list(t, s.Documents(ctx, g, drover.ScopeAll)))
		tags, err := s.Tags(ctx, g, drover.ScopeAll)
		must(err)
		links, err := s.Entities(ctx, g, drover.ScopeAll)
		must(err)
		gen, err := s.Generation(ctx, g)
		must(err)
		p.Tags, p.Links, p.Gens = append(p.Tags, tags), append(p.Links, links), append(p.Gens, gen)
	}
	var err error
	p.Folds, err = s.Folds(ctx, drover.ScopeAll, 100)
	must(err)
	p.Scans, err = s.Scans(ctx, drover.ScopeAll, 100)
	must(err)
	p.Sources, err = s.Sources(ctx, drover.ScopeAll)
	must(err)
	return p
}

// reopen: what was committed is there again; another key is refused; a reader
// reads beside the writer and cannot write.
func (b bench) reopen(t *testing.T) {
	ctx := context.Background()
	dsn := b.dsn(t)
	_, err := store.Open(ctx, dsn, store.Options{ReadOnly: true})
	wantErr(t, "read what is not there", err, drover.ErrNotFound)
	s := openAt(t, dsn, store.Options{Now: clock(), KeyID: "k1"})
	fill(t, s)
	want := picturize(t, s)
	r := openAt(t, dsn, store.Options{ReadOnly: true, KeyID: "k1"})
	equal(t, "read only", picturize(t, r), want)
	wantErr(t, "write to a reader", second(r.SetTag(ctx, store.Tag{Ref: ref("x"), Key: "k"})), drover.ErrPermission)
	commit(t, s, section{source: "z", coverage: "c", at: 9, puts: []put{nodePut("", node("z"))}})
	equal(t, "reader sees the commit", latest(t, r), latest(t, s))
	want = picturize(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(ctx, dsn, store.Options{KeyID: "k2"})
	wantErr(t, "another key", err, drover.ErrConflict)
	equal(t, "reopened", picturize(t, openAt(t, dsn, store.Options{KeyID: "k1"})), want)
}

// export: an import answers as the original does, at every generation.
func (b bench) export(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, b.dsn(t), store.Options{Now: clock(), KeyID: "k1"})
	fill(t, s)
	var out bytes.Buffer
	if err := s.Export(ctx, &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	into := openAt(t, b.dsn(t), store.Options{Now: clock()})
	for what, cutText := range map[string]string{"empty": "", "cut off": text[:len(text)/2], "one row less": dropLine(text), "strange": "{}\n", "table": strings.Replace(text, `"table":"edge"`, `"table":"meta2"`, 1)} {
		wantErr(t, what, into.Import(ctx, strings.NewReader(cutText)), drover.ErrInvalid)
	}
	equal(t, "after bad imports", latest(t, into), int64(0))
	if err := into.Import(ctx, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	equal(t, "imported", picturize(t, into), picturize(t, s))
	wantErr(t, "again", into.Import(ctx, strings.NewReader(text)), drover.ErrConflict)
	other := openAt(t, b.dsn(t), store.Options{KeyID: "k2"})
	wantErr(t, "another key", other.Import(ctx, strings.NewReader(text)), drover.ErrConflict)
	newer := openAt(t, b.dsn(t), store.Options{})
	wantErr(t, "another version", newer.Import(ctx, strings.NewReader(regexp.MustCompile(`"version":\d+`).ReplaceAllString(text, `"version":99`))), drover.ErrConflict)
	// What was imported goes on.
	r := commit(t, into, section{source: "a", coverage: "c", at: 9})
	equal(t, "goes on", r.Removed, int64(2))
	// And through SQLite and back.
	lite := openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"), store.Options{})
	if err := lite.Import(ctx, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := lite.Export(ctx, &again); err != nil {
		t.Fatal(err)
	}
	_, first, _ := strings.Cut(text, "\n")
	_, round, _ := strings.Cut(again.String(), "\n")
	equal(t, "round trip", round, first)
	back := openAt(t, b.dsn(t), store.Options{})
	if err := back.Import(ctx, strings.NewReader(again.String())); err != nil {
		t.Fatal(err)
	}
	equal(t, "back from SQLite", picturize(t, back), picturize(t, s))
}

// dropLine drops one row of the export.
func dropLine(text string) string {
	i := strings.Index(text, `{"row"`)
	j := strings.IndexByte(text[i:], '\n')
	return text[:i] + text[i+j+1:]
}

// backup and restore give back the same answers, and never over something.
func (b bench) backup(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, b.dsn(t), store.Options{Now: clock(), KeyID: "k1"})
	fill(t, s)
	path := filepath.Join(t.TempDir(), "drover.backup")
	if err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "over a file", s.Backup(ctx, path), drover.ErrConflict)
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v; want a private file", fi.Mode(), err)
	}
	want := picturize(t, s)
	dsn := b.dsn(t)
	wantErr(t, "another key", store.Restore(ctx, path, dsn, store.RestoreOptions{Options: store.Options{KeyID: "k2"}}), drover.ErrConflict)
	dsn = b.dsn(t)
	o := store.RestoreOptions{Options: store.Options{KeyID: "k1", Backups: t.TempDir(), Now: clock()}}
	if err := store.Restore(ctx, path, dsn, o); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "over a store", store.Restore(ctx, path, dsn, o), drover.ErrConflict)
	r := openAt(t, dsn, store.Options{Now: clock()})
	equal(t, "restored", picturize(t, r), want)
	commit(t, r, section{source: "a", coverage: "c", at: 99})
	r.Close()
	o.Force = true
	if err := store.Restore(ctx, path, dsn, o); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(o.Backups); err != nil || len(left) != 1 {
		t.Errorf("what was replaced: got %v, %v; want one backup", left, err)
	}
	equal(t, "restored over", picturize(t, openAt(t, dsn, store.Options{})), want)
	// A backup of one database fills the other.
	lite := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	if err := store.Restore(ctx, path, lite, o); err != nil {
		t.Fatal(err)
	}
	equal(t, "restored to SQLite", picturize(t, openAt(t, lite, store.Options{})), want)
	junk := filepath.Join(t.TempDir(), "junk")
	if err := os.WriteFile(junk, []byte("this is no backup at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "junk", store.Restore(ctx, junk, b.dsn(t), o), drover.ErrInvalid)
}

// compact forgets what it may and nothing that holds; what is forgotten is said
// to be, never shown as absent.
func (b bench) compact(t *testing.T) {
	ctx := context.Background()
	now := day0
	s := openAt(t, b.dsn(t), store.Options{Now: func() time.Time { return now }})
	used := func(h int) put {
		return evidencePut("", drover.Evidence{Subject: ref("n"), Claim: drover.ClaimLastUsed, Source: "log", At: at(h)})
	}
	pod := node("pod")
	pod.Template = ref("n")
	var gens []int64
	for h := 0; h < 96; h += 8 { // four days, three scans each
		now = at(h)
		n := node("n")
		n.Name = now.Format("02T15")
		commit(t, s, section{source: "a", coverage: "c", at: h, puts: []put{nodePut("", n), nodePut("", pod), used(h)}})
		gens = append(gens, latest(t, s))
	}
	last := picturize(t, s)
	z, err := s.Size(ctx)
	if err != nil || z.Live != 2 || z.History != 22 || z.Generations != 12 || z.Oldest.ID != 1 || z.Bytes <= 0 {
		t.Errorf("size: got %+v, %v", z, err)
	}
	c, err := s.Compact(ctx, store.Retention{Evidence: 24 * time.Hour, Instances: time.Hour, Scans: 24 * time.Hour})
	if err != nil || c.Versions != 0 || c.Instances != 0 || c.Scans == 0 {
		t.Errorf("compact: got %+v, %v", c, err)
	}
	// Of each day before yesterday the last value stays; the first ever, too.
	for i, want := range []int{0, 0, 16, 16, 16, 40, 48, 56, 64, 72, 80, 88} {
		ev := list(t, s.Evidence(ctx, gens[i], drover.ScopeAll))
		if i < 9 && i > 2 && len(ev) == 1 && ev[0].Evidence.At.After(at(i*8)) {
			t.Errorf("generation %d shows %v, which was not known then", gens[i], ev[0].Evidence.At)
		}
		if len(ev) != 1 || !ev[0].Evidence.At.Equal(at(want)) {
			t.Errorf("evidence at %d hours: got %v, want %d hours", i*8, ev, want)
		}
	}
	now = at(100)
	c, err = s.Compact(ctx, store.Retention{History: 26 * time.Hour, Instances: time.Hour})
	if err != nil || c.Horizon.ID != gens[9] || c.Instances != 1 {
		t.Errorf("compact: got %+v, %v; want horizon %d", c, err, gens[9])
	}
	for i, g := range gens {
		if i < 9 {
			for _, err := range s.Nodes(ctx, g, drover.ScopeAll) {
				wantErr(t, "beyond the horizon", err, drover.ErrNotFound)
			}
			_, err := s.AsOf(ctx, at(i*8))
			wantErr(t, "as of beyond the horizon", err, drover.ErrNotFound)
			continue
		}
		equal(t, "after the horizon", list(t, s.Nodes(ctx, g, drover.ScopeAll)), last.Nodes[g])
	}
	equal(t, "diff from nothing", len(list(t, s.Diff(ctx, 0, gens[11], drover.ScopeAll))), 1)
	z, err = s.Size(ctx)
	if err != nil || z.Live != 2 || z.Oldest.ID != gens[9] {
		t.Errorf("size: got %+v, %v", z, err)
	}
}

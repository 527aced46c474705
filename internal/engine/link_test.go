package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/engine"
)

// user is an IAM user; id is immutable, or the name where only that is known.
func user(id, name string, created time.Time, aliases ...string) drover.Node {
	aliases = append(aliases, "arn:aws:iam::123456789012:user/"+name)
	if strings.HasPrefix(id, "AIDA") {
		aliases = append(aliases, "aws-principal-id:"+id)
	} else {
		id = drover.Named(name)
	}
	slices.Sort(aliases)
	return drover.Node{Ref: drover.NewRef("aws", "123456789012", "iam.user", id), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: name, Created: created, Aliases: aliases}
}

// An entity lives on through everything that happens to what is known of it: it
// is met by its name first, found in its own system, listed once, split when
// the proof goes, and followed by another of the same name that it is not.
func TestEntitiesOverTime(t *testing.T) {
	b := open(t, "version: 1\n")
	born := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	say := func(nodes ...drover.Node) *engine.ScanResult {
		return b.scan(t, func(_ context.Context, out *connector.Out) error {
			for _, n := range nodes {
				out.Node(n)
			}
			return nil
		})
	}
	items := func() (ids []string, refs []drover.Ref) {
		s, err := b.Snapshot(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.List(engine.Query{Noun: engine.Nouns[0]})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			v := s.Identity(int(r))
			ids, refs = append(ids, v.ID), append(refs, v.Ref)
		}
		return ids, refs
	}

	byName, first := user("", "ci", time.Time{}), user("AIDAAAAAAAAAAAAAAAAAA", "ci", born)
	say(byName)
	was, _ := items()

	// Its own system has an id for it: one thing, under the id that it always had.
	res := say(byName, first)
	if res.Changes.Joined != 1 || res.Counts.Identities != 1 {
		t.Errorf("joined %d, identities %d; want 1, 1", res.Changes.Joined, res.Counts.Identities)
	}
	ids, refs := items()
	if d := cmp.Diff(was, ids); d != "" || !slices.Equal(refs, []drover.Ref{first.Ref}) {
		t.Errorf("the id of an entity changed when a member joined (-was +is): %s; it is shown as %v, want %v", d, refs, first.Ref)
	}
	d, err := b.Show(t.Context(), "ci", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Members) != 2 || !slices.ContainsFunc(d.Members, func(m engine.Member) bool {
		return strings.Contains(m.Reason, "same alias arn:aws:iam::123456789012:user/ci")
	}) {
		t.Errorf("members: %+v; want two, one with its reason", d.Members)
	}
	diff, err := b.Diff(t.Context(), engine.DiffRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diff.Joins.Added != 1 || !slices.ContainsFunc(diff.Items, func(c engine.ChangeView) bool { return c.What == "join" && c.Ref == first.Ref && c.To == byName.Ref }) {
		t.Errorf("diff after a join: %+v; want it to say so", diff)
	}
	asOf := b.clock.read().Add(time.Second) // the scan and its joins are moments of their own

	// The same again changes nothing.
	if res := say(byName, first); res.Changes != (engine.ScanChanges{}) {
		t.Errorf("the same scan again: %+v, want no change", res.Changes)
	}

	// Deleted and made again under its name: another one. Both are known while a
	// source still says the old one, and the name alone means neither for sure.
	second := user("AIDABBBBBBBBBBBBBBBBBB", "ci", born.AddDate(1, 0, 0))
	say(first, second)
	ids, refs = items()
	if len(ids) != 2 || !slices.Contains(ids, was[0]) {
		t.Errorf("two users of one name, one after the other: %v %v; want two, the first under %s", ids, refs, was[0])
	}
	say(second)
	ids, _ = items()
	if len(ids) != 1 || ids[0] == was[0] {
		t.Errorf("the second alone: %v; want one that is not %s", ids, was[0])
	}

	// The past is as it was known.
	s, err := b.Snapshot(t.Context(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Summary().Identities; got != 1 {
		t.Errorf("as of the join: %d identities, want 1", got)
	}
	i, err := s.Lookup(was[0])
	if err != nil || s.Ref(i) != first.Ref {
		t.Errorf("as of the join %s is %v, %v; want %s", was[0], s.Ref(i), err, first.Ref)
	}
}

// When the proof goes, what was joined is two again.
func TestEntitiesPart(t *testing.T) {
	b := open(t, "version: 1\n")
	key := func(typ, id string, aliases ...string) drover.Node {
		return drover.Node{Ref: drover.NewRef(typ, "t", "certificate", id), Kind: drover.KindCredential, Type: "scripted." + typ, Name: id, Aliases: aliases}
	}
	say := func(nodes ...drover.Node) *engine.ScanResult {
		return b.scan(t, func(_ context.Context, out *connector.Out) error {
			for _, n := range nodes {
				out.Node(n)
			}
			return nil
		})
	}
	const fp = "x509:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	if res := say(key("file", "a", fp), key("listener", "b", fp)); res.Changes.Joined != 1 || res.Counts.Credentials != 1 {
		t.Fatalf("one certificate in two places: %+v %+v", res.Changes, res.Counts)
	}
	if res := say(key("file", "a", fp), key("listener", "b")); res.Changes.Parted != 1 || res.Counts.Credentials != 2 {
		t.Errorf("the listener shows another one now: %+v %+v; want 1 parted and 2 credentials", res.Changes, res.Counts)
	}
}

// What is only mentioned is listed with the reason, and so is what was not joined.
func TestUnseenAndDoubts(t *testing.T) {
	b := open(t, "version: 1\n")
	a, c := user("AIDAAAAAAAAAAAAAAAAAA", "ci", time.Time{}), user("AIDABBBBBBBBBBBBBBBBBB", "ci", time.Time{})
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		out.Node(a)
		out.Node(c)
		out.Node(user("", "ci", time.Time{}))
		out.Edge(drover.Edge{From: a.Ref, To: drover.UnseenRef("arn:aws:iam::999999999999:role/x"), Kind: drover.EdgeCanAssume})
		return nil
	})
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.UnseenList("scheme:arn")
	if err != nil || len(rows) != 1 {
		t.Fatalf("unseen: %v, %v; want one", rows, err)
	}
	v := s.UnseenItem(int(rows[0]))
	if !strings.Contains(v.Why, "999999999999") || v.By != a.Ref || v.Mentioned != 1 {
		t.Errorf("unseen item %+v; want the account that was not read, mentioned once by %s", v, a.Ref)
	}
	d, err := b.Show(t.Context(), string(drover.NewRef("aws", "123456789012", "iam.user", "name:ci")), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Members) != 1 || len(d.Doubts) == 0 || !strings.Contains(d.Doubts[0], "arn:aws:iam::123456789012:user/ci") {
		t.Errorf("a name that two have had: members %+v, doubts %q; want no join and the reason", d.Members, d.Doubts)
	}
	u, err := b.Show(t.Context(), "arn:aws:iam::999999999999:role/x", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if u.Why != v.Why {
		t.Errorf("show of the unseen name says %q, the list %q", u.Why, v.Why)
	}
}

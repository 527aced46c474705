package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/link"
)

// settle ends a scan: what its facts say is one thing becomes one entity, and the
// estate is counted as lists will show it. It reads the nodes and edges of the
// newest generation once; where nothing changed since the last time, nothing.
func (e *Engine) settle(ctx context.Context, changes *ScanChanges) (int64, ScanCounts, error) {
	gen, err := e.store.Latest(ctx)
	if err != nil {
		return 0, ScanCounts{}, err
	}
	key, keep := e.savedKey(gen, time.Time{})
	if k, ok := e.counted(key); keep && ok {
		return gen.ID, k.Counts, nil
	}
	b := graph.NewBuilder(gen.ID, gen.At)
	joins, doubts, err := e.joins(ctx, gen, b)
	if err != nil {
		return gen.ID, ScanCounts{}, err
	}
	if len(joins) > 0 {
		links := make([]store.EntityLink, len(joins))
		for i, j := range joins {
			links[i] = store.EntityLink{Ref: j.Ref, Entity: j.Entity, Reason: j.Reason}
			b.Join(j.ID, j.Entity)
			if j.Entity == j.ID {
				changes.Parted++
			} else {
				changes.Joined++
			}
		}
		if _, err := e.store.Link(ctx, links); err != nil {
			return gen.ID, ScanCounts{}, err
		}
		if gen, err = e.store.Latest(ctx); err != nil {
			return 0, ScanCounts{}, err
		}
	}
	if err := e.edges(ctx, gen.ID, b); err != nil {
		return gen.ID, ScanCounts{}, err
	}
	c := countRows(b.Index())
	if key, keep := e.savedKey(gen, time.Time{}); keep {
		e.keepCounts(ctx, kept{key, c, doubts[:min(len(doubts), maxDoubts)]})
	}
	return gen.ID, c, nil
}

// joins adds the nodes of a generation to b and returns what is to be joined or
// parted among them, and why others with a common name are not. The linker sees the whole estate, whoever asks.
func (e *Engine) joins(ctx context.Context, gen store.Generation, b *graph.Builder) ([]link.Join, []link.Doubt, error) {
	pinned := map[drover.Ref]string{} // what people said stays
	links, err := e.store.Entities(ctx, gen.ID, drover.ScopeAll)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range links {
		if strings.HasPrefix(l.Reason, byPerson) {
			pinned[l.Ref] = l.Reason
		}
	}
	l := link.New()
	for f, err := range e.store.Nodes(ctx, gen.ID, drover.ScopeAll) {
		if err != nil {
			return nil, nil, err
		}
		b.Node(graph.Row{ID: f.ID, Entity: f.Entity, Node: f.Node, Sources: f.Sources, FirstSeen: f.FirstSeen, Observed: f.Observed})
		l.Add(link.Node{ID: f.ID, Entity: f.Entity, Pinned: pinned[f.Node.Ref], Ref: f.Node.Ref, Kind: f.Node.Kind, Type: f.Node.Type, Aliases: f.Node.Aliases, Created: f.Node.Created, FirstSeen: f.FirstSeen, Observed: f.Observed})
	}
	joins := l.Joins()
	return joins, l.Doubts(), nil
}

// byPerson begins the reason of a membership that a person made.
const byPerson = "interview: "

// edges adds the edges of a generation to b, and the names of their ends.
func (e *Engine) edges(ctx context.Context, gen int64, b *graph.Builder) error {
	for f, err := range e.store.EdgesByID(ctx, gen, e.scope) {
		if err != nil {
			return err
		}
		b.Edge(f.From, f.To, &f.Edge)
	}
	refs, err := e.store.Refs(ctx, b.Missing())
	if err != nil {
		return err
	}
	b.Name(refs)
	return nil
}

// countRows counts the estate as lists show it.
func countRows(s *graph.Snapshot) ScanCounts {
	c := ScanCounts{Edges: s.Edges(), Unseen: s.Len() - s.Seen()}
	for i := range s.Seen() {
		if s.IsMember(i) {
			continue
		}
		switch s.Kind(i) {
		case drover.KindIdentity:
			c.Identities++
		case drover.KindCredential:
			c.Credentials++
		case drover.KindHuman:
			c.Humans++
		case drover.KindResource:
			c.Resources++
		}
	}
	return c
}

// kept are the counts of one generation, configuration and build, in a file
// beside the snapshots: a scan that changed nothing counts nothing. With them are
// the doubts of the linker, which `show` tells.
type kept struct {
	Key    string       `json:"key"`
	Counts ScanCounts   `json:"counts"`
	Doubts []link.Doubt `json:"doubts"`
}

// maxDoubts bounds how many are kept.
const maxDoubts = 10_000

func (e *Engine) countsPath() string { return filepath.Join(e.savedDir(), "counts.json") }

func (e *Engine) counted(key string) (kept, bool) {
	var k kept
	data, err := os.ReadFile(e.countsPath())
	if err != nil || json.Unmarshal(data, &k) != nil || k.Key != key {
		return kept{}, false // it is made again
	}
	return k, true
}

// doubts are why the linker did not join the members of row i to others that
// share a name with them, as of the last scan; none for the past.
func (e *Engine) doubts(gen store.Generation, s *Snapshot, i int) []string {
	out := []string{}
	if !e.sight.All() {
		return out // they name what the caller may not see
	}
	key, keep := e.savedKey(gen, time.Time{})
	k, ok := e.counted(key)
	if !keep || !ok {
		return out
	}
	rows := s.MemberRows(i)
	for _, d := range k.Doubts {
		if slices.ContainsFunc(rows, func(j int) bool { return s.ID(j) == d.ID }) {
			text := d.Reason
			if d.Alias != "" {
				text = d.Alias + ": " + text
			}
			out = append(out, text)
		}
	}
	return out
}

func (e *Engine) keepCounts(ctx context.Context, k kept) {
	data, err := json.Marshal(k)
	if err == nil {
		err = os.MkdirAll(e.savedDir(), 0o700)
	}
	if err == nil {
		err = os.WriteFile(e.countsPath(), data, 0o600)
	}
	if err != nil {
		e.o.Log.WarnContext(ctx, "the counts were not kept", "err", err)
	}
}

package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// Explain says what a filter means.
func (s *Snapshot) Explain(text string) (string, error) {
	f, err := filter.Parse(text, graph.Fields, s.now)
	if err != nil {
		return "", err
	}
	return f.Explain(), nil
}

// An EdgeItem is one item of `list edges`.
type EdgeItem struct {
	From      drover.Ref      `json:"from"`
	FromName  string          `json:"from_name"`
	To        drover.Ref      `json:"to"`
	ToName    string          `json:"to_name"`
	Kind      drover.EdgeKind `json:"kind"`
	Part      string          `json:"part"`
	Cond      drover.Attrs    `json:"cond"`
	Technique string          `json:"technique"`
	Grade     drover.Grade    `json:"grade"`
	Proof     string          `json:"proof"`
	Joined    string          `json:"joined"` // how ends were found that the source knew by a name; "": it knew them
	Unseen    bool            `json:"unseen"` // an end is known only by an alias
}

// edgeFields are what edges can be filtered by.
var edgeFieldList = []filter.Field{
	{Name: "kind", Enum: true, Help: "owns, member_of, can_access…"}, {Name: "from", Help: "ref or name where it begins"}, {Name: "to", Help: "ref or name where it ends"},
	{Name: "part", Help: "which of several edges: the privilege"}, {Name: "grade", Enum: true, Help: "proven, inferred, declared, unknown"}, {Name: "proof", Help: "what decides it"},
	{Name: "joined", Help: "how an end was found that was known by a name: alias, pattern…"},
}

// EdgeList returns the numbers of the edges that match, ordered by their keys.
func (s *Snapshot) EdgeList(text string) ([]uint32, error) {
	f, err := filter.Parse(text, edgeFieldList, s.now)
	if err != nil {
		return nil, err
	}
	col := func(get func(e EdgeItem) string) *filter.Column {
		return &filter.Column{Text: func(i int) string { return get(s.EdgeItem(i)) }}
	}
	ends := func(get func(e EdgeItem) []string) *filter.Column {
		return &filter.Column{Texts: func(i int) []string { return get(s.EdgeItem(i)) }}
	}
	t := &filter.Table{Rows: s.Edges(), Columns: map[string]*filter.Column{
		"kind": col(func(e EdgeItem) string { return string(e.Kind) }), "part": col(func(e EdgeItem) string { return e.Part }),
		"grade": col(func(e EdgeItem) string { return string(e.Grade) }), "proof": col(func(e EdgeItem) string { return e.Proof }),
		"joined": col(func(e EdgeItem) string { return e.Joined }),
		"from":   ends(func(e EdgeItem) []string { return []string{string(e.From), e.FromName} }), "to": ends(func(e EdgeItem) []string { return []string{string(e.To), e.ToName} }),
	}, Words: func(i int) []string {
		e := s.EdgeItem(i)
		return []string{e.FromName, e.ToName, string(e.From), string(e.To), e.Proof}
	}}
	rows, err := f.Eval(t)
	if err != nil {
		return nil, err
	}
	keys := make(map[uint32]string, len(rows))
	for _, r := range rows {
		e := s.Edge(int(r))
		keys[r] = e.Key()
	}
	slices.SortFunc(rows, func(a, b uint32) int { return strings.Compare(keys[a], keys[b]) })
	return rows, nil
}

// EdgeItem returns edge i as an item.
func (s *Snapshot) EdgeItem(i int) EdgeItem {
	e := s.Edge(i)
	from, _ := s.Find(e.From)
	to, _ := s.Find(e.To)
	v := EdgeItem{From: e.From, FromName: s.Name(from), To: e.To, ToName: s.Name(to), Kind: e.Kind, Part: e.Part, Cond: e.Cond, Technique: e.Technique, Grade: e.Grade, Proof: e.Proof,
		Joined: s.EdgeJoined(i), Unseen: s.Unseen(from) || s.Unseen(to)}
	if v.Grade == "" {
		v.Grade = drover.GradeProven
	}
	return v
}

// A DocumentView is one item of `list documents`.
type DocumentView struct {
	Hash     string       `json:"hash"`
	Language string       `json:"language"`
	Bytes    int64        `json:"bytes"`
	UsedBy   []drover.Ref `json:"used_by"`
}

func sizes(list []DocumentView) []int64 {
	out := make([]int64, len(list))
	for i, d := range list {
		out[i] = d.Bytes
	}
	return out
}

var documentFields = []filter.Field{
	{Name: "hash", Help: "SHA-256 of what it says"}, {Name: "language", Enum: true, Help: "aws-iam, k8s-rbac, pg-acl…"}, {Name: "bytes", Type: filter.Number, Help: "its size"},
	{Name: "used_by", Type: filter.List, Help: "refs of what it is a document of; none"},
}

// Documents lists the documents that a filter keeps, by hash; a word is a part of the
// hash, the language or a ref.
func (e *Engine) Documents(ctx context.Context, s *Snapshot, text string) ([]DocumentView, error) {
	f, err := filter.Parse(text, documentFields, s.now)
	if err != nil {
		return nil, err
	}
	users := map[string][]drover.Ref{}
	for i := range s.Seen() {
		if h := s.Attrs(i).Str("document"); h != "" {
			users[h] = append(users[h], s.Ref(i))
		}
	}
	out := []DocumentView{}
	for d, err := range e.store.Documents(ctx, s.Generation, e.scope) {
		if err != nil {
			return nil, err
		}
		if !e.sight.All() && users[d.Hash] == nil {
			continue
		}
		v := DocumentView{Hash: d.Hash, Language: d.Language, Bytes: d.Bytes, UsedBy: users[d.Hash]}
		if v.UsedBy == nil {
			v.UsedBy = []drover.Ref{}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b DocumentView) int { return strings.Compare(a.Hash, b.Hash) })
	refs := func(i int) []string {
		list := make([]string, 0, len(out[i].UsedBy))
		for _, r := range out[i].UsedBy {
			list = append(list, string(r))
		}
		return list
	}
	rows, err := f.Eval(&filter.Table{Rows: len(out), Columns: map[string]*filter.Column{
		"hash": {Text: func(i int) string { return out[i].Hash }}, "language": {Text: func(i int) string { return out[i].Language }},
		"bytes": {Ints: sizes(out)}, "used_by": {Texts: refs, None: true},
	}, Words: func(i int) []string { return append(refs(i), out[i].Hash, out[i].Language) }})
	if err != nil {
		return nil, err
	}
	kept := make([]DocumentView, 0, len(rows))
	for _, r := range rows {
		kept = append(kept, out[r])
	}
	return kept, nil
}

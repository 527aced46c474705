package engine

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A ListRequest asks for a list, by the name of its noun.
type ListRequest struct {
	Noun   string // of Listed
	Filter string
	Sort   string    // as in Query; edges, documents and unseen names have an order of their own
	AsOf   time.Time // zero: now
	Limit  int       // items at most; 0: all
	Risk   bool      // items tell their risk, also where filter and order do not ask for it
}

// A Listing is the answer: how many match, and the items, each made as it is asked
// for.
type Listing struct {
	Noun       string
	Generation int64
	Now        time.Time // that ages are measured from
	Total      int       // that match, also those past the limit
	Exist      int       // that there are without the filter; only counted where none matches
	Risk       bool      // whether the items say their risk, because request, filter or order asked for it
	Items      iter.Seq[any]

	// Failed, of items that come from another process, says after them why they ended
	// too early; nil: they cannot.
	Failed func() error
}

// Listed are the nouns that can be listed.
func Listed() []string {
	names := make([]string, 0, len(Nouns)+3)
	for _, n := range Nouns {
		names = append(names, n.Name)
	}
	return append(names, "edges", "documents", "unseen")
}

// List answers with Identity items for identities and humans, with Credential,
// EdgeItem, DocumentView and UnseenItem items for their nouns, and with Item items
// for all others.
func (e *Engine) List(ctx context.Context, r ListRequest) (*Listing, error) {
	s, err := e.Snapshot(ctx, r.AsOf)
	if err != nil {
		return nil, err
	}
	l := &Listing{Noun: r.Noun, Generation: s.Generation, Now: s.Now()}
	if r.Limit <= 0 {
		r.Limit = math.MaxInt
	}
	if r.Sort != "" && slices.Contains([]string{"edges", "documents", "unseen"}, r.Noun) {
		return nil, fmt.Errorf("sort: %s have an order of their own: %w", r.Noun, drover.ErrInvalid)
	}
	switch r.Noun {
	case "documents":
		docs, err := e.Documents(ctx, s, r.Filter)
		if err != nil {
			return nil, err
		}
		l.Total, l.Items = len(docs), items(docs[:min(len(docs), r.Limit)])
	case "edges":
		rows, err := s.EdgeList(r.Filter)
		if err != nil {
			return nil, err
		}
		l.Total, l.Items = len(rows), each(rows[:min(len(rows), r.Limit)], s.EdgeItem)
	case "unseen":
		rows, err := s.UnseenList(r.Filter)
		if err != nil {
			return nil, err
		}
		l.Total, l.Items = len(rows), each(rows[:min(len(rows), r.Limit)], s.UnseenItem)
	default:
		if r.Risk && scored(r.Noun) {
			if err := s.AskRisk(ctx); err != nil {
				return nil, err
			}
		}
		return l, s.listNodes(l, r)
	}
	return l, nil
}

// scored reports whether items of a noun have a risk.
func scored(noun string) bool { return noun == "identities" || noun == "humans" }

func (s *Snapshot) listNodes(l *Listing, r ListRequest) error {
	noun, ok := LookupNoun(r.Noun)
	if !ok {
		return fmt.Errorf("list %q: there are %s: %w", r.Noun, strings.Join(Listed(), ", "), drover.ErrInvalid)
	}
	rows, err := s.List(Query{Noun: noun, Filter: r.Filter, Sort: r.Sort})
	if err != nil {
		return err
	}
	l.Total, l.Risk = len(rows), s.AskedRisk()
	rows = rows[:min(len(rows), r.Limit)]
	switch noun.Name {
	case "identities", "humans":
		l.Items = each(rows, s.Identity)
	case "credentials":
		l.Items = each(rows, s.Credential)
	default:
		l.Items = each(rows, s.Item)
	}
	if l.Total > 0 {
		return nil
	}
	all, err := s.List(Query{Noun: noun})
	l.Exist = len(all)
	return err
}

// ExplainFilter says in words what a filter of nodes means.
func (e *Engine) ExplainFilter(ctx context.Context, text string) (string, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return "", err
	}
	return s.Explain(text)
}

// Generation is the newest one that the store has, 0 before the first scan.
func (e *Engine) Generation(ctx context.Context) (int64, error) {
	gen, err := e.store.Latest(ctx)
	return gen.ID, err
}

// Questionnaires are the questions to people about what cannot be scanned.
func (e *Engine) Questionnaires(ctx context.Context) ([]Questionnaire, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	return s.Questionnaires(), nil
}

// each makes items of rows, one at a time.
func each[T any](rows []uint32, item func(int) T) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, r := range rows {
			if !yield(item(int(r))) {
				return
			}
		}
	}
}

// items makes the items of a slice.
func items[T any](list []T) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, i := range list {
			if !yield(i) {
				return
			}
		}
	}
}

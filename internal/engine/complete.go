package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// FilterFields are the fields that a list can be filtered by: of "findings", of
// "edges", "unseen" and of every list of nodes. The error wraps drover.ErrInvalid
// where there is no such list.
func FilterFields(list string) ([]filter.Field, error) {
	switch list {
	case "findings":
		return FindingFields, nil
	case "edges":
		return edgeFieldList, nil
	case "unseen":
		return unseenFields, nil
	case "documents":
		return documentFields, nil
	}
	if _, ok := LookupNoun(list); !ok {
		return nil, fmt.Errorf("no list is called %q; there are %s, findings: %w", list, strings.Join(Listed(), ", "), drover.ErrInvalid)
	}
	return graph.Fields, nil
}

// A CompletionsView is what can stand at a place of a filter.
type CompletionsView struct {
	Schema     string           `json:"schema"`
	Generation int64            `json:"generation"`
	Filter     string           `json:"filter"`
	From       int              `json:"from"` // the characters that a completion takes the place of
	To         int              `json:"to"`
	Items      []CompletionItem `json:"items"`
}

// A CompletionItem is one completion.
type CompletionItem struct {
	Text  string `json:"text"`  // to show
	Write string `json:"write"` // to stand in the filter
	Kind  string `json:"kind"`  // field, value
	Help  string `json:"help"`
	Count *int   `json:"count"` // rows that match the rest of the filter and have it; null: it is not counted
}

const maxCompletions = 30

// Complete says what can stand at a character of a filter of nodes: fields, or the
// values of a field with how many rows have each beside the rest of the filter.
func (e *Engine) Complete(ctx context.Context, n Noun, text string, cursor int) (*CompletionsView, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	c := filter.Complete(text, byteAt(text, cursor), graph.Fields)
	v := &CompletionsView{Schema: "drover/v1/completions", Generation: s.Generation, Filter: text, From: utf8.RuneCountInString(text[:c.From]), To: utf8.RuneCountInString(text[:c.To]), Items: []CompletionItem{}}
	if c.Field == "" {
		v.Items = fieldCompletions(c.Word)
		return v, nil
	}
	field, ok := filter.Lookup(graph.Fields, c.Field)
	if !ok {
		return v, nil
	}
	v.Items, err = s.valueCompletions(n, field, c)
	return v, err
}

// byteAt is the byte at which a character begins.
func byteAt(text string, character int) int {
	for i := range text {
		if character <= 0 {
			return i
		}
		character--
	}
	return len(text)
}

func fieldCompletions(word string) []CompletionItem {
	word = strings.ToLower(word)
	list := []CompletionItem{}
	for _, inside := range []bool{false, true} { // those that begin with it first
		for _, f := range graph.Fields {
			begins := strings.HasPrefix(f.Name, word)
			if begins == inside || !begins && !strings.Contains(f.Name, word) {
				continue
			}
			write := f.Name + f.Operators()[0]
			if f.Type == filter.Attrs {
				write = f.Name + "."
			}
			list = append(list, CompletionItem{Text: f.Name, Write: write, Kind: "field", Help: f.Help})
		}
	}
	return list
}

func (s *Snapshot) valueCompletions(n Noun, f filter.Field, c filter.Completion) ([]CompletionItem, error) {
	list := []CompletionItem{}
	add := func(text, help string, count *int) {
		if strings.HasPrefix(strings.ToLower(text), strings.ToLower(c.Word)) && len(list) < maxCompletions {
			write := filter.Quote(text)
			if count == nil || help != "" {
				write = text // a word of the grammar
			}
			list = append(list, CompletionItem{Text: text, Write: write, Kind: "value", Help: help, Count: count})
		}
	}
	if f.Type == filter.Time || f.Type == filter.Future {
		if c.Op != "=" && c.Op != ":" {
			for _, age := range []string{"1d", "7d", "30d", "90d", "180d", "365d"} {
				add(age, "", nil)
			}
		}
		add("unknown", "not known", nil)
		return list, nil
	}
	of, err := s.set(Query{Noun: n, Filter: c.Rest})
	if err != nil {
		return nil, err
	}
	counts, err := s.counted(of, f.Name)
	if err != nil { // a field without a vocabulary: what is closed or has words is offered, without counts
		words := slices.Clone(f.Closed)
		for w := range f.Words {
			words = append(words, w)
		}
		slices.SortFunc(words, func(a, b string) int { return cmp.Compare(f.Words[a][0], f.Words[b][0]) })
		for _, w := range words {
			add(w, "", nil)
		}
		add("unknown", "not known", nil)
		return list, nil
	}
	for _, v := range counts {
		switch {
		case v.Unknown:
			add(v.Value, "not known", &v.Count)
		case v.Value == "none":
			add(v.Value, "known that there is none", &v.Count)
		default:
			add(v.Value, "", &v.Count)
		}
	}
	return list, nil
}

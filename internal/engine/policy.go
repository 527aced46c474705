package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/policy"
)

// A rule is one line of the policy: what it matches and what it says of that.
type rule struct {
	match policy.Match
	set   []classify.Label
}

// readPolicy parses the sections of drover.yaml that are the house's own.
func (e *Engine) readPolicy() error {
	p, err := policy.Parse(e.o.Config.Path, e.o.Config.Raw)
	if err != nil {
		return err
	}
	e.policy = p
	e.classifier, err = classify.New(classify.Settings{Idle: p.Thresholds.Idle, Dormant: p.Thresholds.Dormant, UnownedIsOrphan: p.Classify.UnownedIsOrphan,
		Naming: classify.Naming{Pattern: p.Naming.Pattern, Vocabulary: p.Naming.Vocabulary, Prefixes: p.Naming.Prefixes}})
	if err != nil {
		return fmt.Errorf("%s: %w", p.Naming.PatternPos, err)
	}
	add := func(m policy.Match, pairs ...string) {
		r := rule{match: m}
		for i := 0; i+1 < len(pairs); i += 2 {
			r.set = append(r.set, classify.Label{Key: pairs[i], Value: pairs[i+1], By: "policy " + m.Pos.String()})
		}
		e.rules = append(e.rules, r)
	}
	for _, o := range p.Classify.Overrides {
		var pairs []string
		for k, v := range o.Set {
			pairs = append(pairs, k, v)
		}
		add(o.Match, pairs...)
	}
	for _, m := range p.Classify.Tier0 {
		add(m, "tier", "0")
	}
	for name, list := range p.Classify.Regulated {
		for _, m := range list {
			add(m, "regulation", name)
		}
	}
	for _, c := range p.Criticality {
		add(c.Match, "criticality", c.Value)
	}
	// A match that cannot be understood is said when the policy is read, not when
	// something would have matched.
	for _, r := range e.rules {
		if _, err := matcher(r.match, e.o.Now().Unix()); err != nil {
			return err
		}
	}
	return nil
}

// matcher compiles what a rule matches: a filter, or a pattern with stars over
// the ways in which a thing is called: its ref, its name, its aliases,
// "<system>/<name>", "<source>/<name>" and "<system>:<tenant>:<name>".
func matcher(m policy.Match, now int64) (func(*Snapshot, *filter.Table) ([]uint32, error), error) {
	text := strings.TrimSpace(m.Text)
	if pattern(text) {
		return func(s *Snapshot, t *filter.Table) ([]uint32, error) {
			var rows []uint32
			for i := range t.Rows {
				if called(s, i, text) {
					rows = append(rows, uint32(i))
				}
			}
			return rows, nil
		}, nil
	}
	f, err := filter.Parse(text, graph.Fields, time.Unix(now, 0))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Pos, err)
	}
	return func(_ *Snapshot, t *filter.Table) ([]uint32, error) {
		rows, err := f.Eval(t)
		if err != nil {
			return nil, fmt.Errorf("%s: a policy matches on what sources say, not on what is concluded from it: %w", m.Pos, err)
		}
		return rows, nil
	}, nil
}

// pattern reports whether a text is a pattern and no filter: one word that does
// not begin with a field of the grammar.
func pattern(text string) bool {
	if text == "" || strings.ContainsAny(text, " ()\"=<>!") {
		return false
	}
	field, _, ok := strings.Cut(text, ":")
	if !ok {
		return true
	}
	for _, f := range graph.Fields {
		if f.Name == strings.ToLower(field) {
			return false
		}
	}
	return !strings.HasPrefix(strings.ToLower(field), "attrs.")
}

func called(s *Snapshot, i int, text string) bool {
	name, ref := s.Name(i), s.Ref(i)
	if filter.Match(text, name) || filter.Match(text, string(ref)) {
		return true
	}
	for _, a := range s.Aliases(i) {
		if filter.Match(text, a) {
			return true
		}
	}
	system, tenant, _, _, _ := ref.Parts()
	if filter.Match(text, system+"/"+name) || filter.Match(text, system+":"+tenant+":"+name) {
		return true
	}
	for _, src := range s.Row(i).Sources {
		if filter.Match(text, src+"/"+name) {
			return true
		}
	}
	return false
}

// applyPolicy finds what each rule matches.
func (s *Snapshot) applyPolicy() error {
	s.ruled = map[int][]classify.Label{}
	if len(s.e.rules) == 0 {
		return nil
	}
	t := s.BaseTable()
	t.Columns["tag"] = &filter.Column{Texts: func(i int) []string { return s.tagTexts(i) }}
	for _, r := range s.e.rules {
		match, err := matcher(r.match, s.now.Unix())
		if err != nil {
			return err
		}
		rows, err := match(s, t)
		if err != nil {
			return err
		}
		for _, row := range rows {
			s.ruled[int(row)] = merge(s.ruled[int(row)], r.set)
		}
	}
	return nil
}

// merge adds labels; of two rules that say different things of one key the
// first counts, save that regulations add up.
func merge(have, more []classify.Label) []classify.Label {
	for _, l := range more {
		said := slices.ContainsFunc(have, func(h classify.Label) bool {
			return h.Key == l.Key && (l.Key != "regulation" || h.Value == l.Value)
		})
		if !said {
			have = append(have, l)
		}
	}
	return have
}

func (s *Snapshot) tagTexts(i int) []string {
	var out []string
	for _, l := range s.Labels(i) {
		out = append(out, tagText(l.Key, l.Value))
	}
	return out
}

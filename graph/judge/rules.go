package judge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/policy"
)

// A rule is one line of the policy: what it matches and what it says of that.
type rule struct {
	match policy.Match
	set   []classify.Label
}

// rulesOf are the lines of a policy that say something of what they match.
func rulesOf(p *policy.Policy) (rules []rule) {
	add := func(m policy.Match, pairs ...string) {
		r := rule{match: m}
		for i := 0; i+1 < len(pairs); i += 2 {
			r.set = append(r.set, classify.Label{Key: pairs[i], Value: pairs[i+1], By: byPolicy + m.Pos.String()})
		}
		rules = append(rules, r)
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
	for _, o := range p.Owners {
		add(o.Match, owners.KeyOwner, o.Owner)
	}
	return rules
}

// Timed reports whether a rule of the policy matches on ages: what it matches
// then changes with nothing but time. A rule that is no filter does not.
func (s *Settings) Timed(now time.Time) bool {
	for _, r := range s.rules {
		if text := strings.TrimSpace(r.match.Text); !pattern(text) {
			if f, err := filter.Parse(text, graph.Fields, now); err != nil || f.Timed() {
				return true
			}
		}
	}
	return false
}

// Matcher compiles what a rule matches: a filter, or a pattern with stars over
// the ways in which a thing is called: its ref, its name, its aliases,
// "<system>/<name>", "<source>/<name>" and "<system>:<tenant>:<name>".
func Matcher(m policy.Match, now time.Time) (func(*graph.Snapshot, *filter.Table) ([]uint32, error), error) {
	text := strings.TrimSpace(m.Text)
	if pattern(text) {
		return func(s *graph.Snapshot, t *filter.Table) ([]uint32, error) {
			var rows []uint32
			for i := range t.Rows {
				if called(s, i, text) {
					rows = append(rows, uint32(i))
				}
			}
			return rows, nil
		}, nil
	}
	f, err := filter.Parse(text, graph.Fields, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Pos, err)
	}
	return func(_ *graph.Snapshot, t *filter.Table) ([]uint32, error) {
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

func called(s *graph.Snapshot, i int, text string) bool {
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

// Apply finds what each rule of the policy matches, and labels it. It is called
// once, between Index and Build.
func (j *Judge) Apply(b *graph.Builder) error {
	if len(j.set.rules) == 0 {
		return nil
	}
	ruled := map[int][]classify.Label{}
	t := j.BaseTable()
	t.Columns["tag"] = &filter.Column{Texts: func(i int) []string { return j.tagTexts(i) }}
	for _, r := range j.set.rules {
		match, err := Matcher(r.match, j.Now)
		if err != nil {
			return err
		}
		rows, err := match(j.Snapshot, t)
		if err != nil {
			return err
		}
		for _, row := range rows {
			ruled[int(row)] = merge(ruled[int(row)], r.set)
		}
	}
	for row, labels := range ruled {
		for _, l := range labels {
			b.LabelRow(row, l)
		}
	}
	return nil
}

// byPolicy begins the By of a label that a rule of the policy set.
const byPolicy = "policy "

// said are the labels that people set one by one: those of the policy follow
// them.
func said(labels []classify.Label) []classify.Label {
	n := len(labels)
	for n > 0 && strings.HasPrefix(labels[n-1].By, byPolicy) {
		n--
	}
	return labels[:n]
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

func (j *Judge) tagTexts(i int) []string {
	var out []string
	for _, l := range j.Labels(i) {
		out = append(out, TagText(l.Key, l.Value))
	}
	return out
}

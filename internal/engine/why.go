package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// Why answers `why`: may the identity that id names do this, and what decides.
func (e *Engine) Why(ctx context.Context, id, resource, action string, asOf time.Time, o ReachOptions) (*WhyView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(id)
	if err != nil {
		return nil, fmt.Errorf("the identity: %w", err)
	}
	q, err := x.question(resource, action)
	if err != nil {
		return nil, err
	}
	a, err := x.Graph.Why(ctx, row, q)
	if err != nil {
		return nil, err
	}
	return &WhyView{Schema: "drover/v1/why", Subject: x.node(row), Resource: q.Resource, Action: q.Action, Known: q.Row >= 0, Decision: a.Decision.Verdict, Condition: raw(a.Decision.Condition),
		Proof: proofList(a.Decision.Proof), Via: x.steps(a.Via.Edges), Age: x.age(x.Gaps())}, nil
}

// WhoCan answers `who-can`.
func (e *Engine) WhoCan(ctx context.Context, resource, action string, asOf time.Time, o ReachOptions) (*WhoCanView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	q, err := x.question(resource, action)
	if err != nil {
		return nil, err
	}
	all := o.effective()
	all.Limit = -1
	holders, err := x.Graph.WhoCan(ctx, q, all)
	if err != nil {
		return nil, err
	}
	holders = slices.DeleteFunc(holders, func(h effective.Holder) bool { return !acts(x.Kind(h.Row)) })
	v := &WhoCanView{Schema: "drover/v1/who_can", Resource: q.Resource, Action: q.Action, Known: q.Row >= 0, Total: len(holders), Items: []HolderView{}, Age: x.age(x.Gaps())}
	for i, h := range holders {
		if o.Limit > 0 && i == o.Limit {
			break
		}
		v.Items = append(v.Items, HolderView{NodeView: x.node(h.Row), Decision: h.Decision.Verdict, Condition: raw(h.Decision.Condition), Grade: weakest(h.Path.Grade, gradeOf(h.Decision)), Proof: proofList(h.Decision.Proof), Via: x.steps(h.Path.Edges)})
	}
	return v, nil
}

// acts reports whether somebody or something of a kind does what it may: whoever
// is an identity, runs as one, or holds what proves one. Accounts, groups and
// bundles of rights do nothing themselves.
func acts(k drover.Kind) bool {
	switch k {
	case drover.KindIdentity, drover.KindHuman, drover.KindWorkload, drover.KindCredential, drover.KindPlace:
		return true
	}
	return false
}

// question reads RESOURCE[:ACTION]. What it means is for the systems to say; a
// text that several understand goes to the one that has scanned the resource.
func (x *Effects) question(resource, action string) (effective.Question, error) {
	list := x.spelled(resource, action)
	if len(list) == 0 {
		if i, err := x.Lookup(resource); err == nil {
			return effective.Question{}, fmt.Errorf("%s is a %s, of which no permissions can be evaluated: %w", x.Ref(i), x.Type(i), drover.ErrInvalid)
		} else if !errors.Is(err, drover.ErrNotFound) {
			return effective.Question{}, err
		}
		return effective.Question{}, fmt.Errorf("no system whose permissions were read knows a resource %q; write an ARN, a Kubernetes resource, a table, or the name of something that was scanned: %w", resource, drover.ErrNotFound)
	}
	if q := list[0]; q.Action != "" && !q.Known {
		return effective.Question{}, fmt.Errorf("%s has no action %q (%s): %w", q.System, q.Action, strings.Join(x.Catalogues(), ", "), drover.ErrNotFound)
	}
	return list[0], nil
}

// spelled are the ways in which a text is a question, the best first: of a
// resource that was scanned, with an action that its system has.
func (x *Effects) spelled(resource, action string) []effective.Question {
	type reading struct{ resource, action string }
	readings := []reading{{resource, action}}
	if action == "" {
		rest := resource
		for range 2 { // s3:GetObject has a colon of its own
			i := strings.LastIndexByte(rest, ':')
			if i <= 0 {
				break
			}
			rest = rest[:i]
			readings = append(readings, reading{rest, resource[i+1:]})
		}
	}
	var out []effective.Question
	merit := map[effective.Question]int{}
	for n, r := range readings {
		// What was scanned may be called by any name that it has.
		texts := []string{r.resource}
		if i, err := x.Lookup(r.resource); err == nil {
			texts = append(texts, string(x.Ref(i)))
		}
		for _, m := range x.models() {
			q, ok := m.ask(texts, r.action)
			if !ok {
				continue
			}
			score := -n
			if q.Row >= 0 {
				score += 10
			}
			if q.Known {
				score += 5
			}
			if r.action != "" && q.Known {
				score += 6
			}
			if awsAction(r.action) && strings.Count(r.resource, ":") >= 5 {
				score += 12 // it can be nothing else, even if AWS has no such action
			}
			if _, have := merit[q]; !have {
				out = append(out, q)
			}
			merit[q] = max(merit[q], score)
		}
	}
	slices.SortStableFunc(out, func(a, b effective.Question) int { return merit[b] - merit[a] })
	return out
}

// awsAction reports whether a text is written as an action of a service that AWS
// has.
func awsAction(text string) bool {
	service, verb, ok := strings.Cut(text, ":")
	if !ok || verb == "" || strings.Trim(verb, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return false
	}
	return len(awsiam.Expand(service+":*").Names()) > 0
}

// answering is a system that answers questions.
type answering struct {
	name string
	*effective.Model
}

// ask reads the first of several spellings of a resource that the system knows.
func (m answering) ask(texts []string, action string) (effective.Question, bool) {
	for _, t := range texts {
		if q, ok := m.Question(t, action); ok {
			q.System = m.name
			return q, true
		}
	}
	return effective.Question{}, false
}

// models are the systems that answer questions, in the order of their names.
func (x *Effects) models() []answering {
	all := x.Models()
	var out []answering
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if m := all[name]; m.Question != nil && m.Decide != nil {
			out = append(out, answering{name, m})
		}
	}
	return out
}

// questions are those that the end of a path means: of the rows that were found,
// or of what only its system can spell.
func (x *Effects) questions(text string, rows []uint32) []effective.Question {
	if len(rows) == 0 {
		if list := x.spelled(text, ""); len(list) > 0 {
			return list[:1]
		}
		return nil
	}
	var out []effective.Question
	for _, r := range rows {
		if x.Kind(r) != drover.KindResource {
			continue
		}
		for _, m := range x.models() {
			if q, ok := m.ask([]string{string(x.Ref(r))}, ""); ok && q.Row == int(r) {
				out = append(out, q)
			}
		}
	}
	return out
}

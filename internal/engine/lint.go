package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// A LintRequest is `access lint`.
type LintRequest struct {
	File    string
	Attach  string // the policy becomes an inline policy of this identity or group
	Replace string // the policy becomes the body of this policy
}

// A LintView says whether a change opens a path to tier 0.
type LintView struct {
	Schema string      `json:"schema"`
	File   string      `json:"file"`
	OK     bool        `json:"ok"`
	Items  []LintItem  `json:"items"`
	Faults []FaultView `json:"faults"` // what is invalid or ignored in the policy
	Age
}

// A LintItem is one new path.
type LintItem struct {
	Source NodeView `json:"source"`
	Target NodeView `json:"target"`
	Path   PathView `json:"path"`
}

// Lint makes a change to a copy of the estate as it is now and lists who reaches
// what of tier 0 that they did not reach before.
func (e *Engine) Lint(ctx context.Context, r LintRequest) (*LintView, error) {
	v := &LintView{Schema: "drover/v1/lint", File: r.File, Items: []LintItem{}, Faults: []FaultView{}}
	body, err := readFile(r.File, changeLimit)
	if err != nil {
		return nil, err
	}
	before, err := e.Effects(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	change, err := v.change(before, r, body)
	if err != nil {
		return nil, err
	}
	after, err := e.effects(ctx, before.s, change)
	if err != nil {
		return nil, err
	}
	v.Age = after.age(after.Gaps())
	d, err := effective.Diff(ctx, before.Graph, after.Graph, effective.Options{})
	if err != nil {
		return nil, err
	}
	for _, c := range d.Changed {
		if c.New < 0 {
			continue
		}
		for _, ref := range c.Tier0.Gained {
			target, ok := after.row(ref)
			if !ok {
				continue
			}
			list, _ := after.Graph.Paths(ctx, []uint32{uint32(c.New)}, []uint32{target}, effective.Options{Limit: 1})
			if len(list) > 0 {
				v.Items = append(v.Items, LintItem{Source: after.node(uint32(c.New)), Target: after.node(target), Path: after.path(list[0])})
			}
		}
	}
	v.OK = len(v.Items) == 0 && len(v.Faults) == 0
	return v, ctx.Err()
}

// change reads the file as a change, or makes one of the policy that it is.
func (v *LintView) change(x *Effects, r LintRequest, body []byte) (*effective.Change, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if json.Unmarshal(body, &head) == nil && head.Schema != "" {
		if r.Attach != "" || r.Replace != "" {
			return nil, fmt.Errorf("%s is a change of its own: --attach and --replace are for policies: %w", r.File, drover.ErrInvalid)
		}
		c, err := effective.ParseChange(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.File, err)
		}
		return c, nil
	}
	_, faults, err := awsiam.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("%s is neither a change (schema drover/v1/change) nor an AWS policy: %w", r.File, err)
	}
	for _, f := range faults {
		v.Faults = append(v.Faults, FaultView{File: r.File, Statement: f.Statement, Field: f.Field, Text: f.Text})
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", r.File, err, drover.ErrInvalid)
	}
	raw, err := policyChange(x, r, compact.String())
	if err != nil {
		return nil, err
	}
	return effective.ParseChange(raw)
}

// policyChange spells a policy that is tried as a change.
func policyChange(x *Effects, r LintRequest, policy string) ([]byte, error) {
	type object = map[string]any
	change := object{"schema": "drover/v1/change"}
	doc := drover.NewDocument("aws-iam", policy)
	inline := func(holder drover.Ref) []any {
		ref := drover.NewRef("aws", tenant(holder), "iam.inline_policy", "drover-lint:"+string(holder))
		return []any{
			object{"document": doc},
			object{"node": object{"ref": ref, "kind": "policy", "type": "aws.iam.inline_policy", "name": "policy under test", "attrs": object{"document": doc.Hash}}},
			object{"edge": object{"from": ref, "to": holder, "kind": "attached", "proof": r.File}},
		}
	}
	switch {
	case r.Replace != "":
		row, err := x.Lookup(r.Replace)
		if err != nil {
			return nil, fmt.Errorf("--replace: %w", err)
		}
		if x.Kind(row) != drover.KindPolicy {
			return nil, fmt.Errorf("--replace %s: it is a %s, not a policy: %w", r.Replace, x.Type(row), drover.ErrInvalid)
		}
		change["replace"] = []any{object{"ref": x.Ref(row), "document": json.RawMessage(policy)}}
	case r.Attach != "":
		row, err := x.Lookup(r.Attach)
		if err != nil {
			return nil, fmt.Errorf("--attach: %w", err)
		}
		if k := x.Kind(row); k != drover.KindIdentity && k != drover.KindGroup {
			return nil, fmt.Errorf("--attach %s: a %s holds no policies: %w", r.Attach, x.Type(row), drover.ErrInvalid)
		}
		change["add"] = inline(x.Ref(row))
	default:
		var add []any
		for i := range x.Len() {
			if row := uint32(i); x.Type(row) == "aws.account" {
				account := x.Name(row)
				user := drover.NewRef("aws", tenant(x.Ref(row)), "iam.user", "drover-lint")
				add = append(add, object{"node": object{"ref": user, "kind": "identity", "type": "aws.iam.user", "name": "new user of " + account,
					"aliases": []string{"arn:aws:iam::" + tenant(x.Ref(row)) + ":user/drover-lint"}}},
					object{"edge": object{"from": x.Ref(row), "to": user, "kind": "contains", "proof": "the test"}})
				add = append(add, inline(user)...)
			}
		}
		if len(add) == 0 {
			return nil, fmt.Errorf("no AWS account was scanned, so there is nothing that the policy could open; scan one, or ask with `drover access simulate`: %w", drover.ErrNotFound)
		}
		change["add"] = add
	}
	return json.Marshal(change)
}

// tenant is the second segment of a ref.
func tenant(r drover.Ref) string {
	_, t, _, _, _ := r.Parts()
	return t
}

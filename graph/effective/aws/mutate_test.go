package aws

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// A world is a scan that can be changed.
type world struct{ *connectortest.Result }

// clone copies what changes touch.
func (w world) clone() world {
	r := *w.Result
	r.Nodes, r.Edges, r.Documents = slices.Clone(r.Nodes), slices.Clone(r.Edges), slices.Clone(r.Documents)
	return world{&r}
}

func (w world) body(hash string) string {
	for _, d := range w.Documents {
		if d.Hash == hash {
			return d.Body
		}
	}
	return ""
}

// rewrite changes the document that a node has under one of its attributes.
func (w world) rewrite(ref drover.Ref, change func(statements []map[string]any) []map[string]any) {
	for i := range w.Nodes {
		n := &w.Nodes[i]
		for _, attr := range []string{"document", "trust_document"} {
			hash := n.Attrs.Str(attr)
			if n.Ref != ref || hash == "" {
				continue
			}
			var p map[string]any
			if json.Unmarshal([]byte(w.body(hash)), &p) != nil {
				continue
			}
			list := change(statements(p["Statement"]))
			p["Statement"] = list
			b, err := json.Marshal(p)
			if err != nil {
				panic(err)
			}
			d := drover.NewDocument("aws-iam", string(b))
			w.Documents = append(w.Documents, d)
			n.Attrs = n.Attrs.With(attr, d.Hash)
		}
	}
}

func statements(v any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []any:
		var out []map[string]any
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				out = append(out, m)
			}
		}
		return out
	}
	return nil
}

// withoutStatement deletes one statement of one document.
func (w world) withoutStatement(ref drover.Ref, index int) world {
	c := w.clone()
	c.rewrite(ref, func(list []map[string]any) []map[string]any {
		if index < len(list) {
			return slices.Delete(list, index, index+1)
		}
		return list
	})
	return c
}

// policiesOf are the policies that a principal has, of its groups too.
func (w world) policiesOf(who drover.Ref) (refs []drover.Ref) {
	holders := []drover.Ref{who}
	for _, e := range w.Edges {
		if e.Kind == drover.EdgeMemberOf && e.From == who {
			holders = append(holders, e.To)
		}
	}
	for _, e := range w.Edges {
		if e.Kind == drover.EdgeAttached && slices.Contains(holders, e.To) {
			refs = append(refs, e.From)
		}
	}
	return refs
}

func allows(s map[string]any, action string) bool {
	if s["Effect"] != "Allow" {
		return false
	}
	for _, a := range texts(s["Action"]) {
		if glob(strings.ToLower(a), strings.ToLower(action)) {
			return true
		}
	}
	return false
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, e.(string))
		}
		return out
	}
	return nil
}

// remove takes an action away from a principal: from every statement that has it.
// Of a wildcard that takes it in, the statement stays and the action is denied.
func (w world) remove(who drover.Ref, action string) world {
	c := w.clone()
	wild := false
	for _, ref := range c.policiesOf(who) {
		c.rewrite(ref, func(list []map[string]any) []map[string]any {
			var out []map[string]any
			for _, s := range list {
				if allows(s, action) {
					var left []any
					for _, a := range texts(s["Action"]) {
						switch {
						case strings.EqualFold(a, action):
						case glob(strings.ToLower(a), strings.ToLower(action)):
							wild = true
							left = append(left, a)
						default:
							left = append(left, a)
						}
					}
					if len(left) == 0 {
						continue
					}
					s["Action"] = left
				}
				out = append(out, s)
			}
			return out
		})
	}
	if wild {
		return c.deny(who, action)
	}
	return c
}

// deny gives a principal a policy that denies an action.
func (w world) deny(who drover.Ref, action string) world {
	c := w.clone()
	d := drover.NewDocument("aws-iam", `{"Version":"2012-10-17","Statement":[{"Sid":"Twin","Effect":"Deny","Action":"`+action+`","Resource":"*"}]}`)
	c.Documents = append(c.Documents, d)
	ref := drover.NewRef("aws", who.Tenant(), "iam.inline_policy", who.ID()+":twin")
	c.Nodes = append(c.Nodes, drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "aws.iam.inline_policy", Name: "twin", Attrs: drover.NewAttrs(map[string]any{"document": d.Hash})})
	c.Edges = append(c.Edges, drover.Edge{From: ref, To: who, Kind: drover.EdgeAttached})
	return c
}

// falsify adds a condition that is false to every statement that allows an action.
func (w world) falsify(who drover.Ref, action string, condition map[string]any) world {
	c := w.clone()
	for _, ref := range c.policiesOf(who) {
		c.rewrite(ref, func(list []map[string]any) []map[string]any {
			for _, s := range list {
				if !allows(s, action) {
					continue
				}
				cond := map[string]any{}
				if have, ok := s["Condition"].(map[string]any); ok {
					for k, v := range have {
						cond[k] = v
					}
				}
				for k, v := range condition {
					cond[k] = v
				}
				s["Condition"] = cond
			}
			return list
		})
	}
	return c
}

// falsehoods are conditions that nobody who asks can meet.
var falsehoods = []map[string]any{
	{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	{"DateGreaterThan": map[string]any{"aws:CurrentTime": "2099-01-01T00:00:00Z"}},
	{"StringEquals": map[string]any{"aws:PrincipalAccount": "000000000000"}},
	{"ArnLike": map[string]any{"aws:PrincipalArn": "arn:aws:iam::*:role/somebody-else"}},
}

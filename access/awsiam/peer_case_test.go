package awsiam_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A peerCase is one question as iam-simulate is asked it: everything that its
// public Simulation type has and that decides.
type peerCase struct {
	Request              peerRequest `json:"request"`
	SessionPolicy        *policyDoc  `json:"sessionPolicy,omitempty"`
	IdentityPolicies     []namedDoc  `json:"identityPolicies"`
	ServiceControl       []orgLevel  `json:"serviceControlPolicies"`
	ResourceControl      []orgLevel  `json:"resourceControlPolicies"`
	ResourcePolicy       *policyDoc  `json:"resourcePolicy,omitempty"`
	Boundary             []namedDoc  `json:"permissionBoundaryPolicies,omitempty"`
	EndpointPolicies     []namedDoc  `json:"vpcEndpointPolicies,omitempty"`
	AdditionalSettings   peerS3      `json:"additionalSettings"`
	kind                 string      // of the principal
	resourceType         string      // as the catalogue's pattern
	derivedManagedPolicy string      // the managed policy that the case is about, or ""
}

// peerS3 turns on what the peer drops otherwise: tags of buckets and objects.
type peerS3 struct {
	S3 struct {
		ABAC bool `json:"bucketAbacEnabled"`
	} `json:"s3"`
}

type peerRequest struct {
	Principal any              `json:"principal"` // an ARN, a service's name, or {"type":"Anonymous"}
	Action    string           `json:"action"`
	Resource  peerResource     `json:"resource"`
	Context   map[string]value `json:"contextVariables"`
}

type peerResource struct {
	ARN     string `json:"resource"`
	Account string `json:"accountId"`
}

type namedDoc struct {
	Name   string     `json:"name"`
	Policy *policyDoc `json:"policy"`
}

type orgLevel struct {
	ID       string     `json:"orgIdentifier"`
	Policies []namedDoc `json:"policies"`
}

// A policyDoc is a policy document.
type policyDoc struct {
	Version   string      `json:"Version,omitempty"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Sid          string                      `json:"Sid,omitempty"`
	Effect       string                      `json:"Effect"`
	Principal    any                         `json:"Principal,omitempty"`
	NotPrincipal any                         `json:"NotPrincipal,omitempty"`
	Action       value                       `json:"Action,omitempty"`
	NotAction    value                       `json:"NotAction,omitempty"`
	Resource     value                       `json:"Resource,omitempty"`
	NotResource  value                       `json:"NotResource,omitempty"`
	Condition    map[string]map[string]value `json:"Condition,omitempty"`
}

// A value is written as a string when it is one, as policies and contexts may,
// and as a list otherwise or when it says so with a leading list mark.
type value []string

const listMark = "\x00list"

func one(s string) value      { return value{s} }
func list(s ...string) value  { return append(value{listMark}, s...) }
func (v value) isList() bool  { return len(v) > 0 && v[0] == listMark }
func (v value) all() []string { return strip(v) }

func strip(v value) []string {
	if v.isList() {
		return v[1:]
	}
	return v
}

func (v value) MarshalJSON() ([]byte, error) {
	if len(v) == 1 && !v.isList() {
		return json.Marshal(v[0])
	}
	return json.Marshal(append([]string{}, strip(v)...))
}

func (v *value) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*v = value{one}
		return nil
	}
	var many []any
	if json.Unmarshal(b, &many) != nil {
		*v = value{string(b)} // a number or a truth value: AWS reads its text
		return nil
	}
	*v = list()
	for _, e := range many {
		*v = append(*v, fmt.Sprint(e))
	}
	return nil
}

// clone is a copy that shares nothing that a rule changes.
func (c *peerCase) clone() *peerCase {
	d := *c
	d.Request.Context = maps.Clone(c.Request.Context)
	d.SessionPolicy, d.ResourcePolicy = c.SessionPolicy.clone(), c.ResourcePolicy.clone()
	d.IdentityPolicies, d.Boundary, d.EndpointPolicies = cloneDocs(c.IdentityPolicies), cloneDocs(c.Boundary), cloneDocs(c.EndpointPolicies)
	d.ServiceControl, d.ResourceControl = cloneLevels(c.ServiceControl), cloneLevels(c.ResourceControl)
	return &d
}

func cloneLevels(levels []orgLevel) []orgLevel {
	levels = slices.Clone(levels)
	for i := range levels {
		levels[i].Policies = cloneDocs(levels[i].Policies)
	}
	return levels
}

func cloneDocs(docs []namedDoc) []namedDoc {
	docs = slices.Clone(docs)
	for i := range docs {
		docs[i].Policy = docs[i].Policy.clone()
	}
	return docs
}

func (p *policyDoc) clone() *policyDoc {
	if p == nil {
		return nil
	}
	d := *p
	d.Statement = slices.Clone(p.Statement)
	for i := range d.Statement {
		s := &d.Statement[i]
		s.Principal, s.NotPrincipal = clonePrincipals(s.Principal), clonePrincipals(s.NotPrincipal)
		s.Action, s.NotAction, s.Resource, s.NotResource = slices.Clone(s.Action), slices.Clone(s.NotAction), slices.Clone(s.Resource), slices.Clone(s.NotResource)
		conds := map[string]map[string]value{}
		for op, keys := range s.Condition {
			conds[op] = map[string]value{}
			for k, v := range keys {
				conds[op][k] = slices.Clone(v)
			}
		}
		s.Condition = conds
	}
	return &d
}

func clonePrincipals(p any) any {
	ids, is := p.(map[string]value)
	if !is {
		return p
	}
	out := map[string]value{}
	for k, v := range ids {
		out[k] = slices.Clone(v)
	}
	return out
}

// context is the value of a key in any case, and whether it is there.
func (c *peerCase) context(key string) (value, bool) {
	for k, v := range c.Request.Context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return nil, false
}

// A peerCatalogue is what the peer's data say of actions and context keys.
type peerCatalogue struct {
	Actions []peerAction      `json:"actions"`
	Global  []string          `json:"global"`
	Types   map[string]string `json:"types"` // of context keys
}

type peerAction struct {
	Action string   `json:"action"`
	Level  string   `json:"level"`
	Keys   []string `json:"keys"`
	Types  []struct {
		Key  string   `json:"key"`
		ARN  string   `json:"arn"`
		Keys []string `json:"keys"`
	} `json:"types"`
}

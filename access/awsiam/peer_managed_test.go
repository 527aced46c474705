package awsiam_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/internal/realtest"
)

// TestPeerManaged asks iam-simulate and us about every policy that AWS manages:
// requests that its own statements speak of, as a user and as a role, with
// conditions that hold, that do not, and whose keys are absent, and a few that it
// does not speak of.
func TestPeerManaged(t *testing.T) {
	policies := map[string][]byte{}
	for _, arn := range awsiam.ManagedPolicies() {
		body, ok := awsiam.ManagedPolicy(arn)
		if !ok {
			t.Fatalf("%s is listed and not there", arn)
		}
		policies[arn] = body
	}
	peerPolicies(t, "managed policies", policies)
}

// TestPeerRetired does the same with the managed policies that AWS has withdrawn,
// which some accounts still have.
func TestPeerRetired(t *testing.T) {
	f, err := os.Open(realtest.SharedData(t, "iam/reference/aws/managed_policies.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	policies := map[string][]byte{}
	for d := json.NewDecoder(z); ; {
		var p struct {
			ARN, Name string
			Document  json.RawMessage
		}
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if _, ok := awsiam.ManagedPolicy(p.ARN); !ok {
			policies[p.Name] = p.Document
		}
	}
	peerPolicies(t, "retired managed policies", policies)
}

func peerPolicies(t *testing.T, what string, policies map[string][]byte) {
	t.Helper()
	s := realtest.IAMSimulate(t)
	seed := peerSeed(t)
	g := newGenerator(seed, askCatalogue(t, s))
	d := &deriver{generator: g, actions: map[string]peerAction{}}
	for _, a := range g.actions {
		d.actions[strings.ToLower(a.Action)] = a
	}
	cmp := newComparison(t, s)
	silent := 0
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(policies)), 100) {
		var ask []*peerCase
		for _, name := range batch {
			list := d.cases(t, name, policies[name], scale(1, 20))
			if ask = append(ask, list...); len(list) == 0 {
				silent++
				t.Logf("%s speaks of no action that AWS still has", name)
			}
		}
		cmp.compare(ask)
	}
	cmp.report(fmt.Sprintf("%d %s, seed %d", len(policies), what, seed))
	if silent > len(policies)/20 {
		t.Errorf("%d policies without a request", silent)
	}
}

// A deriver makes requests from the statements of policies.
type deriver struct {
	*generator
	actions map[string]peerAction // by lower-case name
}

// cases are n requests about one policy.
func (d *deriver) cases(t *testing.T, arn string, body []byte, n int) (list []*peerCase) {
	t.Helper()
	doc, faults, err := awsiam.Parse(body)
	if err != nil {
		t.Fatalf("%s: %v", arn, err)
	}
	for _, f := range faults {
		t.Errorf("%s: fault in statement %d, %s: %s", arn, f.Statement, f.Field, f.Text)
	}
	policy := &policyDoc{}
	if err := json.Unmarshal(body, policy); err != nil {
		t.Fatalf("%s: %v", arn, err)
	}
	for try := 0; len(list) < n && try < 4*n+20; try++ {
		st := doc.Statements()[try%len(doc.Statements())]
		c := &peerCase{kind: "user", derivedManagedPolicy: arn}
		c.AdditionalSettings.S3.ABAC = true
		d.principal(c, accountA)
		for c.kind != "user" && c.kind != "assumed-role" {
			d.principal(c, accountA)
		}
		if !d.request(c, &st) {
			continue
		}
		c.IdentityPolicies = []namedDoc{{arn[strings.LastIndexByte(arn, '/')+1:], policy}}
		c.ServiceControl, c.ResourceControl = []orgLevel{}, []orgLevel{}
		if arn := c.Request.Resource.ARN; strings.HasPrefix(c.Request.Action, "sts:") && strings.Contains(arn, ":role/") || strings.HasPrefix(c.Request.Action, "kms:") && strings.Contains(arn, ":key/") {
			// A role and a key always have a policy of their own; these leave it to IAM.
			c.ResourcePolicy = &policyDoc{Version: "2012-10-17", Statement: []statement{{Effect: "Allow", Principal: map[string]value{"AWS": one(accountA)}, Action: one("*"), Resource: one("*")}}}
		}
		list = append(list, c)
	}
	return list
}

// request draws an action and a resource that a statement speaks of, or almost
// does, and a context that its conditions speak of.
func (d *deriver) request(c *peerCase, st *awsiam.Statement) bool {
	a, ok := d.action(st)
	if !ok {
		return false
	}
	c.Request.Action = a.Action
	c.Request.Resource = peerResource{"*", accountA}
	keys := slices.Clone(a.Keys)
	if len(a.Types) > 0 {
		typ := pick(d.generator, a.Types...)
		c.resourceType, keys = typ.ARN, append(keys, typ.Keys...)
		c.Request.Resource.ARN = d.concrete(typ.ARN, append(slices.Clone(st.Resources), st.NotResources...))
	}
	c.Request.Context["aws:ResourceAccount"] = one(accountA)
	d.context(c, st, keys)
	return true
}

func (d *deriver) action(st *awsiam.Statement) (peerAction, bool) {
	patterns := st.Actions
	if len(patterns) == 0 || d.chance(5) {
		return pick(d.generator, d.generator.actions...), true
	}
	pattern := pick(d.generator, patterns...)
	set := awsiam.Expand(pattern)
	names := set.Names()
	if len(names) == 0 {
		return peerAction{}, false // an action that the catalogue does not know, or no longer
	}
	a, ok := d.actions[strings.ToLower(pick(d.generator, names...))]
	return a, ok
}

// concrete writes an ARN of a type that one of the patterns holds, where one
// does; else any.
func (d *deriver) concrete(typ string, patterns []string) string {
	any := d.fill(typ, accountA)
	if len(patterns) == 0 || d.chance(15) {
		return any
	}
	p := pick(d.generator, patterns...)
	if strings.Contains(p, "${") || strings.Count(p, ":") < 5 {
		return any
	}
	have, want := strings.SplitN(any, ":", 6), strings.SplitN(p, ":", 6)
	for i := range want {
		if want[i] == "*" || want[i] == "" && i < 5 {
			continue
		}
		if i < 5 {
			have[i] = strings.NewReplacer("*", "", "?", "").Replace(want[i])
			continue
		}
		have[i] = strings.NewReplacer("*", pick(d.generator, "", "x", "a/b"), "?", "y").Replace(want[i])
	}
	return strings.Join(have, ":")
}

// context gives the keys of the statement's conditions the values that are asked
// for, others, or none. Keys that the action does not have stay absent, as the
// peer drops them.
func (d *deriver) context(c *peerCase, st *awsiam.Statement, keys []string) {
	allowed := map[string]bool{}
	for _, k := range append(keys, d.global...) {
		allowed[family(k)] = true
	}
	for _, cond := range conditionsOf(st) {
		if !allowed[family(cond.key)] || principalKeys.MatchString(cond.key) || d.chance(20) {
			continue
		}
		typ := d.types[strings.ToLower(cond.key)]
		if typ == "" {
			typ = d.familyType(cond.key)
		}
		if typ == "" {
			continue
		}
		v := d.valueOf(cond.key, typ)
		if len(cond.values) > 0 && cond.op != "Null" && d.chance(75) {
			v = strings.NewReplacer("*", "x", "?", "y", "${", "", "}", "").Replace(pick(d.generator, cond.values...))
		}
		if strings.HasPrefix(typ, "ArrayOf") {
			c.Request.Context[cond.key] = list(v)
			continue
		}
		c.Request.Context[cond.key] = one(v)
	}
}

type oneCondition struct {
	op, key string
	values  []string
}

func conditionsOf(st *awsiam.Statement) (list []oneCondition) {
	b, err := json.Marshal(st.Condition)
	if err != nil {
		return nil
	}
	var all map[string]map[string]any
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	for _, op := range slices.Sorted(maps.Keys(all)) {
		for _, key := range slices.Sorted(maps.Keys(all[op])) {
			c := oneCondition{op: op, key: key}
			switch v := all[op][key].(type) {
			case []any:
				for _, e := range v {
					c.values = append(c.values, fmt.Sprint(e))
				}
			default:
				c.values = []string{fmt.Sprint(v)}
			}
			list = append(list, c)
		}
	}
	return list
}

// family is the part of a key before the name of a tag.
func family(key string) string {
	head, _, _ := strings.Cut(strings.ToLower(key), "/")
	return head
}

func (d *deriver) familyType(key string) string {
	for k, t := range d.types {
		if family(k) == family(key) && strings.Contains(k, "/") {
			return t
		}
	}
	return ""
}

package awsiam

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/realtest"
)

// vectorDir holds the evaluation vectors of an independent evaluator,
// cloud-copilot/iam-simulate. They are AGPL-3.0: read where they lie, never
// copied.
const vectorDir = "iam/evaluation/iam-simulate"

// differences are the vectors that we answer differently, and why: the key is
// the end of the vector's name or the whole.
var differences = map[string]string{
	"Permission boundary implicit deny resource policy allows session, from session":                        refusedPrincipal,
	"Permission boundary implicit deny resource policy allows user":                                         refusedPrincipal,
	"Implicit deny in session policy denies even if session ARN in resource policy":                         "AWS: permissions that a resource policy grants to a role session's ARN are not limited by an implicit deny in the session policy (IAM User Guide, Policies and permissions: Session policies)",
	"Cross-account Allow Resource wildcard intersection: AWSLogs prefix overlaps bucket wildcard":           patternRequest,
	"Cross-account Allow Resource wildcard intersection: nested AWSLogs prefix overlaps bucket wildcard":    patternRequest,
	"Cross-account Allow Resource wildcard intersection: object extension pattern overlaps bucket wildcard": patternRequest,
	"Cross-account Allow Resource wildcard intersection: generated prefix overlaps bucket wildcard":         patternRequest,
	"Allow/Resource: specific resource matches request wildcard '*'":                                        patternRequest,
	"Allow/Resource: wildcard resource matches request wildcard '*'":                                        patternRequest,
	"EC2 specific resource matches request wildcard '*'":                                                    patternRequest,
	"Multiple resources with one matching request wildcard '*'":                                             patternRequest,
	"Cross-service policies with request wildcard '*'":                                                      patternRequest,
	"Allowed when SCP has ignored Deny Condition":                                                           "aws:username follows from the principal's ARN: it is known here, unknown there",
}

const (
	refusedPrincipal = "the Principal element is a string other than \"*\", which the grammar does not have and AWS refuses: it allows nothing"
	patternRequest   = "the request asks about a pattern of resources, which is no request of AWS; we answer for one resource (Grants is for patterns)"
)

type vectorLevel struct{ Policies []json.RawMessage }

type constraint struct {
	KeyName                       string
	PresenceIsKnown, ValueIsKnown bool
}

type vector struct {
	Name    string
	Request struct {
		Action    string
		Resource  struct{ Resource, AccountID string }
		Principal json.RawMessage
		Context   map[string]any
	}
	IdentityPolicies        []json.RawMessage
	ServiceControlPolicies  []vectorLevel
	ResourceControlPolicies []vectorLevel
	PermissionBoundaries    []json.RawMessage
	EndpointPolicies        []json.RawMessage
	ResourcePolicy          json.RawMessage
	ResourcePolicies        []json.RawMessage
	SessionPolicy           json.RawMessage
	Simulation              *struct {
		Mode                           string
		DiscoveryContextKeyConstraints []constraint
	}
	Expected struct {
		Response                      string
		Conditions, IgnoredConditions json.RawMessage
	}
}

// TestEvaluationVectors compares with what each vector expects. Its discovery
// mode ignores conditions on unknown keys: what it allows while ignoring
// conditions is conditional here.
func TestEvaluationVectors(t *testing.T) {
	n, explained, used := 0, 0, map[string]bool{}
	eachVector(t, "coreEngineTests", func(v *vector) {
		n++
		p, r := v.build(t)
		got := Evaluate(p, r).Verdict
		if fast := Compile(p).Decide(r); fast != got {
			t.Errorf("%s: Decide %s, Explain %s", v.Name, fast, got)
		}
		want := access.Deny
		if v.Expected.Response == "Allowed" {
			want = access.Allow
			switch e := &v.Expected; {
			case len(e.Conditions) > len("null"):
				want = access.Conditional
			case len(e.IgnoredConditions) > len("null") && got == access.Conditional: // it does not say whether they matter
				want = access.Conditional
			}
		}
		if got == want {
			return
		}
		if why, ok := differences[v.Name]; ok {
			explained++
			used[v.Name] = true
			t.Logf("%s: got %s, want %s: %s", v.Name, got, want, why)
			return
		}
		t.Errorf("%s: got %s, want %s; %v", v.Name, got, want, Evaluate(p, r).Proof)
	})
	for name := range differences {
		if !used[name] {
			t.Errorf("%s: is explained and does not differ", name)
		}
	}
	if n < 100 {
		t.Errorf("only %d vectors", n)
	}
	t.Logf("%d vectors, %d differ and are explained", n, explained)
}

func eachVector[V any](t *testing.T, dir string, fn func(*V)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(realtest.SharedData(t, vectorDir), dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var list []V
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		for i := range list {
			fn(&list[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func vectorDoc(t *testing.T, raw json.RawMessage) Attached {
	t.Helper()
	d, _, err := Parse(raw)
	if err != nil {
		t.Errorf("%v in %s", err, raw)
	}
	return Attached{Doc: d, Name: "p"}
}

func vectorDocs(t *testing.T, list []json.RawMessage) []Attached {
	t.Helper()
	out := []Attached{}
	for _, raw := range list {
		out = append(out, vectorDoc(t, raw))
	}
	return out
}

func (v *vector) build(t *testing.T) (*Policies, *Request) {
	p := &Policies{Identity: vectorDocs(t, v.IdentityPolicies)}
	for _, l := range v.ServiceControlPolicies {
		p.SCPs = append(p.SCPs, vectorDocs(t, l.Policies))
	}
	r := &Request{Action: v.Request.Action, Resource: v.Request.Resource.Resource, ResourceAccount: v.Request.Resource.AccountID}
	for _, l := range v.ResourceControlPolicies {
		r.RCPs = append(r.RCPs, vectorDocs(t, l.Policies))
	}
	for _, b := range vectorDocs(t, v.PermissionBoundaries) {
		p.Boundary = &b
	}
	if len(v.SessionPolicy) > 0 {
		p.Session = []Attached{vectorDoc(t, v.SessionPolicy)}
	}
	r.EndpointPolicies = vectorDocs(t, v.EndpointPolicies)
	if len(v.ResourcePolicy) > 0 {
		b := vectorDoc(t, v.ResourcePolicy)
		r.ResourcePolicy = &b
	}
	var arn string
	if json.Unmarshal(v.Request.Principal, &arn) == nil {
		r.Principal.ARN = arn
	}
	var constraints []constraint
	if v.Simulation != nil && v.Simulation.Mode == "Discovery" {
		constraints = append([]constraint{}, v.Simulation.DiscoveryContextKeyConstraints...)
	}
	vectorContext(&r.Context, v.Request.Context, constraints, append(v.IdentityPolicies, v.ResourcePolicy))
	return p, r
}

// vectorContext fills a context: nil constraints say that everything is known;
// otherwise only the keys are that a constraint names.
func vectorContext(c *Context, vals map[string]any, constraints []constraint, docs []json.RawMessage) {
	c.Complete = constraints == nil
	for k, x := range vals {
		if constraints != nil {
			m, ok := constrained(constraints, k)
			if !ok || !m.PresenceIsKnown {
				continue
			}
			if !m.ValueIsKnown {
				c.Present(k)
				continue
			}
		}
		switch x := x.(type) {
		case string:
			c.Known(k, x)
		case []any:
			var list []string
			for _, e := range x {
				list = append(list, e.(string))
			}
			c.Known(k, list...)
		}
	}
	for _, doc := range docs { // keys that are known to be absent
		for _, m := range regexp.MustCompile(`"(\w+:[\w/-]+)"\s*:`).FindAllStringSubmatch(string(doc), -1) {
			con, ok := constrained(constraints, m[1])
			if _, given := c.get(strings.ToLower(m[1])); ok && con.PresenceIsKnown && given == unknown {
				c.Absent(m[1])
			}
		}
	}
}

func constrained(list []constraint, key string) (constraint, bool) {
	for _, c := range list {
		if pattern, ok := strings.CutPrefix(c.KeyName, "/"); ok {
			if regexp.MustCompile("(?i)^" + strings.TrimSuffix(pattern, "/") + "$").MatchString(key) {
				return c, true
			}
		} else if strings.EqualFold(c.KeyName, key) {
			return c, true
		}
	}
	return constraint{}, false
}

type namedDoc struct {
	Name   string
	Policy json.RawMessage
}

type simulation struct {
	Name       string
	Simulation struct {
		IdentityPolicies        []namedDoc
		ServiceControlPolicies  []struct{ Policies []namedDoc }
		ResourceControlPolicies []struct{ Policies []namedDoc }
		ResourcePolicy          json.RawMessage
		Request                 struct {
			Action, Principal string
			Resource          struct{ Resource, AccountID string }
			ContextVariables  map[string]any
		}
	}
	SimulationOptions struct {
		SimulationMode                 string
		DiscoveryContextKeyConstraints []constraint
	}
	Expected struct {
		OverallResult, ResultType string
		Results                   []struct {
			ResourcePattern, Result string
			Conditions              json.RawMessage
		}
	}
}

// TestSimulationVectors asks for each resource pattern that a vector lists about
// one resource in it.
func TestSimulationVectors(t *testing.T) {
	n, asked := 0, 0
	eachVector(t, "simulationEngineIntegrationTests", func(v *simulation) {
		n++
		s := &v.Simulation
		var core vector
		core.Request.Action, core.Request.Resource = s.Request.Action, s.Request.Resource
		core.Request.Principal, _ = json.Marshal(s.Request.Principal)
		core.Request.Context = s.Request.ContextVariables
		for _, d := range s.IdentityPolicies {
			core.IdentityPolicies = append(core.IdentityPolicies, d.Policy)
		}
		for _, l := range s.ServiceControlPolicies {
			var level vectorLevel
			for _, d := range l.Policies {
				level.Policies = append(level.Policies, d.Policy)
			}
			core.ServiceControlPolicies = append(core.ServiceControlPolicies, level)
		}
		for _, l := range s.ResourceControlPolicies {
			var level vectorLevel
			for _, d := range l.Policies {
				level.Policies = append(level.Policies, d.Policy)
			}
			core.ResourceControlPolicies = append(core.ResourceControlPolicies, level)
		}
		if string(s.ResourcePolicy) != "null" {
			core.ResourcePolicy = s.ResourcePolicy
		}
		ask := func(resource, result string, conditional bool) {
			p, r := core.build(t)
			if v.SimulationOptions.SimulationMode == "Discovery" {
				r.Context = Context{}
				vectorContext(&r.Context, s.Request.ContextVariables, append([]constraint{}, v.SimulationOptions.DiscoveryContextKeyConstraints...), core.IdentityPolicies)
			}
			r.Resource = resource
			want := access.Deny
			if result == "Allowed" {
				want = access.Allow
				if conditional {
					want = access.Conditional
				}
			}
			asked++
			if got := Evaluate(p, r); got.Verdict != want {
				t.Errorf("%s: %s: got %s, want %s; %v", v.Name, resource, got.Verdict, want, got.Proof)
			}
		}
		for _, e := range v.Expected.Results {
			if e.ResourcePattern != "" {
				ask(instance(e.ResourcePattern), e.Result, len(e.Conditions) > 4)
			} else {
				ask(s.Request.Resource.Resource, v.Expected.OverallResult, len(e.Conditions) > 4)
			}
		}
		if v.Expected.ResultType == "single" && len(v.Expected.Results) == 0 {
			ask(s.Request.Resource.Resource, v.Expected.OverallResult, false)
		}
	})
	if n > 0 && asked < 10 {
		t.Errorf("only %d questions of %d vectors", asked, n)
	}
	t.Logf("%d vectors, %d questions", n, asked)
}

// instance is one resource in a pattern; a pattern of fewer than six segments
// has any text in those that it lacks.
func instance(pattern string) string {
	for strings.Count(pattern, ":") < 5 {
		pattern += ":*"
	}
	return strings.NewReplacer("*", "x1", "?", "x").Replace(pattern)
}

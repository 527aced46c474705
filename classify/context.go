package classify

import (
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// tagKeys are the keys, in lower case without separators, under which people
// tag each property. The first key of a list that is present wins.
var tagKeys = map[string][]string{
	"env":           {"env", "environment", "stage", "deploymentenvironment", "lifecycleenv", "envname"},
	"function":      {"function", "component", "appkubernetesio/component", "service", "app", "application", "appkubernetesio/name"},
	"purpose":       {"purpose", "usage", "usecase"},
	"location":      {"region", "location", "topologykubernetesio/region"},
	"instance":      {"instance", "appkubernetesio/instance"},
	"data_class":    {"dataclass", "dataclassification", "classification", "sensitivity", "confidentiality", "datasensitivity"},
	"criticality":   {"criticality", "businesscriticality", "severity", "priority", "importance"},
	"regulation":    {"regulation", "compliance", "regulatory", "compliancescope", "framework"},
	"business_unit": {"businessunit", "bu", "department", "division", "costcenter", "costcentre", "orgunit", "lineofbusiness"},
	"tier":          {"tier", "securitytier", "assettier", "admintier"},
}

// tagProperty is tagKeys turned around.
func tagProperty() map[string]string {
	m := map[string]string{}
	for prop, keys := range tagKeys {
		for _, k := range keys {
			m[k] = prop
		}
	}
	return m
}

// tagged holds the best tag found for each property.
type tagged struct {
	v    [10]string
	rank [10]int
}

var properties = [10]string{"env", "function", "purpose", "location", "instance", "data_class", "criticality", "regulation", "business_unit", "tier"}

func (g *tagged) get(prop string) string { return g.v[slices.Index(properties[:], prop)] }

// tags collects the explicit tags of the input and of the attributes.
func (c *Classifier) tags(in *Input, x *fields) tagged {
	var g tagged
	for _, l := range in.Tags {
		c.tag(&g, l.Key, l.Value)
	}
	if x.n == 0 {
		return g
	}
	for _, a := range [...]string{"tags", "Tags", "labels", "metadata.labels", "userLabels", "freeformTags"} {
		v := x.get(a)
		if len(v) < 5 {
			continue
		}
		v = v[:min(len(v), 1<<16)]
		if v[0] == '{' {
			object(v, func(k, val []byte) bool { c.tag(&g, string(k), scalar(val)); return true })
		} else {
			c.tagList(&g, v)
		}
	}
	return g
}

// tagList reads [{"Key":…,"Value":…}] and ["env:prod"].
func (c *Classifier) tagList(g *tagged, v []byte) {
	for i := 1; i < len(v); {
		i = space(v, i)
		end := skipValue(v, i)
		if end <= i {
			return
		}
		item := v[i:end]
		switch {
		case item[0] == '{':
			k, val := member(item, "Key"), member(item, "Value")
			if k == nil {
				k, val = member(item, "key"), member(item, "value")
			}
			c.tag(g, scalar(k), scalar(val))
		case item[0] == '"':
			if k, val, ok := strings.Cut(scalar(item), ":"); ok {
				c.tag(g, k, val)
			}
		}
		if i = space(v, end); i >= len(v) || v[i] != ',' {
			return
		}
		i++
	}
}

func (c *Classifier) tag(g *tagged, key, value string) {
	if value == "" || len(key) > 64 || len(value) > 256 {
		return
	}
	k := squeeze(key)
	prop, ok := c.byTag[k]
	if !ok {
		return
	}
	i := slices.Index(properties[:], prop)
	if r := slices.Index(tagKeys[prop], k); g.v[i] == "" || r < g.rank[i] {
		g.v[i], g.rank[i] = value, r
	}
}

func find(ls []Label, key string) *Label {
	for i := range ls {
		if ls[i].Key == key {
			return &ls[i]
		}
	}
	return nil
}

func by(l *Label) string {
	if l.By == "" {
		return "a user"
	}
	return l.By
}

// pick gives the user's word, else the tag.
func pick(in *Input, g *tagged, key string, norm func(string) string) (Value[string], bool) {
	if l := find(in.User, key); l != nil {
		return Value[string]{Value: l.Value, Source: SourceUser, Grade: drover.GradeDeclared, Reason: "said by " + bound(by(l))}, true
	}
	if v := g.get(key); v != "" {
		if norm != nil {
			v = norm(v)
		}
		if v != "" {
			return Value[string]{Value: v, Source: SourceTag, Grade: drover.GradeProven, Reason: "an explicit tag"}, true
		}
	}
	return Value[string]{}, false
}

func (c *Classifier) normEnv(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if w, ok := c.vocab.envs[s]; ok {
		return w.canon
	}
	switch squeeze(s) {
	case "preprod", "preproduction":
		return "staging"
	case "nonproduction":
		return "nonprod"
	}
	return s
}

// context fills everything that is neither verdict, type nor lifecycle.
func (c *Classifier) context(in *Input, x *fields, r *Result, rules []compiledRule) {
	g := c.tags(in, x)
	p := &r.Name
	if in.Kind == drover.KindHuman {
		p = &NameParts{} // Dev Patel is of no environment
	}
	var ok bool
	if r.Env, ok = pick(in, &g, "env", c.normEnv); !ok {
		r.Env = c.env(in, p)
	}
	if r.Function, ok = pick(in, &g, "function", nil); !ok && tellsFunction(in) {
		r.Function = fromName(p.Function)
	}
	if r.Location, ok = pick(in, &g, "location", nil); !ok {
		r.Location = fromName(p.Location)
		r.Zone = p.Zone.Value
	}
	if r.Instance, ok = pick(in, &g, "instance", nil); !ok {
		r.Instance = fromName(p.Instance)
	}
	if r.Purpose, ok = pick(in, &g, "purpose", nil); !ok {
		if v := c.purpose(r.Function.Value); v != "" {
			r.Purpose = Value[string]{Value: v, Source: r.Function.Source, Grade: drover.GradeInferred, Reason: "its function"}
		} else if v := c.vocab.purposes[p.Type.Value]; v != "" {
			r.Purpose = Value[string]{Value: v, Source: SourceName, Grade: drover.GradeInferred, Reason: "its type"}
		}
	}
	if r.DataClass, ok = pick(in, &g, "data_class", normDataClass); !ok {
		r.DataClass = dataClass(r)
	}
	r.Tier = c.tier(in, x, &g, rules)
	if r.Criticality, ok = pick(in, &g, "criticality", normCriticality); !ok {
		r.Criticality = criticality(r)
	}
	r.Regulation = regulation(in, &g, p)
	if r.BusinessUnit, ok = pick(in, &g, "business_unit", nil); !ok {
		r.BusinessUnit = c.unit(in, p)
	}
}

// tellsFunction reports whether the name of a thing may say what it is for: that of
// an identity or a workload, which somebody chose for that. A credential's name is
// an id, that of a resource what it is, such as the address of a repository; and
// what is known by one name only, an account at some host, bears an address.
func tellsFunction(in *Input) bool {
	switch in.Kind {
	case drover.KindIdentity, drover.KindWorkload, "":
	default:
		return false
	}
	switch in.Type {
	case "login.account", "mail.address", "oidc.subject", "spiffe.id", "aws.principal":
		return false
	}
	return !strings.HasPrefix(in.Type, "unseen.")
}

func fromName(p Part) Value[string] {
	switch {
	case p.Value != "":
		return Value[string]{Value: p.Value, Source: SourceName, Grade: drover.GradeInferred, Reason: "its name", Alternatives: p.Alternatives}
	case len(p.Alternatives) > 0:
		return Value[string]{Grade: drover.GradeUnknown, Reason: "its name can be read in several ways", Alternatives: p.Alternatives}
	}
	return Value[string]{}
}

// env asks the surroundings first: what lies in a production account is
// production, whatever its name says.
func (c *Classifier) env(in *Input, p *NameParts) Value[string] {
	for _, name := range in.Containers {
		if q := c.envOf(name); q.Value != "" && q.Confidence >= 0.9 {
			v := Value[string]{Value: q.Value, Source: SourceStructure, Grade: drover.GradeInferred, Reason: "it lies in " + bound(name)}
			if p.Env.Value != "" && p.Env.Value != v.Value {
				v.Alternatives = []string{p.Env.Value}
			}
			return v
		}
	}
	return fromName(p.Env)
}

// envOf reads only the environment of a name; it runs once per container of each
// identity, so it leaves the rest of the name alone.
func (c *Classifier) envOf(name string) Part {
	if len(name) > MaxName {
		return Part{}
	}
	var p NameParts
	t := tokenizer{v: c.vocab, name: name}
	from, to := core(name, &p)
	t.split(from, to)
	t.environment(&p)
	return p.Env
}

func normDataClass(s string) string {
	switch squeeze(s) {
	case "public", "open", "c0":
		return "public"
	case "internal", "c1", "internaluse", "internaluseonly", "low":
		return "internal"
	case "confidential", "private", "sensitive", "c2", "medium":
		return "confidential"
	case "restricted", "secret", "topsecret", "pii", "phi", "pci", "cardholder", "c3", "high", "strictlyconfidential", "highlyconfidential", "personal":
		return "restricted"
	}
	return strings.ToLower(bound(s))
}

// dataClass guesses from the purpose: weak, and never "public".
func dataClass(r *Result) Value[string] {
	switch r.Purpose.Value {
	case "payment", "hr":
		return Value[string]{Value: "restricted", Source: r.Purpose.Source, Grade: drover.GradeInferred, Reason: "its purpose is " + r.Purpose.Value}
	case "finance", "authentication":
		return Value[string]{Value: "confidential", Source: r.Purpose.Source, Grade: drover.GradeInferred, Reason: "its purpose is " + r.Purpose.Value}
	}
	return Value[string]{}
}

func normCriticality(s string) string {
	switch squeeze(s) {
	case "critical", "missioncritical", "p0", "0", "tier0", "veryhigh":
		return "critical"
	case "high", "businesscritical", "p1", "1", "tier1":
		return "high"
	case "medium", "moderate", "normal", "p2", "2", "tier2":
		return "medium"
	case "low", "minor", "none", "p3", "p4", "3", "4", "tier3":
		return "low"
	}
	return ""
}

func criticality(r *Result) Value[string] {
	if r.Tier.Known() && r.Tier.Value == 0 {
		return Value[string]{Value: "critical", Source: r.Tier.Source, Grade: drover.GradeInferred, Reason: "it is of tier 0"}
	}
	switch r.Env.Value {
	case "dev", "test", "sandbox", "lab", "poc", "demo":
		return Value[string]{Value: "low", Source: r.Env.Source, Grade: drover.GradeInferred, Reason: "its environment is " + r.Env.Value}
	case "prod":
		switch r.Purpose.Value {
		case "payment", "authentication", "certificates", "dns":
			return Value[string]{Value: "high", Source: SourceName, Grade: drover.GradeInferred, Reason: "its purpose is " + r.Purpose.Value + " in production"}
		}
	}
	return Value[string]{}
}

// tier is 0 for what holds everything, by the user's word, a tag, the structure
// table or membership of an administrators' group.
func (c *Classifier) tier(in *Input, x *fields, g *tagged, rules []compiledRule) Value[int] {
	if l := find(in.User, "tier"); l != nil {
		if n, err := strconv.Atoi(l.Value); err == nil {
			return Value[int]{Value: n, Source: SourceUser, Grade: drover.GradeDeclared, Reason: "said by " + bound(by(l))}
		}
	}
	if v := strings.TrimPrefix(squeeze(g.get("tier")), "tier"); v != "" && len(v) == 1 {
		if n, err := strconv.Atoi(v); err == nil {
			return Value[int]{Value: n, Source: SourceTag, Grade: drover.GradeProven, Reason: "an explicit tag"}
		}
	}
	for i := range rules {
		if r := &rules[i]; r.tier0 != "" && r.holds(in, x) {
			return Value[int]{Source: SourceStructure, Grade: drover.GradeProven, Reason: r.tier0}
		}
	}
	for _, m := range in.Rel.MemberOf {
		if len(m) < 64 && tier0Groups[strings.ToLower(m)] {
			return Value[int]{Source: SourceStructure, Grade: drover.GradeProven, Reason: "it is a member of " + m}
		}
	}
	return Value[int]{}
}

// regulations are the words by which tags and names speak of a regulation.
var regulations = [...][2]string{{"pci", "PCI"}, {"pcidss", "PCI"}, {"hipaa", "HIPAA"}, {"phi", "HIPAA"}, {"sox", "SOX"}, {"gdpr", "GDPR"}, {"dsgvo", "GDPR"}}

func regulation(in *Input, g *tagged, p *NameParts) Value[[]string] {
	var out []string
	for i := range in.User {
		if in.User[i].Key == "regulation" {
			out = append(out, in.User[i].Value)
		}
	}
	if out != nil {
		return Value[[]string]{Value: out, Source: SourceUser, Grade: drover.GradeDeclared, Reason: "said by a user or policy"}
	}
	if out = regulationsIn(g.get("regulation")); out != nil {
		return Value[[]string]{Value: out, Source: SourceTag, Grade: drover.GradeProven, Reason: "an explicit tag"}
	}
	if out = regulationsIn(p.Function.Value); out != nil {
		return Value[[]string]{Value: out, Source: SourceName, Grade: drover.GradeInferred, Reason: "its name"}
	}
	return Value[[]string]{}
}

func regulationsIn(s string) (out []string) {
	if s == "" {
		return nil
	}
	for f := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		for _, r := range regulations {
			if len(f) == len(r[0]) && f == r[0] && !slices.Contains(out, r[1]) {
				out = append(out, r[1])
			}
		}
	}
	return out
}

func (c *Classifier) unit(in *Input, p *NameParts) Value[string] {
	if in.Rel.Department != "" {
		return Value[string]{Value: in.Rel.Department, Source: SourceStructure, Grade: drover.GradeInferred, Reason: "its owner's business unit"}
	}
	if len(c.vocab.units) > 0 {
		for f := range strings.SplitSeq(p.Function.Value, "-") {
			if u := c.vocab.units[f]; u != "" {
				return Value[string]{Value: u, Source: SourceName, Grade: drover.GradeInferred, Reason: "its name"}
			}
		}
	}
	return Value[string]{}
}

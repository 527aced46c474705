package custom

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// A Field is one word of the vocabulary: a variable of an expression, and a field
// of each node in it.
type Field struct {
	Name   string
	Type   string // text, texts, number, time, duration, flag, nodes, attributes
	Help   string
	Values []string // a closed list of words; nil: any
	Source string   // the field that an expression's evidence is cited under; "": the node's sources
	// Reserved says that the language keeps the word for itself, so that it is only
	// a field: node.function.
	Reserved bool
}

// Fields are the vocabulary, in the order in which the reference lists it. What is
// not known of a node has the value unknown.
var Fields = []Field{
	{Name: "ref", Type: "text", Help: "the whole ref"},
	{Name: "name", Type: "text", Help: "name, as the vendor shows it"},
	{Name: "alias", Type: "texts", Help: "global names: ARN, key id, fingerprint, mail address"},
	{Name: "kind", Type: "text", Help: "what it is", Values: words(drover.Kinds)},
	{Name: "type", Type: "text", Help: "vendor type such as postgres.role"},
	{Name: "system", Type: "text", Help: "first segment of the ref: aws, postgres, machine"},
	{Name: "source", Type: "texts", Help: "ids of the sources that assert it"},
	{Name: "nhi_type", Type: "text", Help: "what sort of non-human identity it is", Values: words(drover.NHITypes)},
	{Name: "verdict", Type: "text", Help: "non-human, human, or both", Values: []string{"nhi", "human", "shared"}},
	{Name: "lifecycle", Type: "text", Help: "where it stands", Values: known(words(drover.Lifecycles))},
	{Name: "status", Type: "text", Help: "of a credential", Values: []string{"active", "expired", "disabled"}},
	{Name: "env", Type: "text", Help: "environment in its short form: " + strings.Join(classify.Envs(), ", ") + ", or a word of the house; of a credential that of what it proves, where all agree"},
	{Name: "purpose", Type: "text", Help: "what it is for"},
	{Name: "function", Type: "text", Help: "the function in its name", Reserved: true},
	{Name: "location", Type: "text", Help: "region, zone or site"},
	{Name: "instance", Type: "text", Help: "instance in its name"},
	{Name: "data_class", Type: "text", Help: "class of its data", Values: []string{"public", "internal", "confidential", "restricted"}},
	{Name: "criticality", Type: "text", Help: "how much hangs on it", Values: []string{"low", "medium", "high", "critical"}},
	{Name: "regulation", Type: "texts", Help: "PCI, HIPAA, SOX, GDPR"},
	{Name: "business_unit", Type: "text", Help: "from HR input or policy"},
	{Name: "tier", Type: "number", Help: "0: if it falls, everything falls"},
	{Name: "tag", Type: "texts", Help: "tags set with drover tag, as key=value"},
	{Name: "owner", Type: "text", Help: `name of the owner; "" where nobody answers for it`},
	{Name: "created", Type: "time", Help: "when it was made"},
	{Name: "age", Type: "duration", Help: "time since it was made"},
	{Name: "rotated", Type: "time", Help: "when its secret was last changed"},
	{Name: "secret_age", Type: "duration", Help: "of a credential: time since its secret was changed, or else since it was made"},
	{Name: "expires", Type: "time", Help: "when it ends"},
	{Name: "expires_in", Type: "duration", Help: "time left; below zero when it has ended"},
	{Name: "last_used", Type: "time", Help: "when it was last seen used"},
	{Name: "unused_for", Type: "duration", Help: "time since it was last seen used, or the window in which a source that would have seen use saw none"},
	{Name: "used", Type: "flag", Help: "whether use was seen; false only where a source that would have seen it says so"},
	{Name: "monitored", Type: "flag", Help: "whether a source that sees use covers it"},
	{Name: "first_seen", Type: "time", Help: "when Drover first knew it"},
	{Name: "off", Type: "flag", Help: "disabled, expired, quarantined or retired in its system"},
	{Name: "break_glass", Type: "flag", Help: "kept for emergencies, as a tag, the policy or its name with a second sign of it says"},
	{Name: "reach", Type: "number", Help: "how many things fall with it, by explicit edges"},
	{Name: "tier0_reach", Type: "number", Help: "how many of tier 0 fall with it"},
	{Name: "dependents", Type: "number", Help: "how many things may break when it stops"},
	{Name: "risk", Type: "number", Help: "0 to 100, findings not counted"},
	{Name: "exposure", Type: "text", Help: "of a place: who reads it", Values: []string{"public", "internal"}},
	{Name: "left", Type: "flag", Help: "of a person: has left"},
	{Name: "credentials", Type: "nodes", Help: "what proves an identity"},
	{Name: "identities", Type: "nodes", Help: "what a credential proves, a workload runs as, or a policy is given to"},
	{Name: "places", Type: "nodes", Help: "where a credential lies; of an identity: where its credentials lie"},
	{Name: "owners", Type: "nodes", Help: "people and groups that own it"},
	{Name: "workloads", Type: "nodes", Help: "what runs as an identity"},
	{Name: "groups", Type: "nodes", Help: "what it is a member of"},
	{Name: "policies", Type: "nodes", Help: "what is attached to it"},
	{Name: "attrs", Type: "attributes", Help: "the vendor's own fields: attrs.rolsuper, attrs[\"Tags\"].team; one that the source did not deliver is unknown, and has(attrs.x) asks for that"},
}

// Functions are what an expression may call beside CEL's own.
var Functions = []struct{ Form, Help string }{
	{`reaches("tier0")`, "whether anything of tier 0 falls with it; also a tag (`tag:pci`), a filter (`type=aws.s3.bucket env=prod`) or the name of one thing"},
	{`reaches("tier0", "write")`, "the same, at this level or a stronger one: list, read, write, delete, admin and the other levels of `drover resources`"},
	{`can("s3:GetObject", "arn:aws:s3:::finance/*")`, "whether it may do that, by its own rights or on the way there; an action of \"\" is any"},
	{`known(x)`, "whether x is known"},
	{`duration("90d")`, "a span; also hours, weeks and years: 12h, 2w, 1y"},
	{`now`, "the moment of the run"},
	{`node`, "the node that is asked about; `node.name` and `name` are the same"},
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// known leaves out the word unknown, which is no value here: see known(x).
func known(list []string) (out []string) {
	for _, w := range list {
		if w != "unknown" {
			out = append(out, w)
		}
	}
	return out
}

// nodeType is the type of a node in expressions.
var nodeType = types.NewObjectType("drover.Node")

var typeOf = map[string]*cel.Type{
	"text": cel.StringType, "texts": cel.ListType(cel.StringType), "number": cel.IntType, "time": cel.TimestampType, "duration": cel.DurationType,
	"flag": cel.BoolType, "nodes": cel.ListType(nodeType), "attributes": cel.DynType,
}

// lookup returns a field of the vocabulary.
func lookup(name string) (Field, bool) {
	f, ok := byName[name]
	return f, ok
}

var byName = func() map[string]Field {
	m := map[string]Field{}
	for _, f := range Fields {
		m[f.Name] = f
	}
	return m
}()

// AssertionForms are the predicates of assertions.
var AssertionForms = []struct{ Form, Help string }{
	{"reaches TARGET[:LEVEL]", "it gets to the target: tier0, a tag, a filter, the name of one thing; at the level or a stronger one"},
	{"can ACTION on RESOURCE", "it may do that, by its own rights or on the way there"},
	{"[is] older than SPAN", "it was made, or its secret was changed, longer ago; `younger than` is the opposite"},
	{"[is] used within SPAN", "it was seen used since; `unused for SPAN`: it was not, and a source would have seen it"},
	{"rotated within SPAN", "its secret was changed since"},
	{"expires within SPAN", "it ends by then, or has ended"},
	{"has [no] WORD", "it has an owner, an end and the like"},
	{"is [not] WORD", "a field has this value: active, dormant, restricted; or off, owned, used, leaked and the like"},
	{"where CEL", "the expression is true"},
}

// Nouns are what assertions are about.
func Nouns() []string { return sortedNouns() }

// HasWords are what `has` knows.
func HasWords() []string { return slices.Sorted(maps.Keys(has)) }

// IsWords are what `is` knows beside the words of fields.
func IsWords() []string { return slices.Sorted(maps.Keys(is)) }

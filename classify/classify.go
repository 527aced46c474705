package classify

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
)

// A Classifier holds compiled vocabularies and tables. It is read-only after
// New and safe for concurrent use.
type Classifier struct {
	set     Settings
	vocab   *vocab
	table   typeTable
	byTag   map[string]string
	grammar *Grammar
}

// New compiles the settings. The error wraps drover.ErrInvalid and speaks of the
// naming pattern.
func New(s Settings) (*Classifier, error) {
	c := &Classifier{set: s.withDefaults(), vocab: compileVocab(s.Naming), table: compileTypes(structure), byTag: tagProperty()}
	if s.Naming.Pattern != "" {
		g, err := c.compileGrammar(s.Naming.Pattern)
		if err != nil {
			return nil, err
		}
		c.grammar = g
	}
	return c, nil
}

// Classify concludes what it can about one identity at the time now. It is pure,
// reads only in, and keeps nothing of it but strings.
func (c *Classifier) Classify(in *Input, now time.Time) Result {
	var r Result
	var x fields
	x.load(in.Attrs)
	rules := c.table.rules(in.Type)
	r.Name = c.ParseName(in.Name, in.HomeRegions)
	if c.grammar != nil {
		c.grammar.apply(in.Name, &r.Name)
	}
	var nhi drover.NHIType
	var why string
	r.Verdict, nhi, why = c.verdict(in, &x, rules, &r.Name)
	r.NHIType = nhiType(in, &r, nhi, why)
	r.Lifecycle = c.lifecycle(in, now)
	c.context(in, &x, &r, rules)
	return r
}

// nhiType is the user's word, else the structure's, refined by the name where
// the structure only says "some account". A human has none, and of what may be
// a human none is claimed.
func nhiType(in *Input, r *Result, nhi drover.NHIType, why string) Value[drover.NHIType] {
	if l := find(in.User, "nhi_type"); l != nil {
		return Value[drover.NHIType]{Value: drover.NHIType(bound(l.Value)), Source: SourceUser, Grade: drover.GradeDeclared, Reason: "said by " + bound(by(l))}
	}
	verdict := r.Verdict.Value.Value
	if verdict == drover.VerdictHuman || verdict == drover.VerdictUnknown {
		return Value[drover.NHIType]{}
	}
	v := Value[drover.NHIType]{Value: nhi, Source: SourceStructure, Grade: r.Verdict.Grade, Reason: why}
	if why != "" && nhi != "" {
		return v
	}
	v.Grade = drover.GradeInferred
	if n := nameType(&r.Name); n != "" {
		return Value[drover.NHIType]{Value: n, Source: SourceName, Grade: drover.GradeInferred, Reason: "its name"}
	}
	switch {
	case len(in.Rel.RunsBy) > 0 && nhi == "":
		v.Value, v.Reason = drover.NHIServiceAccount, "a workload runs as it"
	case nhi != "":
		v.Reason = "the usual sort for its type"
	case verdict == drover.VerdictNHI:
		v.Value, v.Source, v.Reason = drover.NHIServiceAccount, SourceName, "non-human, and nothing says which sort"
	default:
		return Value[drover.NHIType]{}
	}
	return v
}

// nameType is what a name says of the sort: bots and machines name themselves.
func nameType(p *NameParts) drover.NHIType {
	if p.Bot {
		return drover.NHIBot
	}
	switch p.Type.Value {
	case "bot", "robot", "rpa":
		return drover.NHIBot
	case "iot", "device":
		return drover.NHIIoTDevice
	}
	switch {
	case p.Machine && computerName(p.Raw):
		return drover.NHIMachine
	case aiAgentName(p.Raw):
		return drover.NHIAIAgent
	}
	return ""
}

// computerName says whether the name of an account that ends in $ is one that
// setup programs give to computers; others may be managed service accounts.
func computerName(name string) bool {
	name = strings.ToUpper(name)
	for _, p := range []string{"DESKTOP-", "LAPTOP-", "WIN-", "MACBOOK-", "EC2AMAZ-"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// modelWords are the names of language models and of assistants made of them.
var modelWords = []string{"ai", "anthropic", "chatgpt", "claude", "codex", "copilot", "gemini", "genai", "gpt", "llm", "openai"}

// aiAgentName says whether a name calls itself an agent and names a model:
// "agent" alone is also what monitors, schedulers and mail programs are called.
func aiAgentName(name string) bool {
	if len(name) > MaxName {
		return false
	}
	agent, model := false, false
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		agent = agent || w == "agent" || w == "assistant"
		model = model || slices.Contains(modelWords, w)
	}
	return agent && model
}

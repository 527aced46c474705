package classify

import (
	"strings"
	"unicode/utf8"
)

// Slot is the part that a piece of a name plays.
type Slot string

const (
	SlotNone     Slot = ""       // separators, and what was stripped
	SlotDomain   Slot = "domain" // what only says where the name lives: CORP\, @example.com, arn:…:
	SlotPrefix   Slot = "prefix" // the house's team or organisation prefix
	SlotType     Slot = "type"
	SlotEnv      Slot = "env"
	SlotFunction Slot = "function"
	SlotLocation Slot = "location"
	SlotZone     Slot = "zone"
	SlotInstance Slot = "instance"
	SlotOpaque   Slot = "opaque" // a generated id
)

// A Span is a piece of the raw name. The spans of a name, in order, cover it
// without gap or overlap.
type Span struct {
	Start, End int
	Slot       Slot
}

// A Part is one slot's reading. An empty Value with Alternatives means that the
// text could be any of them. Confidence is 0..1.
type Part struct {
	Value        string
	Text         string // as it stands in the name
	Confidence   float64
	Alternatives []string
}

// NameParts is a name taken apart.
type NameParts struct {
	Raw      string
	Spans    []Span
	Prefix   Part
	Type     Part
	Env      Part
	Function Part
	Location Part
	Zone     Part
	Instance Part
	Provider string // of the location: aws, gcp, azure, oci, site, country…
	Bot      bool   // ends in [bot]
	Machine  bool   // ends in $
	SSO      bool   // a reserved name of a single sign-on permission set
	Long     bool   // over MaxName or too many pieces: not taken apart, or not wholly
}

// Naming is a house's own words and pattern.
type Naming struct {
	Pattern    string              // "{type}-{env}-{function}-{region}-{n}"; "": none
	Vocabulary map[string][]string // slot -> further words
	Prefixes   []string            // organisation or team prefixes
}

// ParseName takes a name apart. home are the regions where its account is
// active; they resolve partial locations. It never fails: what is not
// understood is function or unlabelled.
func (c *Classifier) ParseName(name string, home []string) NameParts {
	p := NameParts{Raw: name}
	if len(name) > MaxName {
		p.Long = true
		p.Spans = []Span{{0, len(name), SlotNone}}
		return p
	}
	if strings.HasPrefix(name, "AWSReservedSSO_") {
		p.SSO = true
		p.Spans = []Span{{0, len(name), SlotNone}}
		return p
	}
	from, to := core(name, &p)
	t := tokenizer{v: c.vocab, name: name}
	t.split(from, to)
	p.Long = t.over
	t.locate(&p, home)
	t.environment(&p)
	t.prefix(&p)
	t.instance(&p)
	t.kind(&p)
	t.function(&p)
	p.Spans = t.spans(from, to)
	return p
}

// core returns the bounds of the name proper inside ARN, distinguished name,
// e-mail address, DOMAIN\user, SPIFFE id and the like.
func core(name string, p *NameParts) (from, to int) {
	to = len(name)
	switch {
	case strings.HasPrefix(name, "arn:"):
		from = strings.LastIndexAny(name, ":/") + 1
	case strings.HasPrefix(name, "spiffe://"):
		from = strings.LastIndexByte(name, '/') + 1
	case strings.HasPrefix(name, "system:serviceaccount:"):
		from = strings.LastIndexByte(name, ':') + 1
	case len(name) > 3 && strings.EqualFold(name[:3], "cn="):
		from = 3
		if i := strings.IndexByte(name, ','); i > 0 {
			to = i
		}
	case len(name) > 4 && strings.EqualFold(name[:4], "uid="):
		from = 4
		if i := strings.IndexByte(name, ','); i > 0 {
			to = i
		}
	}
	if i := strings.LastIndexByte(name[from:to], '\\'); i >= 0 {
		from += i + 1
	}
	if i := strings.IndexByte(name[from:to], '@'); i > 0 {
		to = from + i
	}
	if s := name[from:to]; strings.HasSuffix(s, "[bot]") {
		p.Bot = true
		p.Type = Part{Value: "bot", Text: "[bot]", Confidence: 1}
		to -= len("[bot]")
	} else if strings.HasSuffix(s, "$") {
		p.Machine = true
		to--
	}
	return from, to
}

// spans turns the tokens into a cover of the whole name; neighbours of one slot
// are joined over the separators between them.
func (t *tokenizer) spans(from, to int) []Span {
	out := make([]Span, 0, 2*t.n+2)
	at := 0
	add := func(end int, s Slot) {
		if end <= at {
			return
		}
		if n := len(out); n > 0 && out[n-1].Slot == s {
			out[n-1].End = end
		} else {
			out = append(out, Span{at, end, s})
		}
		at = end
	}
	add(from, SlotDomain)
	for i := range t.tok[:t.n] {
		k := &t.tok[i]
		if i > 0 && k.slot == t.tok[i-1].slot {
			add(k.start, k.slot)
		}
		add(k.start, SlotNone)
		add(k.end, k.slot)
	}
	add(to, SlotNone)
	add(len(t.name), SlotDomain)
	return out
}

// raw is the text of tokens i..j as it stands in the name.
func (t *tokenizer) raw(i, j int) string { return t.name[t.tok[i].start:t.tok[j].end] }

// first and last return the index of the outermost token without a slot, or -1.
func (t *tokenizer) first() int {
	for i := range t.tok[:t.n] {
		if t.tok[i].slot == SlotNone {
			return i
		}
	}
	return -1
}

func (t *tokenizer) last() int {
	for i := t.n - 1; i >= 0; i-- {
		if t.tok[i].slot == SlotNone {
			return i
		}
	}
	return -1
}

// edge reports whether tokens i..j are words of their own, not glued to letters
// on either side.
func (t *tokenizer) edge(i, j int) bool {
	return !t.tok[i].glued && !t.tok[i].camel && (j+1 >= t.n || !t.tok[j+1].glued && !t.tok[j+1].camel)
}

// bound cuts hostile text for a reason.
func bound(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	i := most
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "…"
}

// Known reports whether the name has the slot, even if ambiguous.
func (p Part) Known() bool { return p.Value != "" || len(p.Alternatives) > 0 }

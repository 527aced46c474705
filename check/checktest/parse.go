package checktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// Now is the moment of every example.
var Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A notation is an estate as an example writes it.
type notation struct {
	nodes    []*node
	byRef    map[drover.Ref]*node
	edges    []drover.Edge
	evidence []evidence
	labels   []labelled
	docs     map[string]drover.Document // by the name that lines call them
	policy   string
	effects  bool
}

type node struct {
	drover.Node
	sources   []string
	firstSeen time.Time
	same      drover.Ref // the node that it is one entity with; "": itself
	over      [][2]string
}

type evidence struct {
	drover.Evidence
	observed time.Time
}

type labelled struct {
	ref drover.Ref
	classify.Label
}

// parse reads the lines of a graph section. One line is one of
//
//	REF KIND [type=T] [name="N"] [created=-400d] [rotated=…] [expires=+20d] [used=-3d by SOURCE] [alias=A]… [sources=a,b] [first_seen=…] [template=REF] [attrs.KEY=VALUE]… [@FACT=VALUE]…
//	FROM -KIND-> TO [part=P] [grade=G] [cond={…}] [proof="…"] [technique=T]
//	never REF by SOURCE window=400d [read=-1d]
//	evidence REF CLAIM by SOURCE [at=-3d] [window=90d] [count=12] [value="…"] [grade=G] [granularity=1d] [read=-1d]
//	label REF KEY[=VALUE] by WHO
//	same REF REF
//	document NAME LANGUAGE BODY
//	{"node":{…}}
//
// Type is the system and the third segment of the ref where it is not said, and
// the name its last segment. Times are a distance from 2026-01-01T00:00:00Z, or
// RFC 3339. A value of attrs is JSON where it parses as JSON, else text; @NAME is
// the hash of the document of that name. @FACT overrides what is concluded. An end
// of an edge that is no ref is an alias. # begins a comment.
func parse(text string) (*notation, error) {
	n := &notation{byRef: map[drover.Ref]*node{}, docs: map[string]drover.Document{}}
	i := 0
	for line := range strings.Lines(text) {
		i++
		if err := n.line(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("graph line %d: %w", i, err)
		}
	}
	return n, nil
}

func (n *notation) line(line string) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	if strings.HasPrefix(line, "{") {
		return n.record(line)
	}
	if rest, ok := strings.CutPrefix(line, "document "); ok {
		f := strings.SplitN(rest, " ", 3)
		if len(f) < 3 {
			return fmt.Errorf("want document NAME LANGUAGE BODY: %w", drover.ErrInvalid)
		}
		n.docs[f[0]] = drover.NewDocument(f[1], f[2])
		return nil
	}
	f := fields(line)
	if len(f) < 2 {
		return fmt.Errorf("%q is no node, edge, never, evidence, label, same or document: %w", line, drover.ErrInvalid)
	}
	switch {
	case f[0] == "never" || f[0] == "evidence":
		return n.said(f)
	case f[0] == "label":
		return n.label(f)
	case f[0] == "same":
		return n.same(f)
	case len(f) > 2 && len(f[1]) > 3 && strings.HasPrefix(f[1], "-") && strings.HasSuffix(f[1], "->"):
		return n.edge(f)
	}
	return n.node(f)
}

// fields splits at spaces outside of quotes and brackets, and ends at a comment.
func fields(line string) (out []string) {
	depth, from, quoted := 0, -1, false
	for i := 0; i <= len(line); i++ {
		if i == len(line) || line[i] == ' ' && depth == 0 && !quoted {
			if from >= 0 {
				out = append(out, line[from:i])
			}
			from = -1
			continue
		}
		c := line[i]
		if from < 0 {
			if c == '#' {
				return out
			}
			from = i
		}
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '{' || c == '['):
			depth++
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	return out
}

// word is a value as it is meant: without its quotes.
func word(v string) (string, error) {
	if !strings.HasPrefix(v, `"`) {
		return v, nil
	}
	s, err := strconv.Unquote(v)
	if err != nil {
		return "", fmt.Errorf("%s is no quoted text: %w", v, drover.ErrInvalid)
	}
	return s, nil
}

// moment reads "-400d", "+20d", "0d" or RFC 3339.
func moment(v string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t, nil
	}
	sign := time.Duration(1)
	if strings.HasPrefix(v, "-") {
		sign = -1
	}
	d, err := drover.ParseDuration(strings.TrimLeft(v, "+-"))
	return Now.Add(sign * d), err
}

func (n *notation) record(line string) error {
	var r drover.Record
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if d := r.Document; d != nil && d.Hash == "" {
		*d = drover.NewDocument(d.Language, d.Body)
	}
	if err := r.Valid(); err != nil {
		return err
	}
	switch {
	case r.Node != nil:
		return n.add(&node{Node: *r.Node, firstSeen: Now})
	case r.Edge != nil:
		n.edges = append(n.edges, *r.Edge)
	case r.Evidence != nil:
		n.evidence = append(n.evidence, evidence{*r.Evidence, Now})
	case r.Document != nil:
		n.docs[r.Document.Hash] = *r.Document
	default:
		return fmt.Errorf("a record of kind %s means nothing here: %w", r.Kind(), drover.ErrInvalid)
	}
	return nil
}

func (n *notation) add(x *node) error {
	if err := x.Valid(); err != nil {
		return err
	}
	if n.byRef[x.Ref] != nil {
		return fmt.Errorf("%s stands twice: %w", x.Ref, drover.ErrInvalid)
	}
	if x.sources == nil {
		x.sources = []string{x.Ref.System()}
	}
	slices.Sort(x.Aliases)
	n.byRef[x.Ref] = x
	n.nodes = append(n.nodes, x)
	return nil
}

func (n *notation) node(f []string) error {
	ref := drover.Ref(f[0])
	x := &node{Node: drover.Node{Ref: ref, Kind: drover.Kind(f[1]), Type: ref.System() + "." + ref.Type(), Name: ref.ID()}, firstSeen: Now}
	for i := 2; i < len(f); i++ {
		k, v, _ := strings.Cut(f[i], "=")
		v, err := word(v)
		if err != nil {
			return err
		}
		if k == "used" || k == "live" {
			claim := map[string]string{"used": drover.ClaimLastUsed, "live": drover.ClaimLive}[k]
			if i+2 >= len(f) || f[i+1] != "by" {
				return fmt.Errorf("want %s=… by SOURCE: %w", k, drover.ErrInvalid)
			}
			at, err := moment(v)
			if err != nil {
				return err
			}
			n.evidence = append(n.evidence, evidence{drover.Evidence{Subject: ref, Claim: claim, Source: f[i+2], At: at}, Now})
			i += 2
			continue
		}
		if err := n.field(x, k, v); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	return n.add(x)
}

func (n *notation) field(x *node, k, v string) (err error) {
	if attr, ok := strings.CutPrefix(k, "attrs."); ok {
		x.Attrs = x.Attrs.With(attr, n.value(v))
		return nil
	}
	if fact, ok := strings.CutPrefix(k, "@"); ok {
		x.over = append(x.over, [2]string{fact, v})
		return nil
	}
	switch k {
	case "type":
		x.Type = v
	case "name":
		x.Name = v
	case "alias":
		x.Aliases = append(x.Aliases, v)
	case "sources":
		x.sources = strings.Split(v, ",")
	case "template":
		x.Template = drover.Ref(v)
	case "created":
		x.Created, err = moment(v)
	case "rotated":
		x.Rotated, err = moment(v)
	case "expires":
		x.Expires, err = moment(v)
	case "first_seen":
		x.firstSeen, err = moment(v)
	default:
		return fmt.Errorf("no field of a node: %w", drover.ErrInvalid)
	}
	return err
}

// value is an attribute's: JSON where it parses as JSON, else text.
func (n *notation) value(v string) any {
	if name, ok := strings.CutPrefix(v, "@"); ok {
		if d, ok := n.docs[name]; ok {
			return d.Hash
		}
	}
	if json.Valid([]byte(v)) {
		return json.RawMessage(v)
	}
	return v
}

// end is a ref, or what is known only by an alias.
func end(s string) drover.Ref {
	if r := drover.Ref(s); r.Valid() == nil {
		return r
	}
	return drover.UnseenRef(s)
}

func (n *notation) edge(f []string) error {
	from, err := word(f[0])
	if err != nil {
		return err
	}
	to, err := word(f[2])
	if err != nil {
		return err
	}
	e := drover.Edge{From: end(from), To: end(to), Kind: drover.EdgeKind(f[1][1 : len(f[1])-2])}
	for _, kv := range f[3:] {
		k, v, _ := strings.Cut(kv, "=")
		if v, err = word(v); err != nil {
			return err
		}
		switch k {
		case "part":
			e.Part = v
		case "cond":
			if e.Cond, err = drover.CanonicalAttrs([]byte(v)); err != nil {
				return err
			}
		case "grade":
			e.Grade = drover.Grade(v)
		case "proof":
			e.Proof = v
		case "technique":
			e.Technique = v
		default:
			return fmt.Errorf("%q is no field of an edge: %w", k, drover.ErrInvalid)
		}
	}
	n.edges = append(n.edges, e)
	return e.Valid()
}

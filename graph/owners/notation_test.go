package owners_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/owners"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// estate reads an estate, one thing a line:
//
//	hr/-/person/1 human hr.person "Ann Lee" left=true email=ann@x.example tag.team=bi
//	a/-/app/1 -contains-> a/-/user/1 part=x path=/deploy/ proof=CODEOWNERS:3 grade=declared
//	label a/-/user/1 owner=hr/-/person/1 by=asha
//
// Of a node, tag.K=V is one of its tags, function= a conclusion and every other
// K=V an attribute.
func estate(t testing.TB, text string) *owners.Estate {
	t.Helper()
	b := graph.NewBuilder(1, now)
	ids := map[drover.Ref]int64{}
	facts := map[drover.Ref]graph.Facts{}
	type link struct {
		from, to int64
		edge     drover.Edge
	}
	var links []link
	var labels [][3]string
	id := func(ref drover.Ref) int64 {
		if ids[ref] == 0 {
			ids[ref] = int64(len(ids) + 1)
		}
		return ids[ref]
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		f := words(line)
		if len(f) < 3 || f[0] == "label" {
			continue
		}
		if kind, ok := strings.CutPrefix(f[1], "-"); ok {
			_ = kind
			continue
		}
		n := drover.Node{Ref: drover.Ref(f[0]), Kind: drover.Kind(f[1]), Type: f[2], Name: f[3]}
		attrs, tags, fact := map[string]any{}, map[string]any{}, graph.Facts{Tier: filter.Unknown}
		for _, kv := range f[4:] {
			k, v, _ := strings.Cut(kv, "=")
			switch {
			case k == "alias":
				n.Aliases = append(n.Aliases, v)
			case k == "function":
				fact.Function = v
			case strings.HasPrefix(k, "tag."):
				tags[k[4:]] = v
			case v == "true" || v == "false":
				attrs[k] = v == "true"
			default:
				attrs[k] = v
			}
			if k == "email" {
				n.Aliases = append(n.Aliases, "email:"+v)
			}
		}
		if len(tags) > 0 {
			attrs["tags"] = tags
		}
		n.Attrs = drover.NewAttrs(attrs)
		facts[n.Ref] = fact
		if err := n.Valid(); err != nil {
			t.Fatal(err)
		}
		b.Node(graph.Row{ID: id(n.Ref), Entity: id(n.Ref), Node: n, Sources: []string{"test"}, FirstSeen: now.Add(-400 * drover.Day), Observed: now})
	}
	names := map[int64]drover.Ref{}
	for _, line := range lines {
		f := words(line)
		switch {
		case len(f) > 2 && f[0] == "label":
			by := "asha"
			for _, kv := range f[2:] {
				if v, ok := strings.CutPrefix(kv, "by="); ok {
					by = v
				}
			}
			for _, kv := range f[2:] {
				if !strings.HasPrefix(kv, "by=") {
					labels = append(labels, [3]string{f[1], kv, by})
				}
			}
		case len(f) > 2 && strings.HasPrefix(f[1], "-"):
			e := drover.Edge{From: drover.Ref(f[0]), To: drover.Ref(f[2]), Kind: drover.EdgeKind(strings.Trim(f[1], "->"))}
			cond := map[string]any{}
			for _, kv := range f[3:] {
				k, v, _ := strings.Cut(kv, "=")
				switch k {
				case "part":
					e.Part = v
				case "proof":
					e.Proof = v
				case "grade":
					e.Grade = drover.Grade(v)
				case "path":
					cond["path"] = v
				case "except":
					cond["except"] = strings.Split(v, ",")
				}
			}
			if len(cond) > 0 {
				e.Cond = drover.NewAttrs(cond)
			}
			for _, ref := range []*drover.Ref{&e.From, &e.To} {
				if alias, ok := strings.CutPrefix(string(*ref), "?"); ok {
					*ref = drover.UnseenRef(alias)
					names[id(*ref)] = *ref
				}
			}
			links = append(links, link{id(e.From), id(e.To), e})
		}
	}
	for _, l := range links {
		b.Edge(l.from, l.to, &l.edge)
	}
	for _, l := range labels {
		k, v, _ := strings.Cut(l[1], "=")
		b.Label(ids[drover.Ref(l[0])], classify.Label{Key: k, Value: v, By: l[2]})
	}
	b.Name(names)
	s := b.Index()
	s = b.Build(now, func(i int) graph.Facts { return facts[s.Ref(i)] })
	return owners.New(s, now)
}

// words parts a line at spaces outside of quotes.
func words(line string) (out []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if q, err := strconv.QuotedPrefix(line); err == nil {
			text, _ := strconv.Unquote(q)
			out, line = append(out, text), line[len(q):]
			continue
		}
		i := strings.IndexAny(line, " ")
		if at := strings.Index(line, `="`); at >= 0 && (i < 0 || at < i) {
			if q, err := strconv.QuotedPrefix(line[at+1:]); err == nil {
				text, _ := strconv.Unquote(q)
				out, line = append(out, line[:at+1]+text), line[at+1+len(q):]
				continue
			}
		}
		if i < 0 {
			i = len(line)
		}
		out, line = append(out, line[:i]), line[i:]
	}
	return out
}

func row(t testing.TB, e *owners.Estate, ref string) int {
	t.Helper()
	i, ok := e.Snapshot().Find(drover.Ref(ref))
	if !ok {
		t.Fatalf("no %s", ref)
	}
	return i
}

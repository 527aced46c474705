package owners

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/classify/owner"
)

// peers counts whose the things are that stand beside one another and are alike.
type peers struct {
	owners map[int]string            // identity -> key of its owner, by decision or system
	groups map[string]map[string]int // what they have in common -> owner -> how many
	sure   map[string]map[string]int // of those, how many a person decided
}

func (e *Estate) readPeers() *peers {
	p := &peers{owners: map[int]string{}, groups: map[string]map[string]int{}, sure: map[string]map[string]int{}}
	for _, kind := range []drover.Kind{drover.KindIdentity, drover.KindWorkload} {
		for row := range e.s.Rows(kind) {
			if e.s.IsMember(row) {
				continue
			}
			o, ok := e.Current(row)
			if !ok || o.How == Inherited || e.Gone(o.Party) {
				continue
			}
			who := e.Key(o.Party)
			p.owners[row] = who
			for _, g := range e.common(row) {
				count(p.groups, g.key, who)
				if o.How == Decided {
					count(p.sure, g.key, who)
				}
			}
		}
	}
	return p
}

func count(m map[string]map[string]int, key, who string) {
	if m[key] == nil {
		m[key] = map[string]int{}
	}
	m[key][who]++
}

// A shared is something that a row has in common with others.
type shared struct{ key, says string }

// common lists what a row has in common with others of its system: what contains
// it, and the beginning of its name.
func (e *Estate) common(row int) (out []shared) {
	s := e.s
	system, tenant, _, _, _ := s.Ref(row).Parts()
	for h := range s.In(row) {
		if h.Kind == drover.EdgeContains && !rootTypes[lastWord(s.Type(h.Row))] && len(out) < 3 {
			out = append(out, shared{"in\x00" + string(s.Ref(h.Row)), "in " + s.Name(h.Row)})
		}
	}
	if stem := stemOf(s.Name(row)); stem != "" {
		out = append(out, shared{"name\x00" + system + "\x00" + tenant + "\x00" + stem, "called " + stem + " …"})
	}
	if f := s.Facts(row); !s.Unseen(row) && f.Function != "" {
		out = append(out, shared{"function\x00" + system + "\x00" + tenant + "\x00" + strings.ToLower(f.Function), "for " + f.Function})
	}
	return out
}

// common words at the beginning of a name that say what it is, not whose.
var sortWords = []string{"svc", "sa", "srv", "service", "app", "api", "bot", "role", "user", "key", "token", "ci", "cd", "job", "cron", "batch", "system", "account", "acct", "machine", "sys", "tech", "func", "fn", "lambda", "agent", "id", "arn", "aws", "gcp", "azure", "k", "test", "my", "default", "admin"}

// stemOf is the first word of a name that tells it from others, "" where the name
// is one word or has none such.
func stemOf(name string) string {
	all := owner.Words(name)
	if len(all) < 2 {
		return ""
	}
	for _, w := range all {
		if len(w) >= 2 && !slices.Contains(sortWords, w) && !slices.Contains(classify.Envs(), classify.Env(w)) {
			return w
		}
	}
	return ""
}

// alike speaks for who owns most of what has something in common with the row.
func (c *collector) alike() {
	p := c.e.peers()
	mine := p.owners[c.row]
	for _, g := range c.e.common(c.row) {
		best, n, total := "", 0, 0
		for who, k := range p.groups[g.key] {
			if who == mine {
				k-- // itself says nothing
			}
			total += k
			if k > n || k == n && k > 0 && who < best {
				best, n = who, k
			}
		}
		if n < 2 || 2*n <= total {
			continue
		}
		share := float64(n) / float64(total+2) // as if two more were somebody else's: two that agree are few
		text := fmt.Sprintf("owns %d of %d %s", n, total, g.says)
		if k := p.sure[g.key][best]; k > 0 {
			text += fmt.Sprintf(", %d by decision", k)
		}
		kind, _, _ := strings.Cut(g.key, "\x00")
		c.add(owner.Peers, c.e.Party(best), share, drover.GradeInferred, cmp.Or(kind, "peers"), text)
	}
}

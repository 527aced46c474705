package owners

import (
	"fmt"
	"hash/maphash"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/classify/owner"
)

// peers are the things that are alike: of one system, with the same beginning of
// their names or the same function.
type peers struct {
	seed   maphash.Seed
	envs   map[string]bool
	groups map[uint64][]uint32
	whose  sync.Map // row -> whose: filled as it is asked
}

// A whose is who owns a row by decision or by what a system says. Who: "" for
// nobody who is there.
type whose struct {
	who     string
	decided bool
}

// maxPeers bounds how many of a group are looked at: of more, these say enough.
const maxPeers = 100

func (e *Estate) readPeers() *peers {
	p := &peers{seed: maphash.MakeSeed(), envs: map[string]bool{}, groups: map[uint64][]uint32{}}
	for _, w := range classify.Envs() {
		p.envs[w] = true
	}
	for _, kind := range []drover.Kind{drover.KindIdentity, drover.KindWorkload} {
		for row := range e.s.Rows(kind) {
			if e.s.IsMember(row) {
				continue
			}
			for _, g := range e.likeness(p, row) {
				if list := p.groups[g.key]; len(list) < maxPeers {
					p.groups[g.key] = append(list, uint32(row))
				}
			}
		}
	}
	return p
}

// A likeness is something that a row has in common with others.
type likeness struct {
	key    uint64
	source string
	text   string // the word that they share
}

// likeness lists what a row may have in common with others of its tenant.
func (e *Estate) likeness(p *peers, row int) (out [2]likeness) {
	tenant := tenantOf(string(e.s.Ref(row)))
	if stem := p.stem(e.s.Name(row)); stem != "" {
		out[0] = likeness{p.hash("name", tenant, stem), "name", stem}
	}
	if !e.s.Unseen(row) {
		if f := e.s.Facts(row).Function; f != "" {
			out[1] = likeness{p.hash("function", tenant, f), "function", f}
		}
	}
	return out
}

// tenantOf is the beginning of a ref, system and tenant.
func tenantOf(ref string) string {
	n := 0
	for i := range len(ref) {
		if ref[i] == '/' {
			if n++; n == 2 {
				return ref[:i]
			}
		}
	}
	return ref
}

func (p *peers) hash(texts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, t := range texts {
		_, _ = h.WriteString(t) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// sortWords are words at the beginning of a name that say what it is, not whose.
var sortWords = map[string]bool{"svc": true, "sa": true, "srv": true, "service": true, "app": true, "api": true, "bot": true, "role": true, "user": true, "key": true, "token": true, "ci": true, "cd": true, "job": true, "cron": true,
	"batch": true, "system": true, "account": true, "acct": true, "machine": true, "sys": true, "tech": true, "func": true, "fn": true, "lambda": true, "agent": true, "id": true, "arn": true, "aws": true, "gcp": true, "azure": true,
	"test": true, "my": true, "default": true, "admin": true}

// stem is the first word of a name that tells it from others, "" where the name is
// one word or has none such.
func (p *peers) stem(name string) string {
	n, found := 0, ""
	for w := range owner.EachWord(name) {
		n++
		if found == "" && len(w) >= 2 && !sortWords[w] && !p.envs[classify.Env(w)] {
			found = w
		}
		if found != "" && n > 1 {
			return found
		}
	}
	return ""
}

// whose is who owns a row itself.
func (e *Estate) whose(p *peers, row int) whose {
	if v, ok := p.whose.Load(row); ok {
		w, _ := v.(whose)
		return w
	}
	var w whose
	if o, ok := e.Current(row); ok && o.How != Inherited && !e.Gone(o.Party) {
		w = whose{e.Key(e.same(o.Party)), o.How == Decided}
	}
	p.whose.Store(row, w)
	return w
}

// alike speaks for who owns most of what has something in common with the row.
func (c *collector) alike() {
	p := c.e.peers()
	for h := range c.e.s.In(c.row) {
		if h.Kind != drover.EdgeContains || rootTypes[lastWord(c.e.s.Type(h.Row))] {
			continue
		}
		var beside []uint32
		for o := range c.e.s.Out(h.Row) {
			if k := c.e.s.Kind(o.Row); o.Kind == drover.EdgeContains && (k == drover.KindIdentity || k == drover.KindWorkload) && len(beside) < maxPeers {
				beside = append(beside, uint32(c.e.s.Head(o.Row)))
			}
		}
		c.agree(p, beside, "beside", "in "+c.e.s.Name(h.Row))
	}
	for _, g := range c.e.likeness(p, c.row) {
		switch g.source {
		case "name":
			c.agree(p, p.groups[g.key], g.source, "called "+g.text+" …")
		case "function":
			c.agree(p, p.groups[g.key], g.source, "for "+g.text)
		}
	}
}

// agree counts whose the rows of a group are, and speaks for who has most of them,
// more than half.
func (c *collector) agree(p *peers, rows []uint32, source, says string) {
	count, sure := map[string]int{}, map[string]int{}
	total := 0
	for _, r := range rows {
		if int(r) == c.row {
			continue // itself says nothing
		}
		w := c.e.whose(p, int(r))
		if w.who == "" {
			continue
		}
		total++
		count[w.who]++
		if w.decided {
			sure[w.who]++
		}
	}
	best := ""
	for who, n := range count {
		if best == "" || n > count[best] || n == count[best] && who < best {
			best = who
		}
	}
	n := count[best]
	if n < 2 || 2*n <= total {
		return
	}
	text := fmt.Sprintf("owns %d of %d %s", n, total, says)
	if k := sure[best]; k > 0 {
		text += fmt.Sprintf(", %d by decision", k)
	}
	share := float64(n) / float64(total+2) // as if two more were somebody else's: two that agree are few
	c.add(owner.Peers, c.e.Party(best), share, drover.GradeInferred, source, text)
}

package reach

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/realtest"
)

// estate is an organisation of accounts of a thousand nodes each: groups, roles,
// principals, their keys, workloads, and resources of which few are reached by
// many (Zipf). Of its edges, ten a node, 15 % lead into another account and 25 %
// only touch. The same number of nodes gives the same edges.
type estate struct {
	nodes, edges int
	rand         uint64
	infos        []Info
}

const (
	accountNodes = 1000
	groupsAt     = 0
	rolesAt      = 50
	principalsAt = 250
	keysAt       = 550
	workloadsAt  = 750
	resourcesAt  = 850
)

func newEstate(nodes int) *estate {
	s := &estate{nodes: nodes / accountNodes * accountNodes, rand: 1}
	s.edges = 10 * s.nodes
	for i := range 200 {
		info := Info{Proof: fmt.Sprintf(`[{"ref":"aws/-/iam.policy/%d","statement":"Allow (0)","effect":"allow","text":""}]`, i)}
		if i%3 == 0 {
			info.Technique = fmt.Sprintf("iam-%03d", i)
		}
		s.infos = append(s.infos, info)
	}
	return s
}

func (s *estate) below(n int) int {
	s.rand += 0x9e3779b97f4a7c15
	return int(mix(s.rand) >> 32 * uint64(n) >> 32)
}

// zipf draws below n, k with a chance near 1/(k+1).
func (s *estate) zipf(n int) int {
	v := 1
	for v < n {
		if s.below(1000) < 450 {
			break
		}
		v *= 2
	}
	return min(s.below(v), n-1)
}

// mixOfEdges says what there is of a hundred edges.
var mixOfEdges = []struct {
	share              int
	kind               drover.EdgeKind
	from, fromN, to, n int
	move               bool
}{
	{10, drover.EdgeAuthenticates, keysAt, 200, principalsAt, 300, true},
	{12, drover.EdgeMemberOf, principalsAt, 300, groupsAt, 50, true},
	{8, drover.EdgeCanAssume, principalsAt, 300, rolesAt, 200, true},
	{15, drover.EdgeMemberOf, groupsAt, 50, rolesAt, 200, true},
	{15, drover.EdgeCanAssume, rolesAt, 200, rolesAt, 200, true},
	{10, drover.EdgeRunsAs, workloadsAt, 100, rolesAt, 200, true},
	{5, drover.EdgeReadsSecret, rolesAt, 500, keysAt, 200, true},
	{25, drover.EdgeCanAccess, rolesAt, 500, resourcesAt, 150, false},
}

func (s *estate) each(yield func(Edge)) {
	accounts := s.nodes / accountNodes
	for i := range s.edges {
		account := i / (10 * accountNodes)
		k, draw := 0, s.below(100)
		for ; draw >= mixOfEdges[k].share; k++ {
			draw -= mixOfEdges[k].share
		}
		m := &mixOfEdges[k]
		other := account
		if s.below(100) < 15 {
			other = s.below(accounts)
		}
		e := Edge{Kind: m.kind, Move: m.move, Info: s.infos[s.below(len(s.infos))],
			From: uint32(account*accountNodes + m.from + s.below(m.fromN))}
		if m.move {
			e.To = uint32(other*accountNodes + m.to + s.below(m.n))
		} else {
			if other != account {
				other = s.zipf(accounts)
			}
			e.To = uint32(other*accountNodes + m.to + s.zipf(m.n))
			e.Level = access.Levels[s.below(len(access.Levels))]
		}
		if s.below(10) == 0 {
			e.Grade, e.Info.Cond = drover.GradeInferred, `{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}`
		}
		yield(e)
	}
}

// tier0 are the first resource and the first role of every hundredth account.
func (s *estate) tier0() (list []uint32) {
	for a := 0; a < s.nodes/accountNodes && len(list) < 512; a += 100 {
		list = append(list, uint32(a*accountNodes+resourcesAt), uint32(a*accountNodes+rolesAt))
	}
	return list
}

func (s *estate) graph(tb testing.TB) *Graph {
	b := NewBuilder(s.nodes)
	s.fill(tb, b)
	return b.Build()
}

// name gives every node a ref as long as those of AWS are.
func (s *estate) name(tb testing.TB, b *Builder) {
	for n := range s.nodes {
		if err := b.SetRef(uint32(n), drover.Ref(fmt.Sprintf("aws/%012d/iam.role/AROA%016d", n/accountNodes, n))); err != nil {
			tb.Fatal(err)
		}
	}
}

func (s *estate) fill(tb testing.TB, b *Builder) {
	s.each(func(e Edge) {
		if err := b.Add(e); err != nil {
			tb.Fatal(err)
		}
	})
}

func benchNodes() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && n >= accountNodes {
		return n
	}
	return 1_000_000
}

var benchGraph = sync.OnceValue(func() *Graph {
	g := newEstate(benchNodes()).graph(&testing.B{})
	debug.FreeOSMemory()
	return g
})

// cpu is the CPU time of the process, user and system.
func cpu() time.Duration { return realtest.CPUTime() }

// timed reports the CPU times of many runs of f as quantiles in milliseconds.
func timed(b *testing.B, runs int, f func(i int)) {
	var all []time.Duration
	runtime.GC()
	for i := range runs {
		at := cpu()
		f(i)
		all = append(all, cpu()-at)
	}
	slices.Sort(all)
	ms := func(q float64) float64 { return all[int(q*float64(len(all)-1))].Seconds() * 1000 }
	b.ReportMetric(ms(.5), "p50-cpu-ms")
	b.ReportMetric(ms(.95), "p95-cpu-ms")
	b.ReportMetric(ms(.99), "p99-cpu-ms")
	b.ReportMetric(0, "ns/op")
}

// peak is the most memory that was resident, in MB.
func peak() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			return float64(kb) / 1000
		}
	}
	return 0
}

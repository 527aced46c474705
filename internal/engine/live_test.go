package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// pair is one store, seen by an engine that keeps what it made and by one that
// makes everything anew.
type pair struct {
	*bench
	kept *engine.Engine
}

func openPair(t *testing.T, yaml string) *pair {
	t.Helper()
	home := t.TempDir()
	b := &bench{clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	open := func(keep bool) *engine.Engine {
		cfg := &config.Config{Version: 1, Path: "drover.yaml", Raw: []byte(yaml), Sources: []config.Source{{ID: "s", Kind: "scripted"}}}
		e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{scripted(&b.run)}, Checks: builtin.Checks, Config: cfg, Home: home, Now: b.clock.read, User: "tester", Keep: keep, ReadOnly: keep})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		return e
	}
	b.Engine = open(false)
	return &pair{b, open(true)}
}

// answers are what an engine says of a moment, as JSON.
func answers(t *testing.T, e *engine.Engine, at time.Time) map[string]any {
	t.Helper()
	ctx := t.Context()
	out := map[string]any{}
	say := func(name string, v any, err error) {
		if err != nil {
			out[name] = "error: " + err.Error()
			return
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var x any
		if err := json.Unmarshal(raw, &x); err != nil {
			t.Fatal(err)
		}
		out[name] = x
	}
	for _, q := range []engine.ListRequest{{Noun: "identities"}, {Noun: "identities", Sort: "-risk"}, {Noun: "nodes", Sort: "-last_used"}, {Noun: "nodes", Filter: "lifecycle=dormant"}, {Noun: "credentials", Filter: "status=expired", Sort: "expires"},
		{Noun: "humans"}, {Noun: "edges"}, {Noun: "unseen"}, {Noun: "documents"}, {Noun: "nodes", Filter: "owned=yes OR risk>=30"}, {Noun: "nodes", Filter: "tag:x", Sort: "owned"}} {
		q.AsOf = at
		l, err := e.List(ctx, q)
		var list []any
		if err == nil {
			for x := range l.Items {
				list = append(list, x)
			}
			list = append(list, l.Total, l.Exist, map[string]any{"generation": l.Generation})
		}
		say(fmt.Sprint("list ", q.Noun, " ", q.Filter, " ", q.Sort), list, err)
	}
	sum, err := e.Summary(ctx, at)
	say("summary", sum, err)
	counts, _, err := e.OwnerCounts(ctx, at, true)
	say("owners", counts, err)
	items, err := e.OwnerItems(ctx, engine.OwnerQuery{AsOf: at, All: true})
	say("owner items", items, err)
	risks, err := e.Risks(ctx, "", engine.RiskOptions{AsOf: at})
	say("risks", risks, err)
	groups, _, err := e.RiskBy(ctx, "env", "", engine.RiskOptions{AsOf: at})
	say("risk by env", groups, err)
	found, hidden, err := e.Findings(ctx, engine.FindingQuery{AsOf: at, Filter: "state=open,accepted,regressed,unchecked"})
	say("findings", []any{found, hidden}, err)
	for _, again := range []string{"", " again"} { // what is kept the second time
		if at.IsZero() { // of the past they are made anew each time
			home, err := e.Home(ctx, at)
			if err != nil {
				t.Fatal(err)
			}
			shown := *home
			shown.At = time.Time{} // of the snapshot, which is a little older where it is kept
			say("home"+again, &shown, nil)
			posture, err := e.Posture(ctx, at)
			if err != nil {
				t.Fatal(err)
			}
			score := *posture
			score.At = time.Time{}
			say("posture"+again, &score, nil)
		}
		some, hidden, err := e.Findings(ctx, engine.FindingQuery{AsOf: at, Filter: "severity>=medium", Sort: "-first_seen"})
		say("some findings"+again, []any{some, hidden}, err)
		mine, err := e.OwnerItems(ctx, engine.OwnerQuery{AsOf: at, Filter: "kind=identity", Limit: 5})
		say("some owner items"+again, mine, err)
		high, err := e.Risks(ctx, "env=prod", engine.RiskOptions{AsOf: at, Limit: 3})
		say("some risks"+again, high, err)
	}
	fixes, err := e.Fixes(ctx, engine.FindingQuery{AsOf: at})
	say("fixes", fixes, err)
	blast, err := e.BlastAll(ctx, "", at, engine.ReachOptions{})
	say("blast", blast, err)
	s, err := e.Snapshot(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	nodes, _ := engine.LookupNoun("nodes")
	facets, err := s.Facets(engine.Query{Noun: nodes}, []string{"kind", "env", "owner", "lifecycle", "verdict", "source", "tag", "owned", "risk", "tier", "type"})
	if err != nil {
		t.Error(err)
	}
	say("facets", facets, err)
	for _, text := range []string{"svc-prod-1", "svc-prod-", "Person 2", "acct:3", "shared:1", "email:p1@x", "scripted/t/scripted.key/1", "idn_0", "crd_", "nothing", "", "key 1"} {
		i, err := s.Lookup(text)
		if err != nil {
			say("lookup "+text, nil, err)
		} else {
			say("lookup "+text, s.Ref(i), nil) // the number of a row is nobody's business
		}
		v, err := e.Search(ctx, text, 20, time.Time{})
		say("search "+text, v, err)
	}
	refs := map[drover.Ref]int{}
	for i := range s.Len() {
		refs[s.Ref(i)] = i
	}
	for k, ref := range slices.Sorted(maps.Keys(refs)) {
		if k%(1+s.Len()/12) != 0 {
			continue
		}
		i := refs[ref]
		id := graph.ShortID(s.Kind(i), s.Entity(i))
		d, err := e.Show(ctx, id, at)
		say("show "+string(s.Ref(i)), d, err)
		if s.Kind(i) == drover.KindIdentity {
			b, err := e.Blast(ctx, id, at, engine.ReachOptions{})
			say("blast "+string(s.Ref(i)), b, err)
			r, err := e.RiskOf(ctx, id, engine.RiskOptions{AsOf: at})
			say("risk "+string(s.Ref(i)), r, err)
		}
	}
	return out
}

// Whatever is done to the store by another process, what is kept answers as what
// is made anew, of now and of every moment before.
func TestKeptEqual(t *testing.T) {
	fewer(t, 15)
	rapid.Check(t, func(rt *rapid.T) {
		p := openPair(t, "")
		moments := []time.Time{}
		n := 0
		steps := rapid.IntRange(2, 6).Draw(rt, "steps")
		for range steps {
			switch rapid.SampledFrom([]string{"scan", "scan", "tag", "owner", "check", "accept", "time"}).Draw(rt, "step") {
			case "scan":
				n = rapid.IntRange(5, 40).Draw(rt, "n")
				p.scan(t, things(n))
			case "tag":
				if n > 0 {
					id := string(account0(rapid.IntRange(0, n-1).Draw(rt, "tagged")))
					if _, err := p.SetTags(t.Context(), id, map[string]string{"x": rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "value"), "env": "dev"}, nil); err != nil {
						rt.Fatal(err)
					}
				}
			case "owner":
				if n > 0 {
					id := string(account0(rapid.IntRange(0, n-1).Draw(rt, "owned")))
					if _, err := p.SetOwner(t.Context(), id, engine.OwnerDecision{Owner: "Person 1"}); err != nil {
						rt.Fatal(err)
					}
				}
			case "check":
				if _, err := p.Check(t.Context(), engine.CheckOptions{}); err != nil {
					rt.Fatal(err)
				}
			case "accept":
				list, _, err := p.Findings(t.Context(), engine.FindingQuery{})
				if err != nil {
					rt.Fatal(err)
				}
				if len(list) > 0 {
					err = p.Accept(t.Context(), list[:1], engine.Acceptance{Reason: "it is meant", Approver: "somebody", Until: p.clock.read().Add(30 * drover.Day)})
					if err != nil {
						rt.Fatal(err)
					}
				}
			case "time":
				p.clock.pass(time.Duration(rapid.IntRange(1, 60).Draw(rt, "days")) * drover.Day)
			}
			p.clock.advance()
			moments = append(moments, p.clock.read())
			p.clock.advance()
			if err := p.kept.Refresh(t.Context()); err != nil {
				rt.Fatal(err)
			}
			at := time.Time{}
			if rapid.Bool().Draw(rt, "past") {
				at = rapid.SampledFrom(moments).Draw(rt, "at")
			}
			if d := cmp.Diff(answers(t, p.Engine, at), answers(t, p.kept, at)); d != "" {
				rt.Fatalf("as of %v: anew (-), kept (+):\n%s", at, d)
			}
		}
	})
}

// fewer makes rapid draw fewer cases where none were asked for: each of these scans
// and checks several estates.
func fewer(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

func account0(i int) drover.Ref {
	return drover.NewRef("scripted", "t", "scripted.account", fmt.Sprint(i))
}

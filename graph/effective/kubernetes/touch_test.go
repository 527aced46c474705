package kubernetes

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// strongest asks for everything that may be done to one object, by each rule that
// counts where it is.
func (p *profile) strongest(typ, ns, name string) access.Level {
	r := resourceOf(typ)
	if r == nil {
		return ""
	}
	if p.masters {
		return access.LevelEscalate
	}
	best := access.Level("")
	for _, i := range p.bindings {
		role, where := p.c.policy.Role(i), p.c.policy.Bindings[i].Namespace
		if role == nil || where != "" && where != ns {
			continue
		}
		for k := range role.Rules {
			for _, sub := range append([]string{""}, r.subs...) {
				for _, verb := range slices.Concat(verbs, r.verbs) {
					q := k8srbac.Request{Verb: verb, Group: r.group, Resource: r.name, Subresource: sub, Namespace: ns, Name: name}
					if l := r.levelOf(verb, sub); l.Rank() > best.Rank() && role.Rules[k].Allows(&q) {
						best = l
					}
				}
			}
		}
	}
	return best
}

func modelled(t testing.TB, in *effective.Input) *model {
	t.Helper()
	w, err := read(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{world: w}
	m.profiles()
	return m
}

// What is asked once for a kind, a namespace or a cluster is what each object would
// say if it were asked alone, in the same order.
func TestTouchIsAskedOfEach(t *testing.T) {
	named := shop + office() + gives("", "wideone", "shop/teller", "get :secrets vault", "patch apps:deployments,statefulsets two") + gives("bank", "own", "shop/teller", "create :pods/exec", "* :configmaps")
	for name, in := range map[string]*effective.Input{"office": loaded(t, parse(t, named)).in, "large": input(large(25, 20))} {
		t.Run(name, func(t *testing.T) {
			m := modelled(t, in)
			touched := 0
			for n := range m.list {
				p := &m.list[n]
				var want []effective.Touch
				one := func(row uint32, typ, ns, name string) {
					if l := p.strongest(typ, ns, name); l != "" {
						want = append(want, effective.Touch{Row: row, Level: l, Grade: "proven"})
					}
				}
				for _, s := range p.c.order {
					one(s.row, "namespace", s.name, s.name)
					for _, x := range s.secrets {
						one(x.row, "secret", s.name, x.name)
					}
					for _, x := range s.accounts {
						one(x.row, "service_account", s.name, x.name)
					}
					for _, x := range s.workloads {
						one(x.row, x.typ, s.name, x.name)
					}
				}
				for _, x := range p.c.machines {
					one(x.row, "node", "", x.name)
				}
				touched += len(want)
				if d := cmp.Diff(want, slices.Collect(m.touch(uint32(n)))); d != "" {
					t.Errorf("profile %d, bindings %v (-asked one by one +touch):\n%s", n, p.bindings, d)
				}
			}
			if touched == 0 || len(m.list) < 3 {
				t.Errorf("%d profiles touch %d", len(m.list), touched)
			}
		})
	}
}

// A cluster that somebody may read everywhere is not asked anew in every namespace.
func BenchmarkTouch(b *testing.B) {
	m := modelled(b, input(large(500, 20)))
	b.ReportAllocs()
	for b.Loop() {
		for n := range m.list {
			for range m.touch(uint32(n)) {
			}
		}
	}
	b.ReportMetric(float64(len(m.list)), "profiles")
}

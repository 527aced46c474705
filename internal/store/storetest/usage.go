package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

// use: what was said of a subject's use is kept with the time over which it was
// said: until the last look that saw it, whether or not that look brought news.
func (b bench) use(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	said := func(h int) put {
		return evidencePut("", drover.Evidence{Subject: ref("n"), Claim: drover.ClaimLastUsed, Source: "log", At: at(h), Granularity: time.Hour})
	}
	other := evidencePut("", drover.Evidence{Subject: ref("m"), Claim: drover.ClaimLastUsed, Source: "log", At: at(1)})
	commit(t, s, section{source: "a", coverage: "c", at: 10, puts: []put{said(1), other}})
	commit(t, s, section{source: "a", coverage: "c", at: 20, puts: []put{said(1), other}})
	early := latest(t, s)
	commit(t, s, section{source: "a", coverage: "d", at: 25}) // another part says nothing of it
	commit(t, s, section{source: "a", coverage: "c", at: 30, puts: []put{said(22), other}})
	commit(t, s, section{source: "a", coverage: "c", at: 40, status: drover.StatusFailed})
	commit(t, s, section{source: "theirs", coverage: "c", at: 50, puts: []put{evidencePut("", drover.Evidence{Subject: ref("n"), Claim: drover.ClaimNeverUsed, Source: "s", Window: time.Hour})}})
	gen := latest(t, s)

	type span struct{ At, First, Last time.Time }
	read := func(gen int64, scope drover.Scope, since time.Time, refs ...drover.Ref) []span {
		t.Helper()
		list, err := s.UseHistory(ctx, gen, scope, refs, since)
		if err != nil {
			t.Fatal(err)
		}
		out := []span{}
		for _, f := range list {
			if f.ID != s.RefID(ref("n")) {
				t.Errorf("it is about %d", f.ID)
			}
			out = append(out, span{f.At, f.First, f.Last})
		}
		return out
	}
	mine, n := drover.ScopeSources("a"), ref("n")
	newer, older := span{at(22), at(30), at(30)}, span{at(1), at(10), at(20)}
	for _, c := range []struct {
		name string
		got  []span
		want []span
	}{
		{"all that was said", read(gen, mine, day0, n), []span{newer, older}},
		{"what was still said later", read(gen, mine, at(21), n), []span{newer}},
		{"as it was", read(early, mine, day0, n), []span{older}},
		{"of all sources", read(gen, drover.ScopeAll, day0, n, n), []span{{time.Time{}, at(50), at(50)}, newer, older}},
		{"of nothing", read(gen, mine, day0), []span{}},
		{"of what is not there", read(gen, mine, day0, ref("x")), []span{}},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

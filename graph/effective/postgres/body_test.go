package postgres

import "testing"

// What of a body depends on the search_path.
func TestBends(t *testing.T) {
	for _, x := range []struct {
		lang, body string
		want       bends
	}{
		{"sql", "select 1", bends{}},
		{"sql", "select s.f(), t.a from s.t", bends{}},
		{"sql", "select s.f() from s.t, u", bends{true, true}},
		{"sql", "select f() from s.t", bends{name: true}},
		{"sql", "select 1 + 2", bends{name: true}},
		{"sql", "insert into loot values (1)", bends{true, true}},
		{"sql", "insert into s.loot values ('from x')", bends{}},
		{"sql", "select * from \"S\".\"t\"", bends{name: true}}, // the star may multiply
		{"plpgsql", "begin perform helper(); end", bends{name: true}},
		{"plpgsql", "begin perform s.helper($1); end", bends{}},
		{"plpgsql", "begin execute 'select 1'; end", bends{true, true}},
		{"plpgsql", "begin return; /* from x */ -- from x\nend", bends{}},
		{"plpgsql", `begin perform E'\' from x'; end`, bends{true, true}},
		{"plpgsql", "begin /* /* */ perform helper(); */ end", bends{true, true}},
		{"plpgsql", "begin select 1 into n; end", bends{true, true}}, // a variable looks like a table
		{"plperl", "return 1;", bends{true, true}},
	} {
		if got := bendsOf(x.lang, x.body); got != x.want {
			t.Errorf("%s %q: got %+v, want %+v", x.lang, x.body, got, x.want)
		}
	}
}

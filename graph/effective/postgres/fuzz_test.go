package postgres

import (
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/pgacl"
)

// The part of a grant reads back as it was spelled, whatever the column is called.
func FuzzParsePart(f *testing.F) {
	for _, s := range []string{"email", "", "a)", "x) WITH GRANT OPTION", "a(b", "ALTER SYSTEM"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, column string, option bool) {
		part := "SELECT"
		if column != "" {
			part += "(" + column + ")"
		}
		if option {
			part += " WITH GRANT OPTION"
		}
		p, got, opt := parsePart(part)
		if p != pgacl.Select || got != column || opt != option {
			t.Errorf("%q: got %v %q %v", part, p, got, opt)
		}
		parsePart(column)
	})
}

// What a function's body may be bent by is found, and no text stops the reading.
func FuzzBends(f *testing.F) {
	for _, s := range []string{"select 1", "begin perform helper(); end", "select * from \"a\".\"b\", c", "-- x", "/* ", "/*/", "$$", "select $1 + 2", "execute 'x'", "e'\\''", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, lang := range []string{"sql", "plpgsql"} {
			for _, text := range []string{"select n from items; " + body, body + "\n; select n from items"} {
				// What comes after an open literal or comment is not code.
				if _, ok := tokens(body); !ok && !strings.HasPrefix(text, "select n") {
					continue
				}
				if with := bendsOf(lang, text); !with.relation || !with.name {
					t.Errorf("%q hides a table without its schema", body)
				}
			}
		}
	})
}

// A search_path reads as its names, each once where it stands, and none is empty.
func FuzzSplitPath(f *testing.F) {
	for _, s := range []string{"a, b", `"$user", public`, `"a""b",c`, ",,", `"`, ` A , "B"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		path := splitPath(s)
		if slices.Contains(path, "") {
			t.Errorf("%q has an empty name: %q", s, path)
		}
		quoted := make([]string, len(path))
		for i, n := range path {
			quoted[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
		if again := splitPath(strings.Join(quoted, ", ")); !slices.Equal(again, path) {
			t.Errorf("%q: %q reads back as %q", s, path, again)
		}
	})
}

// No question of a user, and no name of a scanned object, stops the answering.
func FuzzQuestion(f *testing.F) {
	for _, s := range []string{"orders.public.t", "t(a)", "postgres/7/postgres.relation/5.6", "orders/", ".", "(", "pg:7/r", "a.b.c.d(e)f"} {
		f.Add(s, s, "SELECT")
	}
	f.Fuzz(func(t *testing.T, name, resource, action string) {
		ref := func(typ, id string) drover.Ref { return drover.NewRef("postgres", "7", typ, id) }
		w := build(t, []drover.Node{
			{Ref: ref("postgres.role", "16385"), Kind: drover.KindIdentity, Type: "postgres.role", Name: name},
			{Ref: ref("postgres.database", "16400"), Kind: drover.KindResource, Type: "postgres.database", Name: "orders"},
			{Ref: ref("postgres.schema", "16400.16401"), Kind: drover.KindResource, Type: "postgres.schema", Name: "orders." + name},
			{Ref: ref("postgres.relation", "16400.16402"), Kind: drover.KindResource, Type: "postgres.table", Name: name},
		}, []drover.Edge{{From: ref("postgres.role", "16385"), To: ref("postgres.relation", "16400.16402"), Kind: drover.EdgeCanAccess, Part: resource}}, nil)
		q, _ := w.model.Question(resource, action)
		for row := range w.in.Len() {
			if d := w.model.Decide(uint32(row), q); d.Verdict == "" {
				t.Errorf("no verdict for %+v", q)
			}
		}
	})
}

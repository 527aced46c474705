package access

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

func TestContains(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"*", "", true},
		{"?", "", false},
		{"?", "é", true},
		{"?", "\xff", true},
		{"\xff", "\xfe", true}, // neither is a character
		{"s3:Get*", "s3:GetObject", true},
		{"s3:Get*", "s3:getObject", false},
		{"arn:aws:s3:::a*/x", "arn:aws:s3:::a/b/x", true},
		{"a*b*c", "abcbc", true},
		{"a*b*c", "abcb", false},
		{"${*}", "*", true},
		{"${*}", "x", false},
		{"a${?}", "a?", true},
		{"${$}{x}", "${x}", true},
		{"${aws:username}", "${aws:username}", true},
		{"secret/${!/}/x", "secret/a/x", true},
		{"secret/${!/}/x", "secret/a/b/x", false},
		{"secret/${!/}/x", "secret//x", true},
		{"${!/?}b", "/b", false},
		{"é*", "éa", true},
	} {
		if got := (Set{In: []string{c.pattern}}).Contains(c.name); got != c.want {
			t.Errorf("%q contains %q: got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
	folded := Set{In: []string{"S3:get*"}, Fold: true}
	if !folded.Contains("s3:GetObject") {
		t.Errorf("%v does not hold s3:GetObject", folded)
	}
}

func TestLiteral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.SampledFrom([]rune("a*?${}!/:é"))).Draw(t, "name")
		other := rapid.StringOf(rapid.SampledFrom([]rune("a*?${}!/:é"))).Draw(t, "other")
		s := Literals(name)
		if !s.Contains(name) || name != other && s.Contains(other) {
			t.Fatalf("%v of %q and %q", s, name, other)
		}
	})
}

func TestSetOperations(t *testing.T) {
	of := func(in ...string) Set { return Set{In: in} }
	but := func(s Set, out ...string) Set { s.Out = out; return s }
	op := map[string]func(a, b Set) (Set, error){"intersect": Intersect, "minus": Minus, "union": func(a, b Set) (Set, error) { return Union(a, b) }}
	for _, c := range []struct {
		op   string
		a, b Set
		want string
	}{
		{"union", of("a", "b*"), of("bc", "a"), "a, b*"},
		{"union", but(of("s3:*"), "s3:Put*"), of("s3:PutObject"), "s3:* except s3:Put*; s3:PutObject"},
		{"union", but(of("s3:*"), "s3:Put*"), of("s3:P*"), "s3:*"},
		{"union", but(of("s3:*"), "s3:Put*"), of("ec2:*"), "ec2:*, s3:* except s3:Put*"},
		{"intersect", of("s3:*"), of("*:Get*"), "s3:*:Get*, s3:Get*"},
		{"intersect", of("*a*"), of("*b*"), "*a*b*, *b*a*"},
		{"intersect", of("*ab*"), of("*ba*"), "*ab*ba*, *aba*, *ba*ab*, *bab*"},
		{"intersect", of("a?c"), of("?b*"), "abc"},
		{"intersect", of("a*"), of("b*"), "nothing"},
		{"intersect", of("x/${!/}"), of("x/*y"), "x/${!/}y"},
		{"minus", of("s3:*"), of("s3:Get*"), "s3:* except s3:Get*"},
		{"minus", of("s3:Get*"), of("s3:*"), "nothing"},
		{"minus", of("s3:*"), but(of("s3:Get*"), "s3:GetObject"), "s3:* except s3:Get*; s3:GetObject"},
		{"minus", of("a", "b"), of("b", "c"), "a"},
	} {
		got, err := op[c.op](c.a, c.b)
		if err != nil || got.String() != c.want {
			t.Errorf("%s %s %s: got %s (%v), want %s", c.a, c.op, c.b, got, err, c.want)
		}
	}
}

func TestWitness(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{`{"in":["s3:Get*"]}`, `{"in":["s3:*"]}`, ""},
		{`{"in":["s3:*"]}`, `{"in":["s3:Get*"]}`, "s3:"},
		{`{"in":["s3:?*"]}`, `{"in":["s3:Get*"]}`, "s3:x"},
		{`{"in":["*"],"out":["iam:*"]}`, `{"in":["*"],"out":["iam:Pass*"]}`, ""},
		{`{"in":["*"],"out":["iam:Pass*"]}`, `{"in":["*"],"out":["iam:*"]}`, "iam:"},
		{`{"in":["*"]}`, `{"in":["a*"],"or":[{"in":["*"],"out":["a*"]}]}`, ""},
		{`{"in":["*"]}`, `{"in":["a*"],"or":[{"in":["*"],"out":["a*","b"]}]}`, "b"},
		{`{"in":["S3:GETOBJECT"],"fold":true}`, `{"in":["s3:get*"],"fold":true}`, ""},
		{`{"in":["S3:*"],"fold":true}`, `{"in":["s3:get*"],"fold":true}`, "S3:"},
	} {
		var a, b Set
		if err := errors.Join(json.Unmarshal([]byte(c.a), &a), json.Unmarshal([]byte(c.b), &b)); err != nil {
			t.Fatal(err)
		}
		got, some, err := Outside(a, b)
		if err != nil || got != c.want || some != (c.want != "") {
			t.Errorf("%s in %s: got %q, %v (%v), want %q", c.a, c.b, got, some, err, c.want)
		}
	}
}

// Two patterns together hold a third that neither covers: deciding takes as many
// states as there are texts of that length. The budget is met by an error, never
// by a guess, and where one pattern covers there is nothing to search.
func TestUndecided(t *testing.T) {
	split := func(n int) (a, b Set) {
		tail := "a" + strings.Repeat("?", n)
		return Set{In: []string{"*" + tail}}, Set{In: []string{"?*" + tail, tail}}
	}
	a, b := split(8)
	if ok, err := Subset(a, b); !ok || err != nil {
		t.Errorf("short: got %v, %v, want true", ok, err)
	}
	a, b = split(40)
	if ok, err := Subset(a, b); ok || !errors.Is(err, ErrUndecided) || !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("long: got %v, %v, want no answer", ok, err)
	}
	if ok, err := Subset(b, a); !ok || err != nil {
		t.Errorf("covered: got %v, %v, want true", ok, err)
	}
	if ok, err := Subset(a, a); !ok || err != nil {
		t.Errorf("a set in itself: got %v, %v, want true", ok, err)
	}
	if ok, w, err := NoWider(Region{{Actions: a, Resources: Everything()}}, Region{{Actions: b, Resources: Everything()}}); ok || w != nil || !errors.Is(err, ErrUndecided) {
		t.Errorf("region: got %v, %v, %v, want no answer", ok, w, err)
	}
	if _, err := Union(Set{In: []string{"a"}}, Set{In: []string{"a"}, Fold: true}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("got %v for sets of different case rules", err)
	}
}

func TestSetJSON(t *testing.T) {
	for _, c := range []struct {
		set  Set
		want string
	}{
		{Set{}, `{"in":[]}`},
		{Set{In: []string{"a"}, Fold: true, Or: []Set{{In: []string{"b"}, Out: []string{"c"}}}}, `{"in":["a"],"or":[{"in":["b"],"out":["c"]}],"fold":true}`},
	} {
		got, err := json.Marshal(c.set)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s (%v), want %s", got, err, c.want)
		}
		var back Set
		if err := json.Unmarshal(got, &back); err != nil || back.String() != c.set.String() {
			t.Errorf("got %v back (%v), want %v", back, err, c.set)
		}
	}
}

// names is every text of at most four characters over a small alphabet: the
// oracle asks each of them.
var names = func() []string {
	out, last := []string{""}, []string{""}
	for range 5 {
		var more []string
		for _, s := range last {
			for _, r := range []string{"a", "A", "/", ":"} {
				more = append(more, s+r)
			}
		}
		out, last = append(out, more...), more
	}
	return out
}()

// drawSet draws sets that overlap in many ways.
func drawSet(t *rapid.T, fold bool, label string) Set {
	pattern := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "A", "/", ":", "*", "*", "?", "${!/}", "${!/?}", "${!:}", "${!/:}", "${!:?}"}), 0, 5).Draw(t, "pattern"), "")
	})
	one := rapid.Custom(func(t *rapid.T) Set {
		return Set{In: rapid.SliceOfN(pattern, 0, 3).Draw(t, "in"), Out: rapid.SliceOfN(pattern, 0, 2).Draw(t, "out"), Fold: fold}
	})
	s := one.Draw(t, label)
	s.Or = rapid.SliceOfN(one, 0, 2).Draw(t, label+" or")
	return s
}

// slow is Contains by the definition.
func slow(s Set, name string) bool {
	matches := func(p string) bool { return slowMatch(parse(p, s.Fold), []rune(name), s.Fold) }
	if slices.ContainsFunc(s.In, matches) && !slices.ContainsFunc(s.Out, matches) {
		return true
	}
	return slices.ContainsFunc(s.Or, func(o Set) bool { return slow(o, name) })
}

func slowMatch(g glob, name []rune, fold bool) bool {
	if len(g) == 0 {
		return len(name) == 0
	}
	if g[0].text() && slowMatch(g[1:], name, fold) {
		return true
	}
	if len(name) == 0 {
		return false
	}
	c := elem(name[0])
	if fold {
		c = lower(c)
	}
	if !g[0].takes(c) {
		return false
	}
	if g[0].text() {
		return slowMatch(g, name[1:], fold)
	}
	return slowMatch(g[1:], name[1:], fold)
}

// Every operation says of each short name what the definition says, and a
// witness is one.
func TestSetAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fold := rapid.Bool().Draw(t, "fold")
		a, b := drawSet(t, fold, "a"), drawSet(t, fold, "b")
		results := map[string]Set{"simple": a.Simplify()}
		for name, op := range map[string]func(a, b Set) (Set, error){"union": func(a, b Set) (Set, error) { return Union(a, b) }, "intersect": Intersect, "minus": Minus} {
			got, err := op(a, b)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			results[name] = got
		}
		escaped := ""
		found := false
		for _, n := range names {
			x, y := slow(a, n), slow(b, n)
			for name, want := range map[string]bool{"simple": x, "union": x || y, "intersect": x && y, "minus": x && !y} {
				if got := results[name].Contains(n); got != want {
					t.Fatalf("%s of %v and %v is %v: %q: got %v, want %v", name, a, b, results[name], n, got, want)
				}
			}
			if a.Contains(n) != x {
				t.Fatalf("%v contains %q: got %v, want %v", a, n, !x, x)
			}
			if x && !y && !found {
				escaped, found = n, true
			}
		}
		w, some, err := Outside(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if found && !some {
			t.Fatalf("%v in %v: got true, but %q", a, b, escaped)
		}
		if some && (!slow(a, w) || slow(b, w)) {
			t.Fatalf("%v in %v: %q is no witness", a, b, w)
		}
		empty, err := results["minus"].Empty()
		if err != nil || empty == some {
			t.Fatalf("%v minus %v is %v: empty is %v (%v), but witness %q, %v", a, b, results["minus"], empty, err, w, some)
		}
		if again := results["union"].Simplify(); cmp.Diff(again, results["union"]) != "" {
			t.Fatalf("simplified twice: %v, then %v", results["union"], again)
		}
	})
}

// The laws of an algebra of sets, by which names longer than the oracle's are
// covered too.
func TestSetLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawSet(t, false, "a"), drawSet(t, false, "b"), drawSet(t, false, "c")
		must := func(s Set, err error) Set {
			if err != nil {
				t.Skip(err)
			}
			return s
		}
		same := func(law string, x, y Set) {
			if ok, err := Equal(x, y); err != nil || !ok {
				t.Fatalf("%s: %v is not %v (%v)\na %v\nb %v\nc %v", law, x, y, err, a, b, c)
			}
		}
		same("simplify", a, a.Simplify())
		same("a = (a\\b) + (a.b)", a, must(Union(must(Minus(a, b)), must(Intersect(a, b)))))
		same("a.(b+c) = a.b + a.c", must(Intersect(a, must(Union(b, c)))), must(Union(must(Intersect(a, b)), must(Intersect(a, c)))))
		same("a\\(b\\c) = (a\\b) + a.c", must(Minus(a, must(Minus(b, c)))), must(Union(must(Minus(a, b)), must(Intersect(a, c)))))
		same("(a+b)\\c = a\\c + b\\c", must(Minus(must(Union(a, b)), c)), must(Union(must(Minus(a, c)), must(Minus(b, c)))))
		ab, bc, ac := must(Minus(a, b)), must(Minus(b, c)), must(Minus(a, c))
		e1, _ := ab.Empty()
		e2, _ := bc.Empty()
		e3, _ := ac.Empty()
		if e1 && e2 && !e3 {
			t.Fatalf("not transitive: %v, %v, %v", a, b, c)
		}
	})
}

func FuzzSet(f *testing.F) {
	f.Add("s3:Get*\x00s3:*", "s3:GetObject", "s3:GetObject", true)
	f.Add("a*b?c\x00${!/}/*", "*b*\x00?", "abxc", false)
	f.Add("${*}${?}${$}{x}", "\xff${aws:username}*", "*?", false)
	f.Fuzz(func(t *testing.T, in, out, name string, fold bool) {
		a := Set{In: strings.Split(in, "\x00"), Out: strings.Split(out, "\x00"), Fold: fold}
		b := Set{In: a.Out, Fold: fold}
		if len(in)+len(out) > 200 {
			return
		}
		simple := a.Simplify()
		if got, want := simple.Contains(name), a.Contains(name); got != want {
			t.Fatalf("%v as %v: %q: got %v, want %v", a, simple, name, got, want)
		}
		if w, some, err := Outside(a, b); err == nil && some && (!a.Contains(w) || b.Contains(w)) {
			t.Fatalf("%q is no witness of %v and %v", w, a, b)
		} else if err == nil && !some && a.Contains(name) && !b.Contains(name) {
			t.Fatalf("%v in %v, but %q", a, b, name)
		}
		both, err := Intersect(Set{In: a.In, Fold: fold}, b)
		if want := (Set{In: a.In, Fold: fold}).Contains(name) && b.Contains(name); err == nil && both.Contains(name) != want {
			t.Fatalf("%v and %v is %v: %q: want %v", a.In, b, both, name, want)
		}
	})
}

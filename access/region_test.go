package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

func box(actions, resources, condition string) Box {
	return Box{
		Set{In: strings.Fields(actions), Fold: true},
		Set{In: strings.Fields(resources)},
		drover.Attrs(condition),
	}
}

func TestNoWider(t *testing.T) {
	const (
		vpc   = `{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}`
		vpcs  = `{"StringEquals":{"aws:SourceVpc":["vpc-1","vpc-2"]}}`
		noVPC = `{"StringNotEquals":{"aws:SourceVpc":["vpc-1"]}}`
		mfa   = `{"Bool":{"aws:MultiFactorAuthPresent":["true"]}}`
		both  = `{"Bool":{"aws:MultiFactorAuthPresent":["true"]},"StringEquals":{"aws:SourceVpc":["vpc-1"]}}`
	)
	for _, c := range []struct {
		what     string
		new, old Region
		want     string // the witness
	}{
		{"nothing", nil, nil, ""},
		{"the same", Region{box("s3:*", "*", vpc)}, Region{box("S3:*", "*", vpc)}, ""},
		{"fewer actions", Region{box("s3:GetObject", "*", "")}, Region{box("s3:Get*", "*", "")}, ""},
		{"more actions", Region{box("s3:*", "b/x", "")}, Region{box("s3:Get*", "*", "")}, "s3: on b/x"},
		{"more resources", Region{box("s3:GetObject", "a b", "")}, Region{box("s3:Get*", "a", "")}, "s3:GetObject on b"},
		{"two boxes cover one", Region{box("s3:Get*", "a b", "")}, Region{box("s3:*", "a", ""), box("s3:G*", "b", "")}, ""},
		{"actions and resources of different boxes", Region{box("a:x a:y", "r s", "")}, Region{box("a:x", "r", ""), box("a:y", "s", "")}, "a:y on r"},
		{"condition added", Region{box("a:x", "r", vpc)}, Region{box("a:x", "r", "")}, ""},
		{"condition dropped", Region{box("a:x", "r", "")}, Region{box("a:x", "r", vpc)}, `a:x on r if {"not":` + vpc + `}`},
		{"fewer values", Region{box("a:x", "r", vpc)}, Region{box("a:x", "r", vpcs)}, ""},
		{"more values", Region{box("a:x", "r", vpcs)}, Region{box("a:x", "r", vpc)}, `a:x on r if {"all":[` + vpcs + `,{"not":` + vpc + `}]}`},
		{"one more condition", Region{box("a:x", "r", both)}, Region{box("a:x", "r", mfa)}, ""},
		{"a condition and its negation cover", Region{box("a:x", "r", mfa)}, Region{box("a:x", "r", vpc), box("a:x", "r", noVPC)}, ""},
		{"what can never be", Region{box("a:x", "r", `{"any":[]}`)}, nil, ""},
		{"contradiction", Region{box("a:x", "r", `{"all":[`+vpc+`,`+noVPC+`]}`)}, nil, ""},
		{"opaque", Region{box("a:x", "r", `{"expression":"x.y == 1"}`)}, Region{box("a:x", "r", `{"expression":"x.y == 2"}`)}, `a:x on r if {"all":[{"expression":"x.y == 1"},{"not":{"expression":"x.y == 2"}}]}`},
		{"an unconditional witness is preferred", Region{box("a:x a:y", "r", "")}, Region{box("a:x", "r", vpc)}, "a:y on r"},
	} {
		ok, got, err := NoWider(c.new, c.old)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		text := ""
		if got != nil {
			text = got.String()
		}
		if text != c.want || ok != (c.want == "") {
			t.Errorf("%s: got %v, %q, want %q", c.what, ok, text, c.want)
		}
	}
}

func TestImplies(t *testing.T) {
	cond := func(op, values string) string { return fmt.Sprintf(`{%q:{"k":%s}}`, op, values) }
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{cond("StringEquals", `"a"`), cond("StringLike", `"a*"`), true},
		{cond("StringEquals", `"a*"`), cond("StringLike", `"a*"`), true},
		{cond("StringLike", `"a*"`), cond("StringEquals", `"a*"`), false},
		{cond("StringLike", `["ab*","ac*"]`), cond("StringLike", `"a?*"`), true},
		{cond("StringEquals", `"A"`), cond("StringEqualsIgnoreCase", `"a"`), true},
		{cond("StringEquals", `"A"`), cond("StringEquals", `"a"`), false},
		{cond("StringEquals", `"a"`), cond("StringEqualsIfExists", `"a"`), true},
		{cond("StringEqualsIfExists", `"a"`), cond("StringEquals", `"a"`), false},
		{cond("StringEquals", `"a"`), cond("Null", `"false"`), true},
		{cond("Null", `"true"`), cond("StringEqualsIfExists", `"a"`), true},
		{cond("Null", `"true"`), cond("StringNotEquals", `"a"`), true},
		{cond("StringNotEquals", `["a","b"]`), cond("StringNotEquals", `"a"`), true},
		{cond("StringNotEquals", `"a"`), cond("StringNotEquals", `["a","b"]`), false},
		{cond("StringNotLike", `"a*"`), cond("StringNotEquals", `"ab"`), true},
		{cond("StringEquals", `"${aws:username}"`), cond("StringLike", `"*"`), false},
		{cond("StringLike", `"${aws:username}"`), cond("StringLike", `["x","${aws:username}"]`), true},
		{cond("ArnLike", `"arn:aws:iam::1:role/a*"`), cond("ArnEquals", `"arn:*:iam::1:role/*"`), true},
		{cond("ArnLike", `"arn:aws:iam::1:role/a"`), cond("ArnLike", `"arn:*:1:role/a"`), false},
		{cond("IpAddress", `"10.1.0.0/16"`), cond("IpAddress", `["10.0.0.0/8"]`), true},
		{cond("IpAddress", `"10.0.0.1"`), cond("IpAddress", `"10.0.0.1/32"`), true},
		{cond("IpAddress", `"10.0.0.0/8"`), cond("IpAddress", `"10.1.0.0/16"`), false},
		{cond("NotIpAddress", `"10.0.0.0/8"`), cond("NotIpAddress", `"10.1.0.0/16"`), true},
		{cond("NotIpAddress", `"::/0"`), cond("NotIpAddress", `"::ffff:10.0.0.0/104"`), false}, // IPv4, written as IPv6
		{cond("IpAddress", `"::ffff:10.1.0.0/112"`), cond("IpAddress", `"10.0.0.0/8"`), true},
		{cond("NumericLessThan", `"5"`), cond("NumericLessThanEquals", `5`), true},
		{cond("NumericLessThanEquals", `"5"`), cond("NumericLessThan", `"5.0"`), false},
		{cond("DateGreaterThan", `"2026-01-02T00:00:00Z"`), cond("DateGreaterThan", `"2026-01-01T23:00:00-01:00"`), true},
		{cond("ForAllValues:StringEquals", `["a"]`), cond("ForAllValues:StringEquals", `["b","a"]`), true},
		{cond("ForAllValues:StringEquals", `["a"]`), cond("Null", `"false"`), false},
		{cond("ForAllValues:StringEquals", `["a"]`), cond("ForAnyValue:StringEquals", `["a"]`), false},
		{cond("ForAllValues:StringNotEquals", `["a","b"]`), cond("ForAllValues:StringNotEquals", `["a"]`), true},
		{cond("ForAnyValue:StringNotEquals", `["a","b"]`), cond("ForAnyValue:StringNotEquals", `["a"]`), true},
		{cond("ForAnyValue:StringEquals", `"a"`), cond("ForAnyValue:StringLike", `"*"`), true},
		{cond("Unheard", `"a"`), cond("Unheard", `["a","b"]`), false},
		{`{"Bool":{"K":"True"}}`, cond("Bool", `true`), true},
	} {
		if got := Implies(drover.Attrs(c.a), drover.Attrs(c.b)); got != c.want {
			t.Errorf("%s implies %s: got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// A context is what a request knows: absent keys are not in it.
type context map[string][]string

// holds evaluates a condition on a context, by the vendor's words.
func holds(t *rapid.T, raw json.RawMessage, c context) bool {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for op, v := range m {
		var list []json.RawMessage
		var keys map[string][]string
		ok := false
		switch op {
		case "all", "any":
			if err := json.Unmarshal(v, &list); err != nil {
				t.Fatal(err)
			}
			is := func(r json.RawMessage) bool { return holds(t, r, c) }
			ok = op == "any" && slices.ContainsFunc(list, is) || op == "all" && !slices.ContainsFunc(list, func(r json.RawMessage) bool { return !is(r) })
		case "not":
			ok = !holds(t, v, c)
		default:
			if err := json.Unmarshal(v, &keys); err != nil {
				t.Fatal(err)
			}
			ok = true
			for k, values := range keys {
				ok = ok && operatorHolds(op, values, c[k])
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func operatorHolds(op string, values, have []string) bool {
	if op == "Null" {
		return slices.Contains(values, fmt.Sprint(len(have) == 0))
	}
	op, ifExists := strings.CutSuffix(op, "IfExists")
	if ifExists && len(have) == 0 {
		return true
	}
	quantifier, base, _ := strings.Cut(op, ":")
	if base == "" {
		quantifier, base = "", op
	}
	negated := strings.Contains(base, "Not")
	one := func(v string) bool {
		matched := slices.ContainsFunc(values, func(w string) bool {
			if strings.Contains(base, "Like") {
				return match(w, v, false)
			}
			return w == v
		})
		return matched != negated
	}
	switch quantifier {
	case "ForAnyValue":
		return slices.ContainsFunc(have, one)
	case "ForAllValues":
		return !slices.ContainsFunc(have, func(v string) bool { return !one(v) })
	}
	if len(have) == 0 {
		return negated
	}
	return one(have[0])
}

// contexts are every combination of few values of two keys.
var contexts = func() (out []context) {
	values := [][]string{nil, {"a"}, {"b"}, {"ab"}, {"c"}}
	lists := append(slices.Clone(values), []string{"a", "b"}, []string{"a", "c"})
	for _, x := range values {
		for _, y := range lists {
			out = append(out, context{"x": x, "y": y})
		}
	}
	return out
}()

func drawCondition(depth int) *rapid.Generator[drover.Attrs] {
	return rapid.Custom(func(t *rapid.T) drover.Attrs {
		kinds := 6
		if depth == 0 {
			kinds = 3
		}
		switch k := rapid.IntRange(0, kinds).Draw(t, "kind"); k {
		case 0:
			return nil
		case 1, 2, 3:
			op := rapid.SampledFrom([]string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotEqualsIfExists", "Null"}).Draw(t, "op")
			key := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "key")
			if key == "y" && op != "Null" { // y has several values
				op = rapid.SampledFrom([]string{"ForAllValues:", "ForAnyValue:"}).Draw(t, "quantifier") + op
			}
			values := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a*", "*"}), 1, 2).Draw(t, "values")
			if op == "Null" {
				values = []string{rapid.SampledFrom([]string{"true", "false"}).Draw(t, "null")}
			}
			return drover.NewAttrs(map[string]any{op: map[string]any{key: values}})
		case 4:
			return Not(drawCondition(depth-1).Draw(t, "not"))
		default:
			parts := rapid.SliceOfN(drawCondition(depth-1), 0, 3).Draw(t, "parts")
			if k == 5 {
				return All(parts...)
			}
			return Any(parts...)
		}
	})
}

func meets(t *rapid.T, c drover.Attrs, ctx context) bool {
	return len(c) == 0 || holds(t, json.RawMessage(c), ctx)
}

// An implication that is claimed holds in every context; and All, Any and Not
// mean what they say.
func TestImpliesAgainstOracle(t *testing.T) {
	claimed, true_ := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCondition(2).Draw(t, "a"), drawCondition(2).Draw(t, "b")
		got, want := Implies(a, b), true
		for _, c := range contexts {
			x, y := meets(t, a, c), meets(t, b, c)
			want = want && (!x || y)
			if meets(t, All(a, b), c) != (x && y) || meets(t, Any(a, b), c) != (x || y) || meets(t, Not(a), c) == x {
				t.Fatalf("%s and %s joined are wrong on %v", a, b, c)
			}
			if got && x && !y {
				t.Fatalf("%s implies %s, but not on %v", a, b, c)
			}
		}
		if got {
			claimed++
		}
		if want {
			true_++
		}
	})
	t.Logf("%d implications hold on all %d contexts, %d of them shown", true_, len(contexts), claimed)
	if claimed*2 < true_ {
		t.Errorf("only %d of %d implications shown", claimed, true_)
	}
}

// Over independent facts nothing is missed.
func TestImpliesIsCompleteOverFacts(t *testing.T) {
	fact := rapid.SampledFrom([]string{"p", "q", "r", "s"})
	var draw func(depth int) *rapid.Generator[drover.Attrs]
	draw = func(depth int) *rapid.Generator[drover.Attrs] {
		return rapid.Custom(func(t *rapid.T) drover.Attrs {
			kinds := 3
			if depth == 0 {
				kinds = 0
			}
			switch rapid.IntRange(0, kinds).Draw(t, "kind") {
			case 0:
				return drover.NewAttrs(map[string]any{"StringEquals": map[string]any{fact.Draw(t, "fact"): []string{"yes"}}})
			case 1:
				return Not(draw(depth-1).Draw(t, "not"))
			case 2:
				return All(rapid.SliceOfN(draw(depth-1), 0, 3).Draw(t, "all")...)
			}
			return Any(rapid.SliceOfN(draw(depth-1), 0, 3).Draw(t, "any")...)
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(3).Draw(t, "a"), draw(3).Draw(t, "b")
		want := true
		for bits := range 16 {
			c := context{}
			for i, f := range []string{"p", "q", "r", "s"} {
				if bits>>i&1 != 0 {
					c[f] = []string{"yes"}
				}
			}
			want = want && (!meets(t, a, c) || meets(t, b, c))
		}
		if got := Implies(a, b); got != want {
			t.Fatalf("%s implies %s: got %v, want %v", a, b, got, want)
		}
	})
}

func drawRegion(t *rapid.T, label string) Region {
	pattern := func(letters ...string) *rapid.Generator[[]string] {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 2).Draw(t, "pattern"), "")
		}), 0, 2)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Box {
		return Box{
			Set{In: pattern("a", "b", "*", "?").Draw(t, "actions"), Out: pattern("a", "b", "*").Draw(t, "not actions"), Fold: true},
			Set{In: pattern("a", "b", "*", "?").Draw(t, "resources")},
			drawCondition(1).Draw(t, "condition"),
		}
	}), 0, 3).Draw(t, label)
}

func (r Region) covers(t *rapid.T, action, resource string, ctx context) bool {
	c, ok := r.Holds(action, resource)
	return ok && meets(t, c, ctx)
}

// Minus, Intersect and Simplify are exact at every point, and NoWider claims
// nothing that is not so.
func TestRegionAgainstOracle(t *testing.T) {
	points := []string{"", "a", "b", "ab", "ba", "bb", "c"}
	rapid.Check(t, func(t *rapid.T) {
		r, s := drawRegion(t, "r"), drawRegion(t, "s")
		less, err := r.Minus(s)
		both, err2 := r.Intersect(s)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		simple := r.Simplify()
		ok, witness, err := NoWider(r, s)
		if err != nil || ok != (witness == nil) || ok != (len(less) == 0) {
			t.Fatalf("got %v, %v, %v, and a rest of %v", ok, witness, err, less)
		}
		for _, a := range points {
			for _, res := range points {
				for _, ctx := range contexts {
					x, y := r.covers(t, a, res, ctx), s.covers(t, a, res, ctx)
					switch {
					case ok && x && !y:
						t.Fatalf("%v no wider than %v, but %q on %q in %v", r, s, a, res, ctx)
					case less.covers(t, a, res, ctx) != (x && !y):
						t.Fatalf("minus is wrong at %q on %q in %v", a, res, ctx)
					case both.covers(t, a, res, ctx) != (x && y):
						t.Fatalf("intersect is wrong at %q on %q in %v", a, res, ctx)
					case simple.covers(t, a, res, ctx) != x:
						t.Fatalf("simplify is wrong at %q on %q in %v", a, res, ctx)
					}
				}
			}
		}
		if witness == nil {
			return
		}
		if _, has := r[witness.Box:witness.Box+1].Holds(witness.Action, witness.Resource); !has {
			t.Fatalf("%v is not in box %d of %v", witness, witness.Box, r)
		}
		if _, has := s.Holds(witness.Action, witness.Resource); has == witness.Certain {
			t.Fatalf("%v: certain is %v, but the old region has it: %v", witness, witness.Certain, has)
		}
	})
}

func FuzzCondition(f *testing.F) {
	f.Add(`{"StringEquals":{"k":["a","b"]}}`, `{"StringLike":{"k":"*"}}`)
	f.Add(`{"any":[{"not":{"Null":{"k":false}}},{"IpAddress":{"k":"10.0.0.0/8"}}]}`, `{"all":[]}`)
	f.Add(`{"ForAllValues:ArnLikeIfExists":{"k":["arn:aws:s3:::*"]}}`, `{"DateLessThan":{"k":"1e99"}}`)
	f.Fuzz(func(t *testing.T, x, y string) {
		a, err := drover.CanonicalAttrs([]byte(x))
		b, err2 := drover.CanonicalAttrs([]byte(y))
		if err != nil || err2 != nil {
			return
		}
		if !Implies(a, a) || !Implies(All(a, b), a) || !Implies(a, Any(b, a)) || !Implies(Never(), b) || !Implies(a, nil) {
			t.Fatalf("%s and %s: logic fails", a, b)
		}
		if Implies(a, b) && Implies(b, Not(a)) && !Implies(a, Never()) {
			t.Fatalf("%s implies %s and its negation", a, b)
		}
	})
}

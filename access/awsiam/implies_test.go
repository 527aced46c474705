package awsiam

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// operands are, by operator, values that imply each other in many ways, and
// those that a request may have.
var operands = []struct {
	operators      []string
	values, actual []string
}{
	{[]string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
		[]string{"a", "A", "ab", "a*", "?b", "*", "", "${aws:username}", "${*}"}, []string{"a", "A", "ab", "b", "u", "*", ""}},
	{[]string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
		[]string{"1", "1.0", "2", "-3", "1e1"}, []string{"1", "1.5", "2", "-3", "-4", "10", "x"}},
	{[]string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
		[]string{"2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02", "1767225600", "2026-06-01T00:00:00Z"}, []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "1767225601", "2025-12-31T23:59:59Z"}},
	{[]string{"IpAddress", "NotIpAddress"}, []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/104"}, []string{"10.1.2.3", "10.9.9.9", "11.0.0.1", "2001:db8::1", "::ffff:10.1.2.3"}},
	{[]string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}, []string{"arn:aws:iam::1:role/a", "arn:aws:iam::*:role/*", "arn:*:iam::1:*", "arn:aws:iam::1:role/a*", "arn:aws:*", "*"}, []string{"arn:aws:iam::1:role/a", "arn:aws:iam::2:role/ab", "arn:aws:iam::1:role:a", "arn:aws:s3:::b", "x"}},
	{[]string{"Bool"}, []string{"true", "false", "True"}, []string{"true", "false", "TRUE"}},
	{[]string{"BinaryEquals"}, []string{"YQ==", "Yg=="}, []string{"YQ==", "Yg=="}},
}

// What access.Implies says of two Condition blocks holds for every request, by
// the evaluator.
func TestImpliesAgainstEvaluate(t *testing.T) {
	implied := 0
	rapid.Check(t, func(t *rapid.T) {
		family := operands[rapid.IntRange(0, len(operands)-1).Draw(t, "family")]
		block := func(label string) drover.Attrs {
			op := rapid.SampledFrom(family.operators).Draw(t, label)
			values := rapid.SliceOfNDistinct(rapid.SampledFrom(family.values), 1, 3, rapid.ID).Draw(t, label+" values")
			op = rapid.SampledFrom([]string{"", "", "ForAnyValue:", "ForAllValues:"}).Draw(t, label+" set") + op + rapid.SampledFrom([]string{"", "", "IfExists"}).Draw(t, label+" exists")
			if rapid.IntRange(0, 9).Draw(t, label+" null") == 0 {
				op, values = "Null", []string{rapid.SampledFrom([]string{"true", "false"}).Draw(t, label+" is")}
			}
			return drover.NewAttrs(map[string]any{op: map[string]any{"k": values}})
		}
		a, b := block("a"), block("b")
		if rapid.Bool().Draw(t, "joined") {
			b = access.Any(b, block("c"))
		}
		if !access.Implies(a, b) {
			return
		}
		implied++
		for range 12 {
			r := &Request{Principal: Principal{ARN: "arn:aws:iam::111111111111:user/u", Type: User}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/x", ResourceAccount: "111111111111"}
			r.Context.Complete = true
			if n := rapid.IntRange(0, 3).Draw(t, "count"); n > 0 {
				r.Context.Known("k", rapid.SliceOfN(rapid.SampledFrom(family.actual), n-1, n-1).Draw(t, "actual")...)
			}
			if meets(t, json.RawMessage(a), r) && !meets(t, json.RawMessage(b), r) {
				t.Fatalf("%s implies %s, but not for %v", a, b, r.Context)
			}
		}
	})
	if implied == 0 {
		t.Error("no pair implied: the test shows nothing")
	}
}

package aws

import "testing"

// Who makes something new chooses where. A policy that shuts regions off leaves a
// way wherever one is open, and none where it leaves none.
func TestRegions(t *testing.T) {
	passing := []object{statement("iam:PassRole", "*", nil), statement("lambda:CreateFunction", "*", nil), statement("lambda:InvokeFunction", "*", nil)}
	not := func(key string, regions ...any) object {
		s := statement("lambda:*", "*", object{key: object{"aws:RequestedRegion": regions}})
		s["Effect"] = "Deny"
		return s
	}
	within := func(arn string) object {
		s := statement("lambda:*", arn, nil)
		s["Effect"] = "Deny"
		return s
	}
	for name, c := range map[string]struct {
		deny []object
		open bool
	}{
		"all but one":           {[]object{not("StringNotEquals", "eu-central-1")}, true},
		"all but a newer one":   {[]object{not("StringNotEquals", "ap-southeast-9")}, true},
		"all but no region":     {[]object{not("StringNotEquals", "nowhere-1")}, false},
		"all but a pattern":     {[]object{not("StringNotLike", "ap-*")}, true},
		"the usual one":         {[]object{within("arn:aws:lambda:us-east-1:*:*")}, true},
		"all that are named":    {[]object{not("StringEquals", "us-east-1", "eu-west-1")}, true},
		"every":                 {[]object{not("StringLike", "*")}, false},
		"one, and that one too": {[]object{not("StringNotEquals", "eu-central-1"), not("StringEquals", "eu-central-1")}, false},
		"one, and its ARNs too": {[]object{not("StringNotEquals", "eu-central-1"), within("arn:aws:lambda:eu-central-1:*:*")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			taker := user("start", "AIDASTART00000000000", policyOf(append(c.deny, passing...)...), nil)
			target := role("target", "AROATARGET0000000000", trustOf(object{"Service": "lambda.amazonaws.com"}, "sts:AssumeRole"), nil, attachedTo(admin), false)
			w := written(t, details(account1([]object{taker}, []object{target})))
			want := []string{"role/target " + itself + "  proven"}
			if c.open {
				want = append(want, "user/start role/target lambda-001 proven")
			}
			wantSaid(t, w, want...)
		})
	}
}

package awsiam

import (
	"fmt"
	"sync"
	"testing"

	"github.com/droverhq/drover/access"
)

// Decide answers the same however many actions a profile was asked of before, from
// however many goroutines.
func TestPlans(t *testing.T) {
	doc, _, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["s3:Put*","iam:*"],"Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := Compile(&Policies{Identity: []Attached{{Name: "p", Doc: doc}}})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range Actions() {
				name := ActionAt((i*7 + g) % Actions()).Name
				r := &Request{Principal: Principal{ARN: "arn:aws:iam::111111111111:user/ann"}, Action: name, Resource: "*"}
				if got, want := p.Decide(r), p.Explain(r).Verdict; got != want {
					t.Errorf("%s: Decide says %s, Explain %s", name, got, want)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := len(*p.plans.Load()); n > planSlots {
		t.Errorf("%d plans are kept, of at most %d", n, planSlots)
	}
	for _, c := range []struct {
		action string
		want   access.Verdict
	}{{"s3:GetObject", access.Allow}, {"S3:putobject", access.Deny}, {"iam:CreateUser", access.Deny}} {
		r := &Request{Principal: Principal{ARN: "arn:aws:iam::111111111111:user/ann"}, Action: c.action, Resource: "arn:aws:s3:::b/k", ResourceAccount: "111111111111"}
		if got := p.Decide(r); got != c.want {
			t.Errorf("%s: got %s, want %s", fmt.Sprint(c.action), got, c.want)
		}
	}
}

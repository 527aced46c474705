package realtest

import (
	"encoding/json"
	"testing"
)

// The foreign evaluator answers, and refuses what it cannot.
func TestIAMSimulate(t *testing.T) {
	s := IAMSimulate(t)
	sim := func(action string) json.RawMessage {
		return json.RawMessage(`{"request":{"principal":"arn:aws:iam::111111111111:user/ann","action":"` + action + `","resource":{"resource":"arn:aws:s3:::b/k","accountId":"111111111111"},"contextVariables":{}},
		"identityPolicies":[{"name":"p","policy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}]}}],"serviceControlPolicies":[],"resourceControlPolicies":[]}`)
	}
	var got struct{ Results []string }
	if err := s.Ask(map[string]any{"run": []any{sim("s3:GetObject"), sim("s3:PutObject"), sim("s3:NoSuch")}}, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{"Allowed", "ImplicitlyDenied", `error: {"message":"invalid.action"}`}
	for i := range want {
		if len(got.Results) != len(want) || got.Results[i] != want[i] {
			t.Fatalf("got %q, want %q", got.Results, want)
		}
	}
	var cat struct {
		Actions []struct{ Action string }
		Types   map[string]string
	}
	if err := s.Ask(map[string]any{"catalogue": []string{"s3"}}, &cat); err != nil {
		t.Fatal(err)
	}
	if len(cat.Actions) < 100 || cat.Types["aws:SourceIp"] == "" {
		t.Errorf("%d actions of s3, aws:SourceIp is %q", len(cat.Actions), cat.Types["aws:SourceIp"])
	}
}

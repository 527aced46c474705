package realtest

import (
	"encoding/json"
	"testing"
)

// smallAccount has a user who may write its own policies, and a role.
const smallAccount = `{"UserDetailList":[{"Path":"/","UserName":"ann","UserId":"AIDA1","Arn":"arn:aws:iam::111111111111:user/ann","CreateDate":"2026-01-01T00:00:00Z","GroupList":[],"AttachedManagedPolicies":[],
"UserPolicyList":[{"PolicyName":"p","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}]}}]}],
"GroupDetailList":[],"Policies":[],"RoleDetailList":[{"Path":"/","RoleName":"r","RoleId":"AROA1","Arn":"arn:aws:iam::111111111111:role/r","CreateDate":"2026-01-01T00:00:00Z","InstanceProfileList":[],"RolePolicyList":[],"AttachedManagedPolicies":[],
"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}}]}`

func TestPMapper(t *testing.T) {
	ann := "arn:aws:iam::111111111111:user/ann"
	var got struct {
		Admins  []string
		Answers []bool
	}
	PMapper(t, map[string]any{"account": json.RawMessage(smallAccount), "ask": [][]any{{ann, "iam:PutUserPolicy", ann, map[string]string{}}, {ann, "s3:GetObject", "*", map[string]string{}}}}, &got)
	if len(got.Admins) != 1 || got.Admins[0] != ann || len(got.Answers) != 2 || !got.Answers[0] || got.Answers[1] {
		t.Errorf("got %+v", got)
	}
}

func TestCloudsplaining(t *testing.T) {
	var got struct {
		Policies map[string]struct{ Escalations, Unrestricted []string }
	}
	policy := json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}]}`)
	Cloudsplaining(t, map[string]any{"account": json.RawMessage(smallAccount), "policies": map[string]any{"p": policy}}, &got)
	if p := got.Policies["p"]; len(p.Escalations) != 1 || p.Escalations[0] != "PutUserPolicy" || len(p.Unrestricted) != 1 {
		t.Errorf("got %+v", got)
	}
}

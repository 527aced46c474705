package awsiam

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/access"
)

func TestCatalogue(t *testing.T) {
	name, date := Catalogue()
	if _, err := time.Parse("2006-01-02", date); err != nil || name == "" {
		t.Errorf("catalogue %q of %q: %v", name, date, err)
	}
	if n := Actions(); n < 20_000 || n > 1<<16 {
		t.Fatalf("%d actions", n)
	}
	levels := map[access.Level]int{}
	arns, required := 0, 0
	for id := range Actions() {
		a := ActionAt(id)
		if ActionID(a.Name) != id || ActionID(strings.ToUpper(a.Name)) != id {
			t.Fatalf("%s has id %d, not %d", a.Name, ActionID(a.Name), id)
		}
		if a.Level.Rank() < 0 || a.AccessLevel == "" {
			t.Errorf("%s: level %q, access level %q", a.Name, a.Level, a.AccessLevel)
		}
		levels[a.Level]++
		for _, r := range a.Resources {
			if r.ARN != "" {
				arns++
			}
			if r.Required {
				required++
			}
		}
	}
	for _, l := range access.Levels {
		if levels[l] == 0 {
			t.Errorf("no action of level %s", l)
		}
	}
	if arns < 15_000 || required < 10_000 {
		t.Errorf("%d resource types with an ARN, %d required", arns, required)
	}
	if !slices.IsSorted(catalogue().lower) {
		t.Error("ids are not in the order of names")
	}
	t.Logf("%s of %s: %d actions, %v", name, date, Actions(), levels)
}

func TestActionLevel(t *testing.T) {
	for action, want := range map[string]access.Level{
		"s3:ListBucket": access.LevelList, "s3:GetObject": access.LevelRead, "s3:PutObject": access.LevelWrite, "s3:DeleteObject": access.LevelDelete,
		"s3:PutBucketPolicy": access.LevelPermissions, "secretsmanager:GetSecretValue": access.LevelSecrets, "iam:CreateAccessKey": access.LevelSecrets,
		"lambda:InvokeFunction": access.LevelExecute, "ssm:SendCommand": access.LevelExecute, "iam:PassRole": access.LevelEscalate, "STS:assumerole": access.LevelEscalate,
		"ec2:TerminateInstances": access.LevelDelete, "kms:Decrypt": access.LevelSecrets, "ec2:DescribeInstances": access.LevelList, "no:SuchAction": "", "": "",
	} {
		if got := ActionLevel(action); got != want {
			t.Errorf("%s: got %q, want %q", action, got, want)
		}
	}
}

func TestResourceTypes(t *testing.T) {
	got := ResourceTypes("iam:PassRole")
	if len(got) != 1 || got[0] != (ActionResource{"role", true, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"}) {
		t.Errorf("iam:PassRole takes %+v", got)
	}
	if got := ResourceTypes("s3:ListAllMyBuckets"); got != nil {
		t.Errorf("s3:ListAllMyBuckets takes %+v", got)
	}
	if a := ActionAt(ActionID("iam:PassRole")); !slices.Contains(a.ConditionKeys, "iam:PassedToService") {
		t.Errorf("iam:PassRole has %v", a.ConditionKeys)
	}
}

func TestExpand(t *testing.T) {
	for pattern, want := range map[string][]string{
		"iam:PassRole": {"iam:PassRole"}, "IAM:passrole": {"iam:PassRole"}, "iam:*SSHPublicKey": {"iam:DeleteSSHPublicKey", "iam:GetSSHPublicKey", "iam:UpdateSSHPublicKey", "iam:UploadSSHPublicKey"},
		"no:*": nil, "sts:Assume*": {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot"},
	} {
		if got := Expand(pattern).Names(); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", pattern, got, want)
		}
	}
	if got := len(Expand("*").Names()); got != Actions() {
		t.Errorf("* is %d of %d actions", got, Actions())
	}
	// Sets and their complements, against plain matching.
	for _, p := range []string{"*", "s3:*", "s3:Get*", "*:*", "ec2:*Instance?", "s3:?etObject", "iam:List*Policies", "x"} {
		in, out := newActionSet([]string{p}, false), newActionSet([]string{p}, true)
		has, not := in.bits(), out.bits()
		m := newMatcher(toWild.Replace(strings.ToLower(p)))
		for id, name := range catalogue().lower {
			if has.Has(id) != m.match(name) || not.Has(id) == has.Has(id) {
				t.Fatalf("%s: %s: in %v, out %v", p, name, has.Has(id), not.Has(id))
			}
		}
	}
}

func TestProfileActions(t *testing.T) {
	p := Compile(&Policies{
		Identity: []Attached{mustDoc(`{"Statement":[{"Effect":"Allow","Action":["s3:GetObject","iam:PassRole","sqs:*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::x"}]}`)},
		SCPs:     [][]Attached{{mustDoc(`{"Statement":{"Effect":"Allow","NotAction":"sqs:*","Resource":"*"}}`)}},
	})
	if got := p.Actions().Names(); !slices.Equal(got, []string{"s3:GetObject"}) {
		t.Errorf("got %v", got)
	}
}

func TestTrusts(t *testing.T) {
	trust := mustDoc(`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["111111111111","arn:aws:iam::222222222222:user/eve"],"Service":"ec2.amazonaws.com"}}]}`).Doc
	for who, want := range map[string]access.Verdict{"user": access.Allow, "far": access.Allow, "farrole": access.Deny, "ec2": access.Allow, "lambda": access.Deny, "anon": access.Deny} {
		r := &Request{Principal: truthPrincipals[who]}
		if got := Trusts(trust, "arn:aws:iam::111111111111:role/x", r); got.Verdict != want {
			t.Errorf("%s: got %s, want %s; %v", who, got.Verdict, want, got.Proof)
		}
		if r.Resource != "" || r.ResourcePolicy != nil {
			t.Fatal("the request was changed")
		}
	}
	got := Trusts(trust, "arn:aws:iam::111111111111:role/x", &Request{Principal: truthPrincipals["user"]})
	if len(got.Proof) != 2 || got.Proof[0].Effect != "" || got.Proof[1].Statement != "0" || !strings.Contains(got.Proof[0].Text, "not asked") {
		t.Errorf("proof %v", got.Proof)
	}
	if got := Trusts(nil, "arn:aws:iam::111111111111:role/x", &Request{Principal: truthPrincipals["user"]}); got.Verdict != access.Unknown {
		t.Errorf("a trust policy that was not read: %s", got.Verdict)
	}
}

func TestManagedPolicy(t *testing.T) {
	body, ok := ManagedPolicy("arn:aws-us-gov:iam::aws:policy/AdministratorAccess")
	d, faults, err := Parse(body)
	if !ok || err != nil || len(faults) > 0 || len(d.Statements()) != 1 {
		t.Fatalf("AdministratorAccess: %v %v %v", ok, err, faults)
	}
	if _, ok := ManagedPolicy("arn:aws:iam::111111111111:policy/AdministratorAccess"); ok {
		t.Error("an account's own policy was taken for one of AWS")
	}
	if _, ok := ManagedPolicy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"); !ok {
		t.Error("a policy with a path was not found")
	}
	if _, ok := ManagedPolicy("arn:aws:iam::aws:policy/AWSBackupAdminPolicy"); !ok {
		t.Error("a withdrawn policy was not found")
	}
	if n := len(managed()); n < 1600 {
		t.Errorf("%d policies", n)
	}
}

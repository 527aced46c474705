package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// account1 is authorization details of users and roles.
func account1(users, roles []object, more ...object) object {
	policies := append([]object{}, more...)
	return object{"UserDetailList": users, "RoleDetailList": roles, "Policies": policies,
		"GroupDetailList": []object{{"GroupName": "g", "GroupId": "AGPAGROUP00000000000", "Arn": home + "group/g", "Path": "/", "AttachedManagedPolicies": attachedTo(admin), "GroupPolicyList": []object{}}}}
}

func managed(name string, document object) object {
	return object{"PolicyName": name, "PolicyId": "ANPA" + strings.ToUpper(name) + "0000000000", "Arn": home + "policy/" + name, "Path": "/", "DefaultVersionId": "v1",
		"PolicyVersionList": []object{{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}}}
}

func bounded(u object, by string) object {
	u["PermissionsBoundary"] = object{"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": home + "policy/" + by}
	return u
}

func details(d object) object { return object{"gaad.json": d} }

// said are the effects of a world without those of root users, as "from to
// technique grade".
func said(t *testing.T, w world) (out []string) {
	t.Helper()
	l := evaluate(t, snapshot(w.Result))
	for _, e := range l.edges {
		from := l.name(e.From)
		if l.in.Unseen(int(e.From)) {
			from = l.in.Ref(int(e.From)).ID()
		}
		if from != "root" {
			to := strings.TrimPrefix(l.name(e.To), "aws/"+acct+"/")
			out = append(out, strings.Join([]string{from, to, e.Technique, string(e.Grade)}, " "))
		}
	}
	slices.Sort(out)
	return out
}

func wantSaid(t *testing.T, w world, want ...string) {
	t.Helper()
	slices.Sort(want)
	if d := cmp.Diff(want, said(t, w)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

const itself = "account/" + acct

// A boundary that leaves too little makes no administrator of who may write its
// own policies; one that leaves enough does.
func TestBoundary(t *testing.T) {
	own := policyOf(statement("iam:PutUserPolicy", "*", nil))
	narrow := managed("narrow", policyOf(statement("s3:*", "*", nil), statement("iam:PutUserPolicy", "*", nil)))
	wide := managed("wide", policyOf(statement("iam:*", "*", nil)))
	for by, want := range map[string][]string{"narrow": nil, "wide": {"user/start " + itself + " iam-007 proven"}} {
		w := written(t, details(account1([]object{bounded(user("start", "AIDASTART00000000000", own, nil), by)}, nil, narrow, wide)))
		wantSaid(t, w, want...)
	}
}

// organize puts the account into an organization whose root and account have
// service control policies.
func organize(w world, atRoot, atAccount string) world {
	c := w.clone()
	const master = "999900001111"
	node := func(typ, id string, kind drover.Kind, attrs map[string]any) drover.Ref {
		ref := drover.NewRef("aws", master, typ, id)
		c.Nodes = append(c.Nodes, drover.Node{Ref: ref, Kind: kind, Type: "aws." + typ, Name: id, Attrs: drover.NewAttrs(attrs)})
		return ref
	}
	org, root := node("organizations.organization", "o-1", drover.KindResource, nil), node("organizations.root", "r-1", drover.KindResource, nil)
	self := drover.NewRef("aws", acct, "account", acct)
	c.Edges = append(c.Edges, drover.Edge{From: org, To: root, Kind: drover.EdgeContains}, drover.Edge{From: root, To: self, Kind: drover.EdgeContains})
	for i, p := range []struct {
		at   drover.Ref
		body string
	}{{root, atRoot}, {self, atAccount}} {
		d := drover.NewDocument("aws-iam", p.body)
		c.Documents = append(c.Documents, d)
		scp := node("organizations.scp", fmt.Sprint("p-", i), drover.KindPolicy, map[string]any{"document": d.Hash})
		c.Edges = append(c.Edges, drover.Edge{From: p.at, To: scp, Kind: drover.EdgeGuardedBy})
	}
	return c
}

const fullAccess = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// Service control policies of every level count.
func TestOrganization(t *testing.T) {
	w := written(t, details(account1([]object{user("start", "AIDASTART00000000000", policyOf(statement("iam:PutUserPolicy", "*", nil)), nil)}, nil)))
	const edge = "user/start " + itself + " iam-007 proven"
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:Put*","Resource":"*"}]}`
	only := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	wantSaid(t, organize(w, fullAccess, fullAccess), edge)
	wantSaid(t, organize(w, deny, fullAccess))
	wantSaid(t, organize(w, fullAccess, only))
}

// A role is passed only to a service that it trusts and that the condition names,
// and to EC2 only by an instance profile.
func TestPassRole(t *testing.T) {
	start := func(passed string) []object {
		return []object{user("start", "AIDASTART00000000000", policyOf(statement("iam:PassRole", "*", object{"StringEquals": object{"iam:PassedToService": passed}}),
			statement("lambda:*", "*", nil), statement("ec2:RunInstances", "*", nil)), nil)}
	}
	trusts := func(service string, profile bool) []object {
		return []object{role("target", "AROATARGET0000000000", trustOf(object{"Service": service}, "sts:AssumeRole"), nil, attachedTo(), profile)}
	}
	for _, c := range []struct {
		passed, trusted string
		profile         bool
		want            []string
	}{
		{"lambda.amazonaws.com", "lambda.amazonaws.com", false, []string{"lambda-001", "lambda-002", "lambda-006"}},
		{"ec2.amazonaws.com", "lambda.amazonaws.com", true, nil},
		{"lambda.amazonaws.com", "ec2.amazonaws.com", true, nil},
		{"ec2.amazonaws.com", "ec2.amazonaws.com", false, nil},
		{"ec2.amazonaws.com", "ec2.amazonaws.com", true, []string{"ec2-001"}},
	} {
		var want []string
		for _, id := range c.want {
			want = append(want, "user/start role/target "+id+" proven")
		}
		wantSaid(t, written(t, details(account1(start(c.passed), trusts(c.trusted, c.profile)))), want...)
	}
}

// How many keys a user has decides between iam-002 and iam-003; while nobody has
// said, both are left open.
func TestKeys(t *testing.T) {
	users := []object{user("start", "AIDASTART00000000000", policyOf(statement("iam:*AccessKey", "*", nil)), nil), user("other", "AIDAOTHER00000000000", nil, nil)}
	keys := func(n int) object {
		list := []object{}
		for i := range n {
			list = append(list, object{"account": acct, "type": "aws_iam_access_key", "name": "k", "arn": fmt.Sprint("k", i), "attributes": object{"access_key_id": fmt.Sprintf("AKIAEXAMPLEEXAMPLE%02d", i), "user": "other"}})
		}
		return object{"gaad.json": account1(users, nil), "resources.json": list}
	}
	wantSaid(t, written(t, keys(1)), "user/start user/other iam-002 proven")
	wantSaid(t, written(t, keys(2)), "user/start user/other iam-003 proven")
	wantSaid(t, written(t, details(account1(users, nil))), "user/start user/other iam-002 inferred", "user/start user/other iam-003 inferred")
}

// Between accounts both sides have to allow; within one, a trust policy that names
// the principal does. What a condition leaves open stays with the edge.
func TestAssume(t *testing.T) {
	const other = "444455556666"
	far := func(trust object) object {
		r := role("far", "AROAFAR0000000000000", trust, nil, attachedTo(), false)
		r["Arn"] = "arn:aws:iam::" + other + ":role/far"
		return object{"UserDetailList": []object{}, "GroupDetailList": []object{}, "Policies": []object{}, "RoleDetailList": []object{r}}
	}
	near := func(inline any) object {
		return account1([]object{user("start", "AIDASTART00000000000", inline, nil)}, nil)
	}
	may := policyOf(statement("sts:AssumeRole", "*", nil))
	named := trustOf(object{"AWS": home + "user/start"}, "sts:AssumeRole")
	secret := policyOf(object{"Effect": "Allow", "Principal": object{"AWS": home + "root"}, "Action": "sts:AssumeRole", "Condition": object{"StringEquals": object{"sts:ExternalId": "s3cr3t-of-theirs"}}})
	const edge = "user/start role/far sts-001 "
	for _, c := range []struct {
		inline any
		trust  object
		want   []string
	}{
		{may, named, []string{edge + "proven"}},
		{nil, named, nil},
		{may, trustOf(object{"AWS": "arn:aws:iam::777788889999:root"}, "sts:AssumeRole"), []string{"arn:aws:iam::777788889999:root role/far sts-001 inferred"}},
		{may, secret, []string{edge + "inferred"}},
		{may, trustOf(object{"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity"), nil},
	} {
		w := written(t, object{"near.json": near(c.inline), "far.json": far(c.trust)})
		wantSaid(t, w, c.want...)
	}
	own := role("near", "AROANEAR000000000000", named, nil, attachedTo(), false)
	wantSaid(t, written(t, details(account1([]object{user("start", "AIDASTART00000000000", nil, nil)}, []object{own}))), "user/start role/near sts-001 proven")
}

// A condition that is not known to hold is kept in the edge.
func TestOpenCondition(t *testing.T) {
	mfa := object{"Bool": object{"aws:MultiFactorAuthPresent": "true"}}
	w := written(t, details(account1([]object{user("start", "AIDASTART00000000000", policyOf(statement("iam:PutUserPolicy", "*", mfa)), nil)}, nil)))
	l := evaluate(t, snapshot(w.Result))
	i := slices.IndexFunc(l.edges, func(e effective.Edge) bool { return e.Technique == "iam-007" })
	if i < 0 || l.edges[i].Grade != drover.GradeInferred || !strings.Contains(string(l.edges[i].Cond), "aws:MultiFactorAuthPresent") {
		t.Errorf("got %+v", l.edges)
	}
}

// Where two statements allow the same, the proof names neither as deciding.
func TestSeveralStatements(t *testing.T) {
	w := written(t, details(account1([]object{user("start", "AIDASTART00000000000", policyOf(statement("iam:PutUserPolicy", "*", nil), statement("iam:Put*", "*", nil)), nil)}, nil)))
	l := evaluate(t, snapshot(w.Result))
	for _, e := range l.edges {
		if e.Technique != "iam-007" {
			continue
		}
		for _, p := range e.Proof {
			if p.Statement != "" || p.Ref != "" {
				t.Errorf("%+v is named, and is not needed", p)
			}
			if !strings.Contains(p.Text, "so does another") {
				t.Errorf("got %q", p.Text)
			}
		}
		return
	}
	t.Error("the effect is missing")
}

// Questions are put as people write them, and answered with what decides.
func TestQuestions(t *testing.T) {
	list := []object{{"account": acct, "type": "aws_s3_bucket", "name": "b", "arn": "arn:aws:s3:::logs", "attributes": object{"bucket": "logs"}},
		{"account": acct, "type": "aws_s3_bucket", "name": "twin", "arn": "arn:aws:s3:::twin", "attributes": object{"bucket": "twin"}}}
	w := written(t, object{"gaad.json": account1([]object{user("start", "AIDASTART00000000000", policyOf(statement("s3:GetObject", "arn:aws:s3:::logs/*", nil)), nil), user("twin", "AIDATWIN000000000000", policyOf(statement("s3:GetObject", "arn:aws:s3:::logs/*", nil)), nil)}, nil), "resources.json": list})
	l := evaluate(t, snapshot(w.Result))
	start, _ := l.row(home + "user/start")
	bucket, _ := l.row("arn:aws:s3:::logs")
	for _, c := range []struct {
		resource, action string
		row              int
		known            bool
		want             access.Verdict
	}{
		{"s3://logs/a/b.txt", "s3:GetObject", -1, true, access.Allow},
		{"arn:aws:s3:::logs/a", "s3:PutObject", -1, true, access.Deny},
		{"arn:aws:s3:::logs", "s3:ListBucket", int(bucket), true, access.Deny},
		{"logs", "s3:ListBucket", int(bucket), true, access.Deny},
		{string(l.in.Ref(int(bucket))), "s3:Gibberish", int(bucket), false, access.Deny},
		{"arn:aws:s3:::logs/a", "", -1, true, access.Allow},
		{"arn:aws:sqs:us-east-1:444455556666:q", "sqs:SendMessage", -1, true, access.Unknown},
	} {
		q, ok := l.model.Question(c.resource, c.action)
		if !ok || q.Row != c.row || q.Known != c.known {
			t.Errorf("%s %s: got %+v %v", c.resource, c.action, q, ok)
		}
		if d := l.model.Decide(start, q); d.Verdict != c.want {
			t.Errorf("%s %s: got %+v, want %s", c.resource, c.action, d, c.want)
		}
	}
	for _, name := range []string{"no such thing", "", "twin"} {
		if q, ok := l.model.Question(name, ""); ok {
			t.Errorf("%q, a name that nothing has or that two have, is taken for %+v", name, q)
		}
	}
	q, _ := l.model.Question("s3://logs/a", "s3:GetObject")
	if d := l.model.Decide(bucket, q); d.Verdict != access.Unknown || len(d.Proof) == 0 {
		t.Errorf("of what is no principal: %+v", d)
	}
	f, ok := l.model.Profile(start)
	if !ok {
		t.Fatal("no profile")
	}
	var touched []string
	for touch := range l.model.Touch(f) {
		touched = append(touched, fmt.Sprint(l.in.Name(int(touch.Row)), " ", touch.Level, " ", touch.Grade))
	}
	if d := cmp.Diff([]string{"logs read proven"}, touched); d != "" {
		t.Errorf("touches (-want +got):\n%s", d)
	}
	if g := l.model.Grants(start); len(g) != 1 || g[0].Level != access.LevelRead {
		t.Errorf("grants: %+v", g)
	}
}

// Who may read a secret has an edge to it; who may not use its key has none. Who
// takes the account over may do all that its root user may.
func TestSecrets(t *testing.T) {
	key := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + home + `root"},"Action":"kms:*","Resource":"*"}]}`
	keyARN := "arn:aws:kms:us-east-1:" + acct + ":key/k1"
	list := []object{
		{"account": acct, "type": "aws_secretsmanager_secret", "name": "s", "arn": "arn:aws:secretsmanager:us-east-1:" + acct + ":secret:db-AbCdEf", "attributes": object{"name": "db", "kms_key_id": keyARN}},
		{"account": acct, "type": "aws_kms_key", "name": "k", "arn": keyARN, "attributes": object{"key_id": "k1", "policy": key}},
	}
	reads := statement("secretsmanager:GetSecretValue", "*", nil)
	w := written(t, object{"gaad.json": account1([]object{
		user("both", "AIDABOTH000000000000", policyOf(reads, statement("kms:Decrypt", keyARN, nil)), nil), user("half", "AIDAHALF000000000000", policyOf(reads), nil)}, nil), "resources.json": list})
	l := evaluate(t, snapshot(w.Result))
	var got []string
	for _, e := range l.edges {
		if e.Kind == drover.EdgeReadsSecret {
			got = append(got, fmt.Sprint(l.name(e.From), " ", e.Level, " ", e.Move))
		}
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"aws/" + acct + "/" + itself + " secrets true", "user/both secrets true"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	account, _ := l.row("account:" + acct)
	f, ok := l.model.Profile(account)
	if !ok || len(slices.Collect(l.model.Touch(f))) == 0 {
		t.Error("an account that is taken over gives nothing")
	}
}

// Principals with the same policies are told apart by what a trust policy or a
// resource's policy says of one of them.
func TestSamePolicies(t *testing.T) {
	same := managed("same", policyOf(statement("sts:AssumeRole", "*", nil), statement("s3:GetObject", "*", nil)))
	attached := attachedTo(home + "policy/same")
	root := object{"AWS": home + "root"}
	but := func(key string, value any) object {
		d := trustOf(root, "sts:AssumeRole")
		d["Statement"] = append(d["Statement"].([]object), object{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": object{"StringLike": object{key: value}}})
		return d
	}
	denied := trustOf(root, "sts:AssumeRole")
	denied["Statement"] = append(denied["Statement"].([]object), object{"Effect": "Deny", "Principal": object{"AWS": home + "user/a"}, "Action": "sts:AssumeRole"})
	bucket := policyOf(object{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": object{"StringLike": object{"aws:PrincipalArn": []string{home + "user/c*"}}}})
	body, _ := json.Marshal(bucket)
	w := written(t, object{
		"gaad.json": account1([]object{user("a", "AIDAA000000000000000", nil, attached), user("b", "AIDAB000000000000000", nil, attached), user("c", "AIDAC000000000000000", nil, attached)},
			[]object{role("any", "AROAANY0000000000000", trustOf(root, "sts:AssumeRole"), nil, attachedTo(), false), role("not-a", "AROANOTA000000000000", denied, nil, attachedTo(), false),
				role("not-b", "AROANOTB000000000000", but("aws:username", "b"), nil, attachedTo(), false)}, same),
		"resources.json": []object{{"account": acct, "type": "aws_s3_bucket", "name": "logs", "arn": "arn:aws:s3:::logs", "attributes": object{"bucket": "logs", "policy": string(body)}}},
	})
	wantSaid(t, w,
		"user/a role/any sts-001 proven", "user/b role/any sts-001 proven", "user/c role/any sts-001 proven",
		"user/b role/not-a sts-001 proven", "user/c role/not-a sts-001 proven",
		"user/a role/not-b sts-001 proven", "user/c role/not-b sts-001 proven")
	l := evaluate(t, snapshot(w.Result))
	for who, want := range map[string]int{"a": 1, "b": 1, "c": 0} {
		row, _ := l.row(home + "user/" + who)
		f, _ := l.model.Profile(row)
		if n := len(slices.Collect(l.model.Touch(f))); n != want {
			t.Errorf("%s touches %d things, want %d", who, n, want)
		}
	}
}

// Who joins a group goes on with what the group may do.
func TestGroup(t *testing.T) {
	d := account1([]object{user("start", "AIDASTART00000000000", policyOf(statement("iam:AddUserToGroup", home+"group/g", nil)), nil)},
		[]object{role("far", "AROAFAR0000000000000", trustOf(object{"AWS": home + "root"}, "sts:AssumeRole"), nil, attachedTo(), false)})
	d["GroupDetailList"].([]object)[0]["AttachedManagedPolicies"] = attachedTo()
	d["GroupDetailList"].([]object)[0]["GroupPolicyList"] = []object{{"PolicyName": "inline", "PolicyDocument": policyOf(statement("sts:AssumeRole", "*", nil))}}
	wantSaid(t, written(t, details(d)), "user/start group/g iam-013 proven", "group/g role/far sts-001 proven")
}

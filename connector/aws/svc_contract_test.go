package aws

import (
	"context"
	"net"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// The services keep the contract of connectors, over an estate that holds secrets
// in variables, tags, user data, instructions and build specifications. IAM's
// sections fail here: the fake has none of it, and the contract is kept still.
func TestServicesContract(t *testing.T) {
	realtest.Suite(t, "AWS API, services", fakeVersion)
	f := newFake(t)
	config := emulated(f.URL, "eu-central-1", "us-east-1")
	config["page_size"] = []string{"1000"}
	config["max_attempts"] = []string{"1"}
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: config, Canaries: fakeCanaries, Partial: true})
}

// What the fake's estate must come to, one fact for each kind of thing.
func TestServiceFacts(t *testing.T) {
	f := newFake(t)
	r := connectortest.CollectContext(t.Context(), t, Connector, emulated(f.URL, "eu-central-1"), serviceSections()...).Merged()
	const acct, region = fakeAccount, "eu-central-1"
	ref := func(typ, id string) drover.Ref { return drover.NewRef("aws", acct, typ, id) }
	arn := func(s string) drover.Ref { return drover.UnseenRef("arn:aws:" + s) }
	role := func(name string) drover.Ref { return arn("iam::" + acct + ":role/" + name) }
	cluster := "abcd.gr7.eu-central-1.eks.amazonaws.com"
	for _, want := range []struct {
		from drover.Ref
		kind drover.EdgeKind
		to   drover.Ref
	}{
		{ref("lambda.function", "name:"+region+":fn-0"), drover.EdgeRunsAs, role("fn")},
		{ref("lambda.function", "name:"+region+":fn-0"), drover.EdgeTrusts, arn("iam::999988887777:root")},
		{ref("lambda.function", "name:"+region+":fn-0"), drover.EdgeReadsSecret, arn("secretsmanager:" + region + ":" + acct + ":secret:kafka-AbCdEf")},
		{ref("ec2.instance", "i-"+region+"-1"), drover.EdgeRunsAs, role("node1")},
		{ref("ec2.launch_template", "lt-"+region+"-2"), drover.EdgeRunsAs, role("node2")},
		{ref("ecs.task_definition", "name:"+region+":app:1"), drover.EdgeRunsAs, role("task")},
		{ref("ecs.task_definition", "name:"+region+":app:1"), drover.EdgeReadsSecret, arn("secretsmanager:" + region + ":" + acct + ":secret:db-AbCdEf")},
		{ref("ecs.service", "name:"+region+":c0/s1"), drover.EdgeRunsAs, role("task")},
		{drover.UnseenRef("k8s:" + cluster + "/shop/cart"), drover.EdgeCanAssume, role("cart")},
		{role("cart"), drover.EdgeCanAssume, arn("iam::999988887777:role/far")},
		{role("dev1"), drover.EdgeCanAssume, drover.UnseenRef("k8s-user:" + cluster + "/dev:*")},
		{role("dev1"), drover.EdgeMemberOf, drover.UnseenRef("k8s-group:" + cluster + "/viewers")},
		{ref("eks.nodegroup", "name:"+region+":k0/ng0"), drover.EdgeRunsAs, role("node")},
		{ref("codebuild.project", "name:"+region+":b1"), drover.EdgeTrusts, drover.UnseenRef("github:acme/repo1")},
		{ref("codebuild.project", "name:"+region+":b1"), drover.EdgeReadsSecret, arn("secretsmanager:" + region + ":" + acct + ":secret:db-??????")},
		{ref("codebuild.source_credential", "name:"+region+":github"), drover.EdgeStoredIn, arn("secretsmanager:" + region + ":" + acct + ":secret:gh-AbCdEf")},
		{arn("lambda:" + region + ":" + acct + ":function:rotate"), drover.EdgeReadsSecret, ref("secretsmanager.secret", region+":s1-AbCdEf")},
		{role("fn"), drover.EdgeCanAccess, ref("kms.key", region+"-1")},
		{ref("s3.bucket", "name:bucket0"), drover.EdgeTrusts, drover.UnseenRef(anyone)},
		{ref("organizations.ou", "ou-1"), drover.EdgeGuardedBy, ref("organizations.scp", "p-1")},
		{ref("organizations.organization", "o-1"), drover.EdgeDelegatesTo, drover.NewRef("aws", "444455556660", "account", "444455556660")},
		{ref("bedrock.agent", region+"AG0"), drover.EdgeRunsAs, role("agent")},
		{ref("bedrock.agent", region+"AG0"), drover.EdgeDelegatesTo, arn("lambda:" + region + ":" + acct + ":function:fn-0")},
		{ref("bedrock.agent", region+"AG0"), drover.EdgeDelegatesTo, arn("bedrock:" + region + ":" + acct + ":agent-alias/OTHER/A")},
		{ref("bedrock.agent", region+"AG0"), drover.EdgeCanAccess, arn("bedrock:" + region + ":" + acct + ":knowledge-base/" + region + "KB1")},
		{ref("bedrock.knowledge_base", region+"KB0"), drover.EdgeReadsSecret, arn("secretsmanager:" + region + ":" + acct + ":secret:pine-AbCdEf")},
		{arn("iot:" + region + ":" + acct + ":cert/c1"), drover.EdgeAuthenticates, ref("iot.thing", "name:"+region+":t0")},
		{ref("iot.policy", "name:"+region+":p0"), drover.EdgeAttached, arn("iot:" + region + ":" + acct + ":cert/c1")},
		{ref("iot.certificate", region+"c0"), drover.EdgeIssuedBy, arn("iot:" + region + ":" + acct + ":cacert/ca0")},
		{ref("iot.certificate", region+"c0"), drover.EdgeIssuedBy, drover.UnseenRef("x509-ski:01020304")},
		{ref("iot.role_alias", "name:"+region+":ra0"), drover.EdgeCanAssume, role("device")},
		{ref("rolesanywhere.profile", region+"pr0"), drover.EdgeCanAssume, role("press")},
		{ref("rolesanywhere.subject", region+"su0"), drover.EdgeCanAssume, ref("rolesanywhere.profile", region+"pr1")},
		{arn("rolesanywhere:" + region + ":" + acct + ":trust-anchor/ta0"), drover.EdgeGuardedBy, ref("rolesanywhere.crl", region+"crl0")},
		{drover.UnseenRef("email:team-a@acme.test"), drover.EdgeOwns, ref("lambda.function", "name:"+region+":fn-0")},
		{drover.UnseenRef("github:acme/fn"), drover.EdgeCreated, ref("lambda.function", "name:"+region+":fn-0")},
		{drover.UnseenRef("email:web@acme.test"), drover.EdgeOwns, ref("ec2.instance", "i-"+region+"-1")},
		{drover.UnseenRef("email:b@acme.test"), drover.EdgeOwns, ref("ecs.task_definition", "name:"+region+":app:1")},
		{drover.UnseenRef("email:a@acme.test"), drover.EdgeOwns, ref("secretsmanager.secret", region+":s1-AbCdEf")},
		{drover.UnseenRef("email:d@acme.test"), drover.EdgeOwns, ref("s3.bucket", "name:bucket0")},
		{drover.UnseenRef("email:ai@acme.test"), drover.EdgeOwns, ref("bedrock.agent", region+"AG0")},
		{drover.UnseenRef("email:plant@acme.test"), drover.EdgeOwns, ref("rolesanywhere.profile", region+"pr0")},
	} {
		if !hasEdge(r, want.from, want.kind, want.to) {
			t.Errorf("no edge %s %s %s", want.from, want.kind, want.to)
		}
	}
	for _, s := range r.ByType("aws.rolesanywhere.subject") {
		if n := evidenceOf(r, s.Ref, drover.ClaimLastUsed); n != 1 {
			t.Errorf("%s: %d times last seen, want 1", s.Ref, n)
		}
	}
	for _, s := range r.ByType("aws.secretsmanager.secret") {
		if v, known := s.Attrs.Bool("pending"); !v || !known || evidenceOf(r, s.Ref, drover.ClaimLastUsed) != 1 || s.Rotated.IsZero() {
			t.Errorf("%s: a stuck rotation, a last retrieval and a last rotation are not seen: %s", s.Ref, s.Attrs)
		}
	}
	for _, a := range r.ByType("aws.ec2.instance") {
		if v, known := a.Attrs.Bool("imdsv1"); !v || !known {
			t.Errorf("%s: its metadata service answers without a token, and that is not said", a.Ref)
		}
	}
	for typ, n := range map[string]int{"x509.certificate": 2, "aws.rolesanywhere.crl": 3, "aws.iot.ca_certificate": 3, "aws.lambda.environment_variable": 10, "aws.codebuild.buildspec": 3} {
		if got := len(r.ByType(typ)); got != n {
			t.Errorf("%d of %s, want %d", got, typ, n)
		}
	}
}

func hasEdge(r *connectortest.Result, from drover.Ref, kind drover.EdgeKind, to drover.Ref) bool {
	for _, e := range r.Edges {
		if e.From == from && e.Kind == kind && e.To == to {
			return true
		}
	}
	return false
}

func evidenceOf(r *connectortest.Result, ref drover.Ref, claim string) int {
	n := 0
	for _, e := range r.Evidence {
		if e.Subject == ref && e.Claim == claim {
			n++
		}
	}
	return n
}

// A region that has no such service is left out of the scan, and nothing else is.
func TestServiceNotOffered(t *testing.T) {
	err := listed("mx-central-1", &net.DNSError{Err: "no such host", Name: "rolesanywhere.mx-central-1.amazonaws.com", IsNotFound: true})
	s := &shelf{records: map[string]map[string]bool{"c": {}}, kept: map[string][]string{}, sections: map[string]drover.Section{}}
	scan := &connector.Scan{Session: &connector.Session{}, Open: func(context.Context, string, string) (connector.Sink, error) { return shelfSink{s, "c"}, nil }}
	if err := scan.Section(t.Context(), "x", "c", func(context.Context, *connector.Out) error { return err }); err != nil {
		t.Fatal(err)
	}
	if got := s.sections["c"].Status; got != drover.StatusSkipped {
		t.Errorf("the section is %s, want skipped", got)
	}
}

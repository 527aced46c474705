package effective_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/graph/effective"
)

// What follows from one stored edge: the table of docs/reference/effects.md.
func TestStoredEdges(t *testing.T) {
	for _, c := range []struct{ name, graph, want string }{
		{"a credential is its identity", "k credential t.key\nu identity t.user\nk -authenticates-> u", "k -authenticates-> u proven move"},
		{"an expired one is not", "k credential t.key status=expired\nu identity t.user\nk -authenticates-> u", ""},
		{"nor is a disabled one", "k credential t.key status=disabled\nu identity t.user\nk -authenticates-> u", ""},
		{"a host key lets its holder pass for the computer", "k credential ssh.key\nh identity machine.host\nk -authenticates-> h", "k -authenticates-> h proven touch escalate"},
		{"a member has what the group has", "u identity t.user\ng group t.group\nu -member_of-> g", "u -member_of-> g proven move"},
		{"AWS groups are evaluated", "u identity aws.iam.user\ng group aws.iam.group\nu -member_of-> g", ""},
		{"PostgreSQL memberships are evaluated", "u identity postgres.role\ng role postgres.role\nu -member_of-> g", ""},
		{"a mapped role is in a cluster's group", "r identity aws.iam.role\ng group kubernetes.group\nr -member_of-> g", "r -member_of-> g proven move"},
		{"a department gives nothing", "u human hr.person\ng group hr.org_unit\nu -member_of-> g\ng -contains-> u", ""},
		{"a mapped role is a cluster's user", "r identity aws.iam.role\nu identity kubernetes.user\nr -can_assume-> u", "r -can_assume-> u proven move"},
		{"IAM roles are evaluated", "r identity aws.iam.role\nq identity aws.iam.role\nr -can_assume-> q", ""},
		{"a subject of a token becomes a role", "r identity aws.iam.role\noidc:https://idp.example|x -can_assume-> r cond={\"StringEquals\":{\"a\":\"b\"}}", "oidc:https://idp.example|x -can_assume-> r inferred move if {\"StringEquals\":{\"a\":\"b\"}}"},
		{"a build becomes a role", "r identity aws.iam.role\no resource git.repository\no -can_assume-> r grade=inferred", "o -CI_OIDC-> r inferred move"},
		{"an annotation is a wish where the trust policy was read", "r identity aws.iam.role attrs={\"trust_document\":\"sha256:1\"}\ns identity kubernetes.service_account aliases=k8s:c/ns/s\ns -can_assume-> r grade=declared", ""},
		{"unless the role trusts a token like its", "r identity aws.iam.role attrs={\"trust_document\":\"sha256:1\"}\ns identity kubernetes.service_account aliases=k8s:c/ns/s\ns -can_assume-> r grade=declared\noidc:https://e/id/1|system:serviceaccount:ns:* -can_assume-> r grade=inferred",
			"oidc:https://e/id/1|system:serviceaccount:ns:* -can_assume-> r inferred move\ns -can_assume-> r declared move"},
		{"declared otherwise", "r identity aws.iam.role\ns identity kubernetes.service_account\ns -can_assume-> r grade=declared", "s -can_assume-> r declared move"},
		{"a workload is what it runs as", "w workload t.job\nu identity t.user\nw -runs_as-> u", "w -runs_as-> u proven move"},
		{"an instance through its metadata service", "i workload aws.ec2.instance\nr identity aws.iam.role\ni -runs_as-> r cond={\"IamInstanceProfile\":\"arn\"}", "i -INSTANCE_METADATA-> r proven move"},
		{"not when that is off", "i workload aws.ec2.instance attrs={\"MetadataOptions\":{\"HttpEndpoint\":\"disabled\"}}\nr identity aws.iam.role\ni -runs_as-> r", ""},
		{"an agent and what acts for it", "a identity t.agent\nb identity t.agent\na -delegates_to-> b", "a -delegates_to-> b proven move"},
		{"a workload has the secret it is handed", "w workload t.job\nc credential t.key\nw -reads_secret-> c", "w -SECRET_READ-> c proven move secrets"},
		{"the kubelet pulls, not the pod", "w workload kubernetes.deployment\ns resource kubernetes.secret\nw -reads_secret-> s part=imagePullSecrets", ""},
		{"who reads a secret has the credential in it", "c credential t.key\ns resource t.secret\nc -stored_in-> s", "s -SECRET_READ-> c proven move secrets"},
		{"who reads a place has it", "c credential t.key\np place git.line\nc -stored_in-> p", "p -PLACE_READ-> c proven move secrets"},
		{"a certificate is public", "c credential x509.certificate\np place git.line\nc -stored_in-> p", ""},
		{"so is a line of authorized_keys", "c credential ssh.key\np place machine.file attrs={\"account\":\"root\"}\nc -stored_in-> p", ""},
		{"a private key's file is not", "c credential ssh.key\np place machine.file attrs={\"format\":\"openssh\"}\nc -stored_in-> p", "p -PLACE_READ-> c proven move secrets"},
		{"an authority is whom it issued for", "c credential x509.certificate\na credential x509.certificate\nc -issued_by-> a", "a -CA_ISSUE-> c proven move escalate"},
		{"a container has what lies in it", "d resource t.db\nq resource t.table\nd -contains-> q", "d -contains-> q proven move"},
		{"a person who owns", "h human t.person\nu identity t.user\nh -owns-> u", "h -HUMAN_OWNS-> u inferred move"},
		{"a person who created", "h human t.person\nu identity t.user\nh -created-> u grade=declared", "h -HUMAN_CREATED-> u declared move"},
		{"an identity that owns gains nothing by it", "h identity t.user\nu identity t.user\nh -owns-> u\nh -created-> u", ""},
		{"whoever may read a place", "p place t.file\nu identity t.user\np -exposes-> u", "u -PLACE_READ-> p proven move secrets"},
		{"a resource that names an account exposes nothing to it", "p resource kubernetes.secret\nu identity t.user\np -exposes-> u", ""},
		{"access is a touch at the level of its words", "u identity t.user\nq resource t.table\nu -can_access-> q part=DELETE", "u -can_access-> q proven touch delete"},
		{"the cluster-admin policy of EKS", "u identity aws.iam.role\nq resource kubernetes.cluster\nu -can_access-> q part=arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy cond={\"type\":\"cluster\"}", "u -can_access-> q inferred move permissions if {\"type\":\"cluster\"}"},
		{"trust, policies and limits are for evaluators", "u identity t.user\np policy t.policy\nu -trusts-> p\np -attached-> u\nu -bounded_by-> p\nu -guarded_by-> p", ""},
		{"whoever pushes an image runs in what pulls it", "r resource toy.image_repository aliases=image:ghcr.io/acme/app\nw workload kubernetes.deployment attrs={\"containers\":[{\"image\":\"ghcr.io/acme/app:v1\"}]}\nu identity toy.user\ndoc d {\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"write\",\"Resource\":\"r\"}]}\np policy toy.policy doc=d\np -attached-> u",
			"r -IMAGE_PULL-> w inferred move escalate\nu -IMAGE_PULL-> r inferred move escalate"},
		{"a digest pins", "r resource toy.image_repository aliases=image:ghcr.io/acme/app\nw workload kubernetes.deployment attrs={\"containers\":[{\"image\":\"ghcr.io/acme/app:v1@sha256:aa\"}]}", ""},
		{"a node is the machine that it names", "n workload kubernetes.node attrs={\"providerID\":\"aws:///eu-west-1a/i-1\"}\ni workload aws.ec2.instance attrs={\"InstanceId\":\"i-1\"}", "n -runs_as-> i proven move"},
		{"a key is its certificate", "k credential x509.private_key aliases=spki:aa\nc credential x509.certificate attrs={\"spki_sha256\":\"aa\"}", "k -CERT_KEY-> c proven move"},
		{"a file is its owner's and the computer's", "h identity machine.host\na identity machine.account\nf place machine.file attrs={\"owner\":\"a\",\"mode\":\"0600\"}", "a -PLACE_READ-> f proven move secrets\nh -PLACE_READ-> f proven move secrets"},
		{"uid 0 is the computer", "h identity machine.host\na identity machine.account attrs={\"uid\":0}", "a -can_assume-> h proven move"},
		{"a service hands out a role that trusts it", "p role aws.rolesanywhere.profile attrs={\"Region\":\"r\"}\nr identity aws.iam.role attrs={\"trust_document\":\"sha256:1\"}\np -can_assume-> r cond={\"enabled\":true}\nr -trusts-> aws-service:rolesanywhere.amazonaws.com", "p -can_assume-> r proven move"},
		{"and none that does not", "p role aws.rolesanywhere.profile\nr identity aws.iam.role attrs={\"trust_document\":\"sha256:1\"}\np -can_assume-> r\nr -trusts-> aws-service:lambda.amazonaws.com", ""},
		{"an authority's key opens what a trust anchor lets in", "a resource aws.rolesanywhere.trust_anchor attrs={\"Region\":\"r\",\"enabled\":true}\nc credential x509.certificate\na -trusts-> c\np role aws.rolesanywhere.profile attrs={\"Region\":\"r\"}\nq role aws.rolesanywhere.profile attrs={\"Region\":\"s\"}", "c -CA_ISSUE-> p inferred move escalate"},
		{"known not to hold", "u identity t.user\nv identity t.user\nu -can_assume-> v cond={\"enabled\":false}", ""},
		{"known to hold", "u identity t.user\nv identity t.user\nu -can_assume-> v cond={\"enabled\":true}", "u -can_assume-> v proven move"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := edges(build(t, c.graph)); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.graph, got, c.want)
			}
		})
	}
}

// edges writes every edge of a graph on a line of its own.
func edges(g *effective.Graph) string {
	var out []string
	for n := range g.Reach().Edges() {
		e := g.Edge(uint32(n))
		word := string(e.Kind)
		if e.Technique != "" {
			word = e.Technique
		}
		how := "touch"
		if e.Move {
			how = "move"
		}
		line := strings.TrimSpace(fmt.Sprintf("%s -%s-> %s %s %s %s", strings.TrimPrefix(g.Name(e.From), "oidc:"), word, g.Name(e.To), e.Grade, how, e.Level))
		if g.Input().Unseen(int(e.From)) {
			line = "oidc:" + line
		}
		if len(e.Cond) > 0 {
			line += " if " + string(e.Cond)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// Every technique is described, and every edge names one that is.
func TestTechniques(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range effective.Cross {
		if x.ID == "" || x.Title == "" || x.Doc == "" || !strings.HasPrefix(x.Cite, "https://") || len(x.Needs) == 0 || seen[x.ID] {
			t.Errorf("technique %+v says too little, or twice", x)
		}
		seen[x.ID] = true
	}
	g := build(t, story)
	for n := range g.Reach().Edges() {
		e := g.Edge(uint32(n))
		if e.Technique == "" {
			continue
		}
		if _, ok := g.Technique(e.Technique); !ok {
			t.Errorf("%s: technique %q is described nowhere", g.Say(uint32(n)), e.Technique)
		}
	}
}

// Every edge has a proof, and one without a stored proof text names its edge.
func TestProofs(t *testing.T) {
	g := build(t, story)
	for n := range g.Reach().Edges() {
		e := g.Edge(uint32(n))
		if len(e.Proof) == 0 {
			t.Errorf("%s: no proof", g.Say(uint32(n)))
		}
		for _, p := range e.Proof {
			if p.Text == "" {
				t.Errorf("%s: a proof that says nothing", g.Say(uint32(n)))
			}
		}
	}
	e := g.Reach().Out(find(t, g, "web"))
	for n := range e {
		if x := g.Edge(n); g.Name(x.To) == "sa" {
			if want := `[{"ref":"kubernetes/1/deployment/web","statement":"runs_as kubernetes/1/service_account/sa","effect":"allow","text":"spec.serviceAccountName"}]`; quote(x.Proof) != want {
				t.Errorf("proof: got %s, want %s", quote(x.Proof), want)
			}
		}
	}
}

// The same input makes the same graph.
func TestDeterministic(t *testing.T) {
	if d := cmp.Diff(edges(build(t, story)), edges(build(t, story))); d != "" {
		t.Error(d)
	}
}

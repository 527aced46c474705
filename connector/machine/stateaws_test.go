package machine

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
)

// edges are those of a scan, one line each.
func edges(r *connectortest.Result) []string {
	var out []string
	for _, e := range r.Edges {
		out = append(out, fmt.Sprintf("%s %s %s", e.From, e.Kind, e.To))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wantEdges(t *testing.T, r *connectortest.Result, want ...string) {
	t.Helper()
	got := edges(r)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missing: %s\ngot %s", w, strings.Join(got, "\n    "))
		}
	}
}

// What a state says of AWS has the names under which AWS itself would be read.
func TestStateSpeaksAsAWS(t *testing.T) {
	const account = "arn:aws:iam::123456789012:"
	p := newPlanter(t)
	p.file("terraform.tfstate", stateOf(p,
		m{"type": "aws_iam_openid_connect_provider", "id": "p", "arn": account + "oidc-provider/token.actions.githubusercontent.com", "url": "https://token.actions.githubusercontent.com"},
		m{"type": "aws_iam_role", "id": "deploy", "arn": account + "role/ci/deploy", "name": "deploy", "unique_id": "AROAJQABLZS4A3QDU576Q", "permissions_boundary": account + "policy/limit", "managed_policy_arns": []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
			"create_date": "2024-05-06T07:08:09Z", "inline_policy": []any{m{"name": "more", "policy": `{"Version":"2012-10-17","Statement":[]}`}},
			"assume_role_policy": `{"Version":"2012-10-17","Statement":[{"Sid":"Hub","Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"` + account + `oidc-provider/token.actions.githubusercontent.com"},"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}},{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + account + `user/ops","Service":"lambda.amazonaws.com"}}]}`},
		m{"type": "aws_iam_user", "id": "ops", "arn": account + "user/ops", "name": "ops", "unique_id": "AIDAJQABLZS4A3QDU576Q", "tags": m{"Owner": "Ana@acme.test"}, "tags_all": m{"Owner": "Ana@acme.test", "terraform-repo": "none"}},
		m{"type": "aws_iam_policy", "id": "l", "arn": account + "policy/limit", "name": "limit", "policy_id": "ANPAJQABLZS4A3QDU576Q", "policy": `{"Version":"2012-10-17","Statement":[]}`},
		m{"type": "aws_iam_instance_profile", "id": "web", "arn": account + "instance-profile/web", "name": "web", "unique_id": "AIPAJQABLZS4A3QDU576Q", "role": "deploy"},
		m{"type": "aws_iam_group", "id": "g", "arn": account + "group/g", "name": "g", "unique_id": "AGPAJQABLZS4A3QDU576Q"},
		m{"type": "aws_instance", "id": "i-0abc", "arn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc", "iam_instance_profile": "web"},
		m{"type": "aws_lambda_function", "id": "f", "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "function_name": "f", "role": account + "role/ci/deploy", "tags": m{"repo": "git@github.com:Acme/F.git", "team": "payments"}},
		m{"type": "aws_iam_access_key", "id": "AKIAIOSFODNN7EXAMPLE", "user": "elsewhere", "secret": p.value(40)},
		m{"type": "aws_eks_cluster", "id": "c", "name": "c", "arn": "arn:aws:eks:eu-west-1:123456789012:cluster/c", "endpoint": "https://ABC.gr7.eu-west-1.eks.amazonaws.com"},
		m{"type": "aws_eks_pod_identity_association", "id": "a", "cluster_name": "c", "namespace": "shop", "service_account": "web", "role_arn": account + "role/ci/deploy"},
		m{"type": "kubernetes_service_account_v1", "id": "shop/web", "metadata": []any{m{"name": "web", "namespace": "shop", "uid": "u1", "labels": m{"created-by": "none"}, "annotations": m{"acme.test/owner": "@acme/web", "eks.amazonaws.com/role-arn": account + "role/ci/deploy"}}}},
		m{"type": "aws_db_instance", "id": "d", "arn": "arn:aws:rds:eu-west-1:123456789012:db:d", "engine": "postgres", "address": "d.x.eu-west-1.rds.amazonaws.com", "port": 5432, "username": "boss"},
	))
	r := connectortest.Collect(t, Connector, p.config())
	const (
		role = "aws/123456789012/iam.role/AROAJQABLZS4A3QDU576Q"
		sub  = "unseen/-/oidc/oidc:https:%2F%2Ftoken.actions.githubusercontent.com%7Crepo:acme%2F%2A"
	)
	wantEdges(t, r,
		role+" trusts "+sub, sub+" can_assume "+role,
		role+" trusts aws/123456789012/iam.user/AIDAJQABLZS4A3QDU576Q", role+" trusts unseen/-/aws-service/aws-service:lambda.amazonaws.com",
		role+" bounded_by aws/123456789012/iam.policy/ANPAJQABLZS4A3QDU576Q",
		"unseen/-/arn/arn:aws:iam::aws:policy%2FReadOnlyAccess attached "+role,
		"aws/123456789012/iam.inline_policy/AROAJQABLZS4A3QDU576Q:more attached "+role,
		"aws/123456789012/iam.instance_profile/AIPAJQABLZS4A3QDU576Q runs_as "+role,
		"aws/123456789012/ec2.instance/i-0abc runs_as aws/123456789012/iam.instance_profile/AIPAJQABLZS4A3QDU576Q",
		"aws/123456789012/lambda.function/name:eu-west-1:f runs_as "+role,
		"unseen/-/k8s/k8s:abc.gr7.eu-west-1.eks.amazonaws.com%2Fshop%2Fweb can_assume "+role,
		"unseen/-/k8s-uid/k8s-uid:u1 can_assume "+role,
		"unseen/-/email/email:ana@acme.test owns aws/123456789012/iam.user/AIDAJQABLZS4A3QDU576Q",
		"unseen/-/github/github:acme%2Ff created aws/123456789012/lambda.function/name:eu-west-1:f",
		"unseen/-/login/login:github.com%2Facme%2Fweb owns unseen/-/k8s-uid/k8s-uid:u1",
	)
	owned := slices.ContainsFunc(edges(r), func(e string) bool {
		return strings.HasPrefix(e, "secret/-/aws-access-key/") && strings.HasSuffix(e, " authenticates aws/123456789012/iam.user/name:elsewhere")
	})
	if !owned {
		t.Errorf("the key of a user that the state does not hold is nobody's:\n%s", strings.Join(edges(r), "\n"))
	}
	for _, n := range r.Nodes {
		switch n.Type {
		case "aws.iam.role":
			if n.Created.IsZero() || n.Attrs.Str("trust_document") == "" {
				t.Errorf("the role has no date or no trust policy: %+v", n)
			}
		case "aws.iam.oidc_provider":
			if n.Ref != "aws/123456789012/iam.oidc_provider/name:token.actions.githubusercontent.com" {
				t.Errorf("provider %s", n.Ref)
			}
		case "aws.iam.group":
			if n.Ref != "aws/123456789012/iam.group/AGPAJQABLZS4A3QDU576Q" || len(n.Aliases) != 1 {
				t.Errorf("group %s %v", n.Ref, n.Aliases)
			}
		case "aws.rds.master_user":
			if !slices.Contains(n.Aliases, "dsn:postgres://d.x.eu-west-1.rds.amazonaws.com:5432/boss") {
				t.Errorf("database user %v", n.Aliases)
			}
		}
	}
}

// Keys and certificates in a state are those that lie in files.
func TestStateKeys(t *testing.T) {
	p := newPlanter(t)
	c := p.certificate("svc.example.com", nil, nil)
	key := p.keyPEM(c)
	der, _ := x509.MarshalPKIXPublicKey(c.key.Public())
	p.file("a.tfstate", stateOf(p,
		m{"type": "tls_private_key", "id": "k", "private_key_pem": key, "private_key_pem_pkcs8": key, "public_key_pem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))},
		m{"type": "tls_self_signed_cert", "id": "c", "cert_pem": c.pem}))
	p.file("pki/tls.crt", c.pem)
	p.file("pki/tls.key", key)
	p.check()
}

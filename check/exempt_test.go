package check_test

import (
	"strings"
	"testing"

	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/checktest"

	"github.com/droverhq/drover"
)

// What providers manage is exempt, with the reason; what only looks like it is not.
func TestExempt(t *testing.T) {
	e := checktest.Estate(t, `
aws/1/iam.role/slr identity name=AWSServiceRoleForSupport attrs.Path=/aws-service-role/support.amazonaws.com/
aws/1/iam.role/sso identity name=AWSReservedSSO_Admin_01 attrs.Path=/aws-reserved/sso.amazonaws.com/
aws/1/iam.role/fake identity name=AWSServiceRoleForSupport2 attrs.Path=/
aws/1/iam.user/u identity name=ci
aws/aws/iam.policy/ReadOnlyAccess policy name=ReadOnlyAccess
kubernetes/c/cluster_role/a role name=system:node
kubernetes/c/cluster_role/view role name=view attrs.labels={"kubernetes.io/bootstrapping":"rbac-defaults"}
kubernetes/c/group/all group name=system:unauthenticated
kubernetes/c/service_account/dns identity name=coredns attrs.namespace=kube-system
kubernetes/c/service_account/fakedns identity name=coredns attrs.namespace=shop
kubernetes/c/service_account/cron identity name=cronjob-controller attrs.namespace=kube-system
kubernetes/c/service_account/tiller identity name=tiller attrs.namespace=kube-system
postgres/db/postgres.role/1 role type=postgres.role name=pg_read_all_data
postgres/db/postgres.role/2 identity type=postgres.role name=postgres
postgres/db/postgres.role/3 identity type=postgres.role name=rdsadmin
gcp/p/service_account/agent identity name=service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com
gcp/p/service_account/fake identity name=service-123456789012@shop.iam.gserviceaccount.com
gcp/p/service_account/default identity name=1234-compute@developer.gserviceaccount.com
gcp/p/service_account_key/k credential attrs.keyType=SYSTEM_MANAGED
entra/t/service_principal/graph identity name="Microsoft Graph" attrs.appOwnerOrganizationId=f8cdef31-a31e-4b4a-93e4-5f571e91255a
entra/t/service_principal/ours identity name="Microsoft Graph" attrs.appOwnerOrganizationId=00000000-0000-0000-0000-000000000001
github/acme/app/dependabot identity name=dependabot[bot]
github/acme/app/own identity name=Actions attrs.owner={"login":"github"}
github/acme/app/other identity name=Deployer attrs.owner={"login":"acme"}
ad/corp/user/krb identity name=krbtgt attrs.objectSid=S-1-5-21-1-2-3-502
ad/corp/user/admin identity name=Administrator attrs.objectSid=S-1-5-21-1-2-3-500
machine/h/account/daemon identity name=daemon attrs.system=true attrs.login=false
machine/h/account/svc identity name=svc attrs.system=true attrs.login=true
aws/1/iam.access_key/K credential
aws/1/iam.access_key/K -authenticates-> aws/1/iam.user/u
slack/w/token/t credential
slack/w/token/t -authenticates-> slack/w/bot/b
slack/w/bot/b identity name=slackbot
racf/z/user/c identity name=irrcerta
acme/1/thing/m identity attrs.provider_managed=true
`)
	want := map[string]string{
		"aws/1/iam.role/slr": "AWS", "aws/1/iam.role/sso": "IAM Identity Center", "aws/aws/iam.policy/ReadOnlyAccess": "AWS",
		"kubernetes/c/cluster_role/a": "Kubernetes", "kubernetes/c/cluster_role/view": "Kubernetes", "kubernetes/c/service_account/dns": "distribution", "kubernetes/c/service_account/cron": "controller",
		"postgres/db/postgres.role/1": "PostgreSQL", "postgres/db/postgres.role/3": "RDS", "gcp/p/service_account/agent": "Google", "gcp/p/service_account_key/k": "Google",
		"entra/t/service_principal/graph": "Microsoft", "github/acme/app/dependabot": "GitHub", "github/acme/app/own": "GitHub", "ad/corp/user/krb": "Active Directory",
		"machine/h/account/daemon": "operating system", "slack/w/bot/b": "Slack", "slack/w/token/t": "Slack", "racf/z/user/c": "RACF", "acme/1/thing/m": "provider",
	}
	for row := range e.Graph.Seen() {
		ref := string(e.Graph.Ref(row))
		reason, ok := e.Exempt(row)
		if by, exempt := want[ref]; exempt != ok || !strings.Contains(reason, by) {
			t.Errorf("%s: exempt %t, %q; want %t, by %s", ref, ok, reason, exempt, by)
		}
	}
}

// A hit on what is exempt is listed with its reason, and is no finding.
func TestExemptHit(t *testing.T) {
	const ref = "aws/1/iam.role/slr"
	e := checktest.Estate(t, ref+" identity name=AWSServiceRoleForSupport attrs.Path=/aws-service-role/support.amazonaws.com/")
	var list []check.Exemption
	if err := check.Run(t.Context(), e, []*check.Check{disable(ref, false)}, check.Options{Exempt: func(x check.Exemption) { list = append(list, x) },
		Finding: func(f drover.Finding) error { t.Errorf("found %s", f.What); return nil }}); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Ref != ref || list[0].Reason == "" {
		t.Errorf("exempt: %+v", list)
	}
}

func TestBreakGlass(t *testing.T) {
	e := checktest.Estate(t, `
aws/1/iam.user/labelled identity name=admin2
label aws/1/iam.user/labelled break_glass=true by asha
aws/1/iam.user/denied identity name=breakglass attrs.Tags=[{"Key":"BreakGlass","Value":"false"}] @tier=0
aws/1/iam.user/tagged identity name=root2 attrs.Tags=[{"Key":"break-glass","Value":"yes"}]
aws/1/iam.user/purpose identity name=x attrs.tags={"purpose":"emergency access"}
aws/1/iam.user/name identity name=svc-break-glass
aws/1/iam.user/name0 identity name=svc-break-glass @tier=0
aws/1/iam.user/member identity name=Emergency1
aws/1/iam.group/g group name=emergency-admins
aws/1/iam.user/member -member_of-> aws/1/iam.group/g
aws/1/iam.user/plain identity name=ci @tier=0
aws/1/iam.user/unused identity name=firecall created=-400d
never aws/1/iam.user/unused by trail window=400d
`)
	want := map[string]string{"labelled": "by asha", "tagged": "tagged break_glass in aws", "purpose": "purpose", "name0": "inferred", "member": "inferred", "unused": "inferred"}
	for row := range e.Graph.Seen() {
		id := e.Graph.Ref(row).ID()
		reason, ok := e.BreakGlass(row)
		if by, is := want[id]; is != ok || !strings.Contains(reason, by) {
			t.Errorf("%s: %t, %q; want %t, %q", id, ok, reason, is, by)
		}
	}
}

// Nothing unseen is called unused.
func TestUnused(t *testing.T) {
	e := checktest.Estate(t, `
aws/1/iam.access_key/old credential created=-400d used=-200d by report
aws/1/iam.access_key/recent credential created=-400d used=-20d by report
aws/1/iam.access_key/unwatched credential created=-400d
aws/1/iam.access_key/never credential created=-400d
never aws/1/iam.access_key/never by report window=400d
aws/1/iam.access_key/new credential created=-3d
never aws/1/iam.access_key/new by report window=400d
aws/1/iam.access_key/short credential created=-400d
never aws/1/iam.access_key/short by report window=30d
aws/1/iam.access_key/stale credential created=-400d
never aws/1/iam.access_key/stale by report window=400d read=-60d
aws/1/iam.access_key/ageless credential
never aws/1/iam.access_key/ageless by report window=400d
kubernetes/c/service_account_token/t credential created=-400d used=-200d by label
aws/1/iam.user/live identity created=-400d live=-1d by sessions
`)
	want := map[string]bool{"old": true, "never": true}
	for row := range e.Graph.Seen() {
		id := e.Graph.Ref(row).ID()
		if proof, ok := e.Unused(row); ok != want[id] || ok && (proof.Text == "" || proof.Source != "report") {
			t.Errorf("%s: unused %t, want %t: %+v", id, ok, want[id], proof)
		}
	}
}

// What another member of an entity says counts for its head.
func TestJoined(t *testing.T) {
	e := checktest.Estate(t, `
aws/1/iam.role/AROA1 identity name=support
aws/1/iam.role/name:support identity name=support attrs.Path=/aws-service-role/support.amazonaws.com/ attrs.Tags=[{"Key":"break_glass","Value":"true"}]
same aws/1/iam.role/AROA1 aws/1/iam.role/name:support
aws/1/iam.access_key/K credential
aws/1/iam.access_key/K -authenticates-> aws/1/iam.role/name:support
`)
	head, _ := e.Graph.Find("aws/1/iam.role/AROA1")
	if _, ok := e.Exempt(head); !ok {
		t.Error("its path is not seen")
	}
	if _, ok := e.BreakGlass(head); !ok {
		t.Error("its tag is not seen")
	}
	if len(e.Credentials(head)) != 1 {
		t.Error("its key is not seen")
	}
}

func TestPlaces(t *testing.T) {
	e := checktest.Estate(t, `
secret/-/x/1 credential
vault/v/secret/p place
kubernetes/c/secret/s place type=kubernetes.secret
git/g/place/l place type=git.line attrs.exposure=public
machine/h/place/h place type=machine.file attrs.file=/home/a/.bash_history attrs.exposure=internal
machine/h/place/t place type=machine.file attrs.file=terraform.tfstate
slack/w/message/m place type=slack.message
github/acme/actions_secret/a place type=github.actions_secret
kubernetes/c/place/e place type=kubernetes.container_env attrs.container=web
secret/-/x/1 -stored_in-> vault/v/secret/p
secret/-/x/1 -stored_in-> kubernetes/c/secret/s
secret/-/x/1 -stored_in-> git/g/place/l
secret/-/x/1 -stored_in-> machine/h/place/h
`)
	want := map[string]check.Storage{"vault/v/secret/p": check.InVault, "kubernetes/c/secret/s": check.InCluster, "git/g/place/l": check.InCode, "machine/h/place/h": check.InHistory, "machine/h/place/t": check.InState,
		"slack/w/message/m": check.InChat, "github/acme/actions_secret/a": check.InPipeline, "kubernetes/c/place/e": check.InEnv}
	for ref, s := range want {
		row, ok := e.Graph.Find(drover.Ref(ref))
		if got := e.Storage(row); !ok || got != s {
			t.Errorf("%s is stored as %s, want %s", ref, got, s)
		}
	}
	row, _ := e.Graph.Find("secret/-/x/1")
	if x, at := e.Exposed(row); x != "public" || string(e.Graph.Ref(at)) != "git/g/place/l" {
		t.Errorf("exposed %s at %d", x, at)
	}
	if n := len(e.Strays(row)); n != 2 || !e.Vaulted(row) {
		t.Errorf("%d strays, vaulted %t", n, e.Vaulted(row))
	}
}

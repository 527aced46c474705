package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/internal/awsscript"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

// The history of an account of the AWS API's emulator.
func TestHistoryOfAWS(t *testing.T) {
	for _, store := range someStores() {
		t.Run(store, func(t *testing.T) { history(t, store, steps(24), awsWorld(t, store)) })
	}
}

// awsAccount is the account of moto's unknown keys.
const awsAccount = "123456789012"

func awsWorld(t *testing.T, store string) *world {
	m := realtest.Moto(t)
	realtest.Suite(t, "history over the AWS API, store in "+store, "moto (emulator; ids of managed policies added on the way)")
	server := &awsscript.Server{URL: m.URL, KeyID: "testing", SecretKey: "testing", HTTP: http.DefaultClient}
	script := awsscript.New("hist", awsAccount)
	proxy := newFaulty(t, "hist-", m.URL, http.DefaultTransport, false)
	proxy.op = awsOp
	proxy.refuse = awsRefusal
	proxy.throttled = 4 // for all of a scan the SDK slows down at each, to two seconds a call
	proxy.repair = func(op string, answer []byte) []byte { return awsPolicyIDs(script, op, answer) }
	t.Setenv("DROVER_TEST_KEY", "testing")
	return &world{
		connector: aws.Connector,
		source: config.Source{ID: "a", Kind: "aws", Options: map[string][]string{
			"endpoint": {proxy.url}, "access_key_id": {"${env:DROVER_TEST_KEY}"}, "secret_access_key": {"${env:DROVER_TEST_KEY}"}, "regions": {"us-east-1"},
			"retry_wait": {"1ms"}, "max_attempts": {"3"}}},
		only:  awsSections,
		parts: awsParts,
		apply: func(rng *rand.Rand) error { return script.Apply(t.Context(), server, script.Step(rng)) },
		truth: func() inventory {
			inv := inventory{}
			maps.Copy(inv, script.Nodes())
			maps.Copy(inv, script.Edges())
			return inv
		},
		listed: func(s *engine.Snapshot, edges []drover.Edge) inventory { return awsListed(t, s, edges, script) },
		meant:  itself,
		harm:   proxy.wound,
		mend:   proxy.mend,
	}
}

// awsOp is the action of the query protocol.
func awsOp(r *http.Request, body []byte) string {
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	return r.Method + " " + r.URL.Path
}

// awsRefusal is an error as IAM and STS give it.
func awsRefusal(status int) (contentType, body string) {
	code := map[int]string{403: "AccessDenied", 429: "Throttling", 500: "ServiceFailure"}[status]
	return "text/xml", fmt.Sprintf(`<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>%s</Code><Message>as the test says</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code)
}

// awsPolicyIDs adds the names and ids of managed policies where moto 5.2.5 leaves
// them out, in GetAccountAuthorizationDetails.
func awsPolicyIDs(script *awsscript.World, op string, answer []byte) []byte {
	if op != "GetAccountAuthorizationDetails" || bytes.Contains(answer, []byte("<PolicyId>")) {
		return answer
	}
	for arn, p := range script.Policies() {
		was := "<Arn>" + arn + "</Arn>"
		answer = bytes.ReplaceAll(answer, []byte(was), []byte("<PolicyName>"+p.Name+"</PolicyName><PolicyId>"+p.ID+"</PolicyId>"+was))
	}
	return answer
}

var awsSections = []string{"iam.users", "iam.groups", "iam.roles", "iam.policies", "iam.user_logins", "iam.role_settings", "iam.instance_profiles", "iam.access_keys", "iam.login_profiles", "iam.mfa_devices"}

// awsParts: several sections describe users, roles and instance profiles; each of
// them keeps what it described last.
var awsParts = []part{
	{"users", []string{"iam.users", "iam.access_keys", "iam.login_profiles", "iam.mfa_devices"}, awsNode("user")},
	{"groups", []string{"iam.groups"}, awsNode("group")},
	{"roles", []string{"iam.roles", "iam.role_settings"}, awsNode("role")},
	{"policies", []string{"iam.policies"}, awsNode("policy")},
	{"profiles", []string{"iam.roles", "iam.instance_profiles"}, awsNode("instance_profile")},
	{"keys", []string{"iam.access_keys"}, awsNode("access_key")},
	{"passwords", []string{"iam.login_profiles"}, awsNode("login_profile")},
	{"inline policies", []string{"iam.users", "iam.groups", "iam.roles"}, awsNode("inline_policy")},
	{"what users have", []string{"iam.users"}, awsEdge(func(from, kind, to string) bool {
		return kind == "member_of" || (kind == "contains" || kind == "attached") && to == "user"
	})},
	{"what groups have", []string{"iam.groups"}, awsEdge(func(from, kind, to string) bool {
		return (kind == "contains" || kind == "attached") && to == "group"
	})},
	{"what roles have", []string{"iam.roles"}, awsEdge(func(from, kind, to string) bool {
		return kind == "trusts" || kind == "can_assume" || kind == "bounded_by" || (kind == "contains" || kind == "attached") && to == "role"
	})},
	{"the account's policies", []string{"iam.policies"}, awsEdge(func(from, kind, to string) bool { return kind == "contains" && to == "policy" })},
	{"the account's profiles", []string{"iam.roles", "iam.instance_profiles"}, awsEdge(func(from, kind, to string) bool {
		return kind == "runs_as" || kind == "contains" && to == "instance_profile"
	})},
	{"what keys open", []string{"iam.access_keys"}, awsEdge(func(from, kind, to string) bool { return kind == "authenticates" && from == "access_key" })},
	{"what passwords open", []string{"iam.login_profiles"}, awsEdge(func(from, kind, to string) bool { return kind == "authenticates" && from == "login_profile" })},
}

func awsNode(typ string) func(key string) bool {
	return func(key string) bool { return !strings.Contains(key, " ") && drover.Ref(key).Type() == "iam."+typ }
}

func awsEdge(mine func(from, kind, to string) bool) func(key string) bool {
	typ := func(ref string) string { return strings.TrimPrefix(drover.Ref(ref).Type(), "iam.") }
	return func(key string) bool {
		f := strings.Fields(key)
		return len(f) > 2 && mine(typ(f[0]), f[1], typ(f[2]))
	}
}

// awsListed reads the inventory of the scripted world out of what is known.
func awsListed(t *testing.T, s *engine.Snapshot, edges []drover.Edge, script *awsscript.World) inventory {
	t.Helper()
	mine := func(ref drover.Ref) bool {
		id, _, _ := strings.Cut(ref.ID(), ":") // of an inline policy, whose it is
		return script.Made(id)
	}
	inv := inventory{}
	listedNodes(t, s, func(i int) {
		if !mine(s.Ref(i)) {
			return
		}
		v := string(s.Kind(i)) + " " + s.Name(i)
		a := s.Attrs(i)
		switch s.Type(i) {
		case "aws.iam.access_key":
			v += " " + a.Str("Status")
		case "aws.iam.policy":
			v += " " + a.Str("DefaultVersionId") + " of " + awsVersions(a) + " " + a.Str("document")
		case "aws.iam.inline_policy":
			v += " " + a.Str("document")
		case "aws.iam.role":
			v += " " + a.Str("trust_document")
		}
		inv[string(s.Ref(i))] = v
	})
	for _, edge := range edges {
		if mine(edge.From) || mine(edge.To) {
			inv[edgeKey(edge)] = string(edge.Cond)
		}
	}
	return inv
}

// awsVersions are the ids of a policy's versions, the oldest first.
func awsVersions(a drover.Attrs) string {
	list, _ := a.Map()["PolicyVersionList"].([]any)
	var ids []string
	for _, v := range list {
		id, _ := v.(map[string]any)["VersionId"].(string)
		ids = append(ids, id)
	}
	return strings.Join(ids, ",")
}

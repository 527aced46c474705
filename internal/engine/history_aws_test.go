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
	{"users", []string{"iam.users", "iam.access_keys", "iam.login_profiles", "iam.mfa_devices"}, awsNode("user"), awsTells},
	{"groups", []string{"iam.groups"}, awsNode("group"), nil},
	{"roles", []string{"iam.roles", "iam.role_settings"}, awsNode("role"), nil},
	{"policies", []string{"iam.policies"}, awsNode("policy"), nil},
	{"profiles", []string{"iam.roles", "iam.instance_profiles"}, awsNode("instance_profile"), awsTells},
	{"keys", []string{"iam.access_keys"}, awsNode("access_key"), nil},
	{"passwords", []string{"iam.login_profiles"}, awsNode("login_profile"), nil},
	{"inline policies", []string{"iam.users", "iam.groups", "iam.roles"}, awsNode("inline_policy"), awsTells},
	{"what users have", []string{"iam.users"}, awsEdge(func(from, kind, to string) bool {
		return kind == "member_of" || (kind == "contains" || kind == "attached") && to == "user"
	}), nil},
	{"what groups have", []string{"iam.groups"}, awsEdge(func(from, kind, to string) bool {
		return (kind == "contains" || kind == "attached") && to == "group"
	}), nil},
	{"what roles have", []string{"iam.roles"}, awsEdge(func(from, kind, to string) bool {
		return kind == "trusts" || kind == "can_assume" || kind == "bounded_by" || (kind == "contains" || kind == "attached") && to == "role"
	}), nil},
	{"the account's policies", []string{"iam.policies"}, awsEdge(func(from, kind, to string) bool { return kind == "contains" && to == "policy" }), nil},
	{"the account's profiles", []string{"iam.roles", "iam.instance_profiles"}, awsEdge(func(from, kind, to string) bool {
		return kind == "runs_as" || kind == "contains" && to == "instance_profile"
	}), awsTells},
	{"what keys open", []string{"iam.access_keys"}, awsEdge(func(from, kind, to string) bool { return kind == "authenticates" && from == "access_key" }), nil},
	{"what passwords open", []string{"iam.login_profiles"}, awsEdge(func(from, kind, to string) bool { return kind == "authenticates" && from == "login_profile" }), nil},
}

// awsTells: keys and passwords tell of the users who have one, roles of the
// profiles that they are in, and each principal of its own inline policies.
func awsTells(world inventory, section, key string) bool {
	f := strings.Fields(key)
	what := f[0]
	if len(f) > 2 && f[1] == "contains" {
		what = f[2]
	}
	some := func(is func(from, kind, to string) bool) bool {
		for edge := range world {
			if e := strings.Fields(edge); len(e) > 2 && is(e[0], e[1], e[2]) {
				return true
			}
		}
		return false
	}
	opens := func(credential string) bool {
		return some(func(from, kind, to string) bool {
			return kind == "authenticates" && to == what && awsType(from) == credential
		})
	}
	switch typ := awsType(what); {
	case typ == "user" && section == "iam.access_keys":
		return opens("access_key")
	case typ == "user" && section == "iam.login_profiles":
		return opens("login_profile")
	case typ == "instance_profile" && section == "iam.roles":
		return some(func(from, kind, _ string) bool { return kind == "runs_as" && from == what })
	case typ == "inline_policy":
		return some(func(from, kind, to string) bool {
			return kind == "attached" && from == what && section == "iam."+awsType(to)+"s"
		})
	}
	return true
}

func awsType(ref string) string { return strings.TrimPrefix(drover.Ref(ref).Type(), "iam.") }

func awsNode(typ string) func(key string) bool {
	return func(key string) bool { return !strings.Contains(key, " ") && drover.Ref(key).Type() == "iam."+typ }
}

func awsEdge(mine func(from, kind, to string) bool) func(key string) bool {
	return func(key string) bool {
		f := strings.Fields(key)
		return len(f) > 2 && mine(awsType(f[0]), f[1], awsType(f[2]))
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

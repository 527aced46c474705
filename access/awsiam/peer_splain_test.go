package awsiam_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/internal/realtest"
)

// splained is what cloudsplaining says of a policy.
type splained struct{ Unrestricted []string }

// TestPeerCloudsplaining asks cloudsplaining and us the same of every policy of
// the public account files: which actions does it allow on every resource, without
// a condition? Its findings (data exfiltration, credentials, exposure, escalation)
// are lists of actions that are looked up in that set. In the full tier it also
// asks of every policy that AWS manages.
func TestPeerCloudsplaining(t *testing.T) {
	files := peerFiles(t)
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		splain(t, filepath.Base(file), b, policiesIn(t, b))
	}
	if os.Getenv("DROVER_TEST_FULL") != "" {
		all := map[string]json.RawMessage{}
		for _, arn := range awsiam.ManagedPolicies() {
			all[arn], _ = awsiam.ManagedPolicy(arn)
		}
		splain(t, "managed policies", nil, all)
	}
}

func splain(t *testing.T, name string, account []byte, policies map[string]json.RawMessage) {
	t.Helper()
	var theirs struct {
		Actions    []string
		Policies   map[string]splained
		CPU        float64
		AccountCPU float64 `json:"account_cpu"`
	}
	question := map[string]any{"account": nil, "policies": policies}
	if account != nil {
		question["account"] = json.RawMessage(account)
	}
	realtest.Cloudsplaining(t, question, &theirs)
	both := map[string]bool{}
	for _, a := range theirs.Actions {
		both[strings.ToLower(a)] = awsiam.KnownAction(a)
	}
	seconds, total := 0.0, 0
	differ := map[string]int{}
	for _, p := range slices.Sorted(maps.Keys(policies)) {
		doc, _, err := awsiam.Parse(policies[p])
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		from := realtest.CPUTime()
		ours := unrestricted(doc)
		seconds += (realtest.CPUTime() - from).Seconds()
		theirSet := map[string]bool{}
		for _, a := range theirs.Policies[p].Unrestricted {
			theirSet[strings.ToLower(a)] = true
		}
		total += len(ours)
		for a := range both {
			if !both[a] || ours[a] == theirSet[a] {
				continue
			}
			why := splainRule(doc, a, ours[a])
			if differ[why]++; why == "" && differ[why] < 10 {
				t.Errorf("%s: %s: %s: cloudsplaining says %v, we %v", name, p, a, theirSet[a], ours[a])
			}
		}
	}
	t.Logf("%s: %d policies, %d actions on everything; cloudsplaining took %.2f s of processor time, and %.2f s for its scan of the account; we %.3f s: %.0f times", name, len(policies), total, theirs.CPU, theirs.AccountCPU, seconds, theirs.CPU/seconds)
	for _, why := range slices.Sorted(maps.Keys(differ)) {
		t.Logf("  %5d differ: %s", differ[why], why)
	}
}

// unrestricted are the actions, in lower case, that a policy allows on a resource
// of each type that no policy names, whatever the context.
func unrestricted(doc *awsiam.Document) map[string]bool {
	p := awsiam.Compile(&awsiam.Policies{Identity: []awsiam.Attached{{Name: "policy", Doc: doc}}})
	own, _, err := awsiam.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"*","Resource":"*"}]}`))
	if err != nil {
		panic(err)
	}
	out := map[string]bool{}
	for _, a := range p.Actions().Names() {
		all := true
		for _, resource := range probes(a) {
			r := &awsiam.Request{Principal: awsiam.Principal{ARN: "arn:aws:iam::000000000000:user/probe"}, Action: a, Resource: resource, ResourceAccount: "000000000000"}
			if strings.HasPrefix(a, "sts:") || strings.HasPrefix(a, "kms:") { // roles and keys have a policy of their own, which leaves it to IAM here
				r.ResourcePolicy = &awsiam.Attached{Name: "own", Doc: own}
			}
			all = all && p.Decide(r) == access.Allow
		}
		if all {
			out[strings.ToLower(a)] = true
		}
	}
	return out
}

// probes are ARNs of every type that an action takes, with names that no policy has.
func probes(action string) (list []string) {
	for _, t := range awsiam.ResourceTypes(action) {
		arn := strings.NewReplacer("${Partition}", "aws", "${Region}", "xx-probe-1", "${Account}", "000000000000", "*", "zzprobe").Replace(t.ARN)
		list = append(list, placeholder.ReplaceAllString(arn, "zzprobe"))
	}
	if list == nil {
		list = []string{"*"}
	}
	return list
}

// splainRule names why cloudsplaining differs on an action: "" is no reason.
func splainRule(doc *awsiam.Document, action string, ours bool) string {
	takesOnlyEverything := awsiam.ResourceTypes(action) == nil
	for _, st := range doc.Statements() {
		if ours && slices.ContainsFunc(st.Actions, func(a string) bool { service, _, _ := strings.Cut(a, ":"); return service != strings.ToLower(service) }) {
			return "it does not know a service in capital letters"
		}
		if !speaksOf(&st, action) {
			continue
		}
		switch {
		case st.Effect == "Deny":
			return "it subtracts a Deny whole, whatever resources and conditions it has, and not at all with NotAction"
		case ours && len(st.Condition) > 0:
			return "it takes every condition for a limit; this one holds for all requests within the account"
		case ours && len(st.NotResources) > 0:
			return "it does not read NotResource"
		case ours && !slices.Contains(st.Resources, "*"):
			return "it knows a wildcard over all resources of a type (arn:aws:s3:::*) not for one, or the resource types of the action have changed since its data were made"
		case !ours && takesOnlyEverything && !slices.Contains(st.Resources, "*"):
			return "it takes an action that has no resource types for allowed though the statement's Resource is not *"
		case !ours && !slices.Contains(st.Resources, "*"):
			return "its data say that the action takes no resource"
		}
	}
	return ""
}

func speaksOf(st *awsiam.Statement, action string) bool {
	id := awsiam.ActionID(action)
	has := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { set := awsiam.Expand(p); return set.Has(id) })
	}
	if len(st.NotActions) > 0 {
		return !has(st.NotActions)
	}
	return has(st.Actions)
}

// policiesIn are all documents of an account file that allow something, by name.
func policiesIn(t *testing.T, b []byte) map[string]json.RawMessage {
	t.Helper()
	var a account
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	for _, p := range a.Policies {
		for _, v := range p.PolicyVersionList {
			if v.IsDefaultVersion {
				out[p.Arn] = v.Document
			}
		}
	}
	inline := func(holder string, list []inlinePolicy) {
		for _, p := range list {
			out[holder+" "+p.PolicyName] = p.PolicyDocument
		}
	}
	for _, u := range a.Users {
		inline(u.Arn, u.UserPolicyList)
	}
	for _, r := range a.Roles {
		inline(r.Arn, r.RolePolicyList)
	}
	for _, g := range a.Groups {
		inline(g.Arn, g.GroupPolicyList)
	}
	return out
}

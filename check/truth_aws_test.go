package check_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/adminequivalent"
	"github.com/droverhq/drover/check/fulladminpolicy"
	"github.com/droverhq/drover/check/mintscredentials"
	"github.com/droverhq/drover/check/readsallsecrets"
	"github.com/droverhq/drover/check/tierzeropath"
	"github.com/droverhq/drover/check/wildcardgrant"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/internal/realtest"
)

// A splained is what cloudsplaining says of one policy, user, role or group.
type splained struct {
	PolicyName          string
	PrivilegeEscalation []struct{ Type string }
	ServiceWildcard     []string
	CredentialsExposure []string
	DataExfiltration    []string
	PolicyVersionList   json.RawMessage
	PolicyDocument      json.RawMessage

	ID, Name, ARN, Path string
	Trust               struct{ PolicyDocument json.RawMessage } `json:"assume_role_policy"`
	InlinePolicies      map[string]string                        `json:"inline_policies"`
	ManagedByCustomer   map[string]string                        `json:"customer_managed_policies"`
	ManagedByAWS        map[string]string                        `json:"aws_managed_policies"`
	Groups              map[string]json.RawMessage               `json:"groups"`
}

type splaining struct {
	Users    map[string]splained `json:"users"`
	Roles    map[string]splained `json:"roles"`
	Groups   map[string]splained `json:"groups"`
	AWS      map[string]splained `json:"aws_managed_policies"`
	Customer map[string]splained `json:"customer_managed_policies"`
	Inline   map[string]splained `json:"inline_policies"`
}

// account is the account that the results are of, as the AWS CLI prints one: the
// results have its principals, attachments and documents in them.
func (x *splaining) account(t *testing.T) string {
	t.Helper()
	type object = map[string]any
	principal := func(p splained, sort string) object {
		o := object{sort + "Name": p.Name, sort + "Id": "A" + strings.ToUpper(sort) + p.Name, "Arn": p.ARN, "Path": p.Path}
		var inline, attached []object
		for _, id := range slices.Sorted(maps.Keys(p.InlinePolicies)) {
			inline = append(inline, object{"PolicyName": p.InlinePolicies[id], "PolicyDocument": x.Inline[id].PolicyDocument})
		}
		for _, id := range slices.Sorted(maps.Keys(p.ManagedByCustomer)) {
			attached = append(attached, object{"PolicyName": x.Customer[id].PolicyName, "PolicyArn": x.Customer[id].ARN})
		}
		for _, id := range slices.Sorted(maps.Keys(p.ManagedByAWS)) {
			attached = append(attached, object{"PolicyName": x.AWS[id].PolicyName, "PolicyArn": x.AWS[id].ARN})
		}
		o[sort+"PolicyList"], o["AttachedManagedPolicies"] = inline, attached
		return o
	}
	all := object{"UserDetailList": []object{}, "RoleDetailList": []object{}, "GroupDetailList": []object{}, "Policies": []object{}, "IsTruncated": false}
	add := func(key string, o object) { all[key] = append(all[key].([]object), o) }
	for _, k := range slices.Sorted(maps.Keys(x.Users)) {
		o, groups := principal(x.Users[k], "User"), []string{}
		for _, g := range slices.Sorted(maps.Keys(x.Users[k].Groups)) {
			groups = append(groups, x.Groups[g].Name)
		}
		o["GroupList"] = groups
		add("UserDetailList", o)
	}
	for _, k := range slices.Sorted(maps.Keys(x.Groups)) {
		add("GroupDetailList", principal(x.Groups[k], "Group"))
	}
	for _, k := range slices.Sorted(maps.Keys(x.Roles)) {
		o := principal(x.Roles[k], "Role")
		o["AssumeRolePolicyDocument"], o["InstanceProfileList"] = x.Roles[k].Trust.PolicyDocument, []object{}
		add("RoleDetailList", o)
	}
	for _, list := range []map[string]splained{x.Customer, x.AWS} {
		for _, k := range slices.Sorted(maps.Keys(list)) {
			add("Policies", object{"PolicyName": list[k].PolicyName, "PolicyId": k, "Arn": list[k].ARN, "Path": "/", "PolicyVersionList": list[k].PolicyVersionList})
		}
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "get-account-authorization-details.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestCloudsplaining compares what the checks say of an account with the results
// that cloudsplaining printed of it.
func TestCloudsplaining(t *testing.T) {
	dir := realtest.SharedData(t, "iam/gaad/cloudsplaining")
	raw, err := os.ReadFile(filepath.Join(dir, "iam-results-example.json"))
	if err != nil {
		t.Fatal(err)
	}
	var theirs splaining
	if err := json.Unmarshal(raw, &theirs); err != nil {
		t.Fatal(err)
	}
	e := scannedEstate(t, aws.Connector, map[string][]string{"path": {theirs.account(t)}})
	t.Run("wildcards", func(t *testing.T) { splainedWildcards(t, &theirs, e) })
	t.Run("credentials", func(t *testing.T) {
		splainedPrincipals(t, &theirs, e, "credentials", func(p splained) bool {
			return slices.Contains(p.CredentialsExposure, "iam:CreateAccessKey") || slices.Contains(p.CredentialsExposure, "iam:CreateLoginProfile")
		}, mintscredentials.Check, adminequivalent.Check)
	})
	t.Run("secrets", func(t *testing.T) {
		splainedPrincipals(t, &theirs, e, "secrets", func(p splained) bool {
			return slices.Contains(p.DataExfiltration, "secretsmanager:GetSecretValue") || slices.Contains(p.DataExfiltration, "ssm:GetParameter")
		}, readsallsecrets.Check, adminequivalent.Check)
	})
	t.Run("escalation", func(t *testing.T) {
		splainedPrincipals(t, &theirs, e, "escalation", func(p splained) bool { return len(p.PrivilegeEscalation) > 0 }, tierzeropath.Check, adminequivalent.Check)
	})
}

// splainedWildcards compares policy by policy who allows a whole service.
func splainedWildcards(t *testing.T, theirs *splaining, e *check.Estate) {
	got := map[string]bool{}
	for _, f := range fired(t, e, wildcardgrant.Check, fulladminpolicy.Check) {
		got[f.Subject.Name] = true
	}
	var s score
	for _, list := range []map[string]splained{theirs.Customer, theirs.Inline} {
		for _, id := range slices.Sorted(maps.Keys(list)) {
			p := list[id]
			want := len(p.ServiceWildcard) > 0
			s.add(got[p.PolicyName], want)
			if got[p.PolicyName] != want {
				t.Errorf("%s: cloudsplaining says %v, we say %v", p.PolicyName, p.ServiceWildcard, got[p.PolicyName])
			}
		}
	}
	t.Logf("policies that allow a whole service: %s", &s)
}

// apart are principals of which cloudsplaining and we say different things, with
// why.
var apart = map[string]string{
	"escalation obama":       "to pass a role to a new function it takes one that Lambda may run as and that is stronger: none of this account is an administrator's",
	"escalation MyRole":      "as above",
	"escalation MyOtherRole": "as above",
}

// splainedPrincipals compares user by user and role by role.
func splainedPrincipals(t *testing.T, theirs *splaining, e *check.Estate, what string, says func(splained) bool, checks ...*check.Check) {
	got := map[string]bool{}
	for _, f := range fired(t, e, checks...) {
		got[f.Subject.Name] = true
	}
	x := func(p splained) (by []string) {
		for id := range p.InlinePolicies {
			if says(theirs.Inline[id]) {
				by = append(by, theirs.Inline[id].PolicyName)
			}
		}
		for id := range p.ManagedByCustomer {
			if says(theirs.Customer[id]) {
				by = append(by, theirs.Customer[id].PolicyName)
			}
		}
		for id := range p.ManagedByAWS {
			if says(theirs.AWS[id]) {
				by = append(by, theirs.AWS[id].PolicyName)
			}
		}
		return by
	}
	var s score
	for _, list := range []map[string]splained{theirs.Users, theirs.Roles} {
		for _, id := range slices.Sorted(maps.Keys(list)) {
			p := list[id]
			by := x(p)
			for g := range p.Groups {
				by = append(by, x(theirs.Groups[g])...)
			}
			slices.Sort(by)
			if why := apart[what+" "+p.Name]; why != "" && got[p.Name] != (len(by) > 0) {
				t.Logf("%s of %s: cloudsplaining %v, we %v: %s", what, p.Name, by, got[p.Name], why)
				continue
			}
			s.add(got[p.Name], len(by) > 0)
			if got[p.Name] != (len(by) > 0) {
				t.Errorf("%s of %s: cloudsplaining says so by %v, we say %v", what, p.Name, by, got[p.Name])
			}
		}
	}
	t.Logf("%s: %s", what, &s)
}

// first is the first of a way's principals that the account's files have: a lab
// may begin with one that is made outside of it.
func first(e *check.Estate, principals []string) string {
	there := map[string]bool{}
	for row := range e.Graph.Rows(drover.KindIdentity) {
		for _, a := range e.Graph.Aliases(row) {
			there[a] = true
		}
	}
	for _, p := range principals {
		if there[p] && strings.Contains(p, ":iam::") {
			return p
		}
	}
	return ""
}

// A pathTruth is what a lab of pathfinding.cloud says of itself.
type pathTruth struct {
	Scenario   string   `json:"scenario"`
	Target     string   `json:"target"`
	PathType   string   `json:"path_type"`
	Principals []string `json:"principals"`
}

// TestPathfindingLabs looks for the way to the administrator in every lab, from the
// principal that it starts with.
func TestPathfindingLabs(t *testing.T) {
	dir := realtest.SharedData(t, "iam/privesc/pathfinding-labs-snapshots")
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "truth.json" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no labs: %v", err)
	}
	var s score
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var x pathTruth
		if err := json.Unmarshal(raw, &x); err != nil {
			t.Fatal(err)
		}
		lab(t, filepath.Dir(f), &x, &s)
	}
	t.Logf("labs: %s", &s)
}

// lab looks at one lab. To the bucket is to no tier 0 by itself, so nothing is
// expected of those.
func lab(t *testing.T, dir string, x *pathTruth, s *score) {
	t.Helper()
	e := scannedEstate(t, aws.Connector, map[string][]string{"path": {dir}})
	got := map[string]drover.Finding{}
	for _, f := range fired(t, e, tierzeropath.Check, adminequivalent.Check) {
		row, ok := e.Graph.Find(f.Subject.Ref)
		if !ok {
			t.Fatalf("%s is no row", f.Subject.Ref)
		}
		for _, a := range e.Graph.Aliases(row) {
			got[a] = f
		}
	}
	if x.Target != "to-admin" {
		return
	}
	start := first(e, x.Principals)
	if start == "" {
		t.Logf("%s: none of its principals is in the account's files", x.Scenario)
		return
	}
	_, ok := got[start]
	s.add(ok, true)
	if !ok {
		t.Errorf("%s: nothing is said of %s", x.Scenario, start)
	}
	for arn, f := range got {
		if strings.Contains(arn, ":iam::") && !slices.Contains(x.Principals, arn) && !strings.Contains(arn, "assumed-role") {
			t.Logf("%s: besides, %s", x.Scenario, f.What)
		}
	}
}

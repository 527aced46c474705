package aws

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/internal/realtest"
)

// pmapperGraph is what PMapper makes of an account file.
type pmapperGraph struct {
	Admins   []string
	Edges    [][3]string // from, to, why
	GraphCPU float64     `json:"graph_cpu"`
}

// TestPeerPMapper compares who may become whom, and who is an administrator, with
// PMapper's graph of the same account file. What PMapper finds we must find, but
// for the rules below; what we find besides is counted by technique.
func TestPeerPMapper(t *testing.T) {
	for _, file := range pmapperFiles(t) {
		name := filepath.Base(file)
		var theirs pmapperGraph
		account := pmapperAccount(t, file)
		realtest.PMapper(t, map[string]any{"account": account, "ask": []any{}}, &theirs)

		dir := t.TempDir()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "get-account-authorization-details.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		in := snapshot(scan(t, dir))
		from := realtest.CPUTime()
		l := evaluate(t, in)
		took := realtest.CPUTime() - from
		ours := pmapperView(l)

		missed := map[string]int{}
		for _, e := range theirs.Edges {
			if ours.edges[[2]string{e[0], e[1]}] != "" || ours.admins[e[0]] != "" {
				continue
			}
			why := pmapperEdgeRule(t, account, e)
			if missed[e[2]+": "+why]++; why == "" {
				t.Errorf("%s: PMapper: %s -> %s: %s", name, e[0], e[1], e[2])
			}
		}
		for _, a := range theirs.Admins {
			if ours.admins[a] == "" {
				t.Errorf("%s: PMapper: %s is an administrator", name, a)
			}
		}
		more := map[string]int{}
		for pair, technique := range ours.edges {
			if !slices.ContainsFunc(theirs.Edges, func(e [3]string) bool { return e[0] == pair[0] && e[1] == pair[1] }) && !slices.Contains(theirs.Admins, pair[0]) {
				more[technique]++
			}
		}
		t.Logf("%s: PMapper: %d administrators and %d edges in %.2f s; we: %d and %d in %v, both of processor time", name, len(theirs.Admins), len(theirs.Edges), theirs.GraphCPU, len(ours.admins), len(ours.edges), took)
		for _, k := range slices.Sorted(maps.Keys(missed)) {
			t.Logf("  %4d only PMapper has: %s", missed[k], k)
		}
		for _, k := range slices.Sorted(maps.Keys(more)) {
			t.Logf("  %4d only we have: %s", more[k], k)
		}
		for _, a := range slices.Sorted(maps.Keys(ours.admins)) {
			if !slices.Contains(theirs.Admins, a) {
				t.Logf("       only we have as administrator: %s, %s", a[strings.LastIndexByte(a, ':')+1:], ours.admins[a])
			}
		}
	}
}

// pmapperEdgeRule says why an edge of PMapper's is none: "" is no reason.
func pmapperEdgeRule(t *testing.T, account map[string]any, e [3]string) string {
	if e[2] == "EC2" && !hasInstanceProfile(account, e[1]) {
		// It takes the empty list for a profile that is there.
		var may struct{ Answers []bool }
		realtest.PMapper(t, map[string]any{"account": account, "ask": [][]any{{e[0], "iam:CreateInstanceProfile", "*", map[string]string{}}, {e[0], "iam:AddRoleToInstanceProfile", e[1], map[string]string{}}}}, &may)
		if len(may.Answers) == 2 && !(may.Answers[0] && may.Answers[1]) {
			return "the role has no instance profile and, as PMapper itself says when asked, the principal may not give it one"
		}
	}
	return ""
}

func hasInstanceProfile(account map[string]any, role string) bool {
	roles, _ := account["RoleDetailList"].([]any)
	for _, r := range roles {
		if m := r.(map[string]any); m["Arn"] == role {
			list, _ := m["InstanceProfileList"].([]any)
			return len(list) > 0
		}
	}
	return false
}

type becoming struct {
	admins map[string]string    // technique
	edges  map[[2]string]string // technique
}

// pmapperView is our graph as PMapper has it: users and roles by ARN, and who
// reaches the account row is an administrator.
func pmapperView(l *lab) becoming {
	v := becoming{admins: map[string]string{}, edges: map[[2]string]string{}}
	arn := func(row uint32) string {
		if int(row) >= l.in.Len() {
			return ""
		}
		for _, a := range l.in.Aliases(int(row)) {
			if strings.Contains(a, ":user/") || strings.Contains(a, ":role/") {
				return a
			}
		}
		return ""
	}
	for _, e := range l.edges {
		if !e.Move {
			continue
		}
		from := arn(e.From)
		if from == "" {
			continue
		}
		if to := arn(e.To); to != "" {
			v.edges[[2]string{from, to}] = string(e.Kind) + " " + e.Technique
			continue
		}
		if int(e.To) < l.in.Len() && strings.Contains(string(l.in.Ref(int(e.To))), "/account/") {
			v.admins[from] = strings.TrimSpace(string(e.Kind) + " " + e.Technique)
		}
	}
	return v
}

// pmapperFiles are the account files of public data that name principals.
func pmapperFiles(t testing.TB) (files []string) {
	for _, path := range []string{
		"iam/gaad/cloudsplaining/example-authz-details.json", "iam/gaad/cloudsplaining/example_authz_v2.json", "iam/gaad/cloudsplaining/example_authz_details_for_overrides_complete.json",
		"iam/privesc/pathfinding-labs-snapshots/_combined/gaad-222222222222.json", "iam/privesc/pathfinding-labs-snapshots/_combined/gaad-333333333333.json",
	} {
		files = append(files, realtest.SharedData(t, path))
	}
	return files
}

// pmapperAccount is the file with the documents of the managed policies that it
// only names, which PMapper does not know by itself.
func pmapperAccount(t testing.TB, file string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var account map[string]any
	if err := json.Unmarshal(b, &account); err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	policies, _ := account["Policies"].([]any)
	for _, p := range policies {
		have[p.(map[string]any)["Arn"].(string)] = true
	}
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e)
			}
		case map[string]any:
			if arn, ok := v["PolicyArn"].(string); ok && !have[arn] {
				have[arn] = true
				if body, ok := awsiam.ManagedPolicy(arn); ok {
					policies = append(policies, map[string]any{"Arn": arn, "PolicyName": arn[strings.LastIndexByte(arn, '/')+1:], "PolicyVersionList": []any{map[string]any{"Document": json.RawMessage(body), "IsDefaultVersion": true}}})
				}
			}
			for _, e := range v {
				visit(e)
			}
		}
	}
	visit(account)
	account["Policies"] = policies
	return account
}

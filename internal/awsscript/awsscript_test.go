package awsscript_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/awsscript"
	"github.com/droverhq/drover/internal/realtest"
)

// The model follows calls; a foreign client asks what is there. After every one
// of many random steps they agree.
func TestModelAgreesWithAccount(t *testing.T) {
	m := realtest.Moto(t)
	s, ask := &awsscript.Server{URL: m.URL, KeyID: "testing", SecretKey: "testing", HTTP: http.DefaultClient}, counter(t, m)
	rng := rand.New(rand.NewPCG(1, 2))
	w := awsscript.New("agree", "123456789012")
	apply := func(step []awsscript.Call) {
		t.Helper()
		if err := w.Apply(t.Context(), s, step); err != nil {
			t.Fatal(err)
		}
	}
	for range 30 {
		step := w.Step(rng)
		apply(step)
		if d := cmp.Diff(ask(), model(w)); d != "" {
			t.Fatalf("after %v: account (-), model (+):\n%s", step, d)
		}
	}
	if n, e := w.Nodes(), w.Edges(); len(n) < 20 || len(e) < 20 {
		t.Errorf("the world stayed too small to mean anything: %d nodes, %d edges", len(n), len(e))
	}
	apply(w.Clear())
	if left := ask(); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

// The same seed makes the same script.
func TestStepRepeats(t *testing.T) {
	script := func() []string {
		var all []string
		w, rng := awsscript.New("same", "123456789012"), rand.New(rand.NewPCG(7, 7))
		for range 200 {
			for _, c := range w.Step(rng) {
				params, err := json.Marshal(c.Params)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, c.Action+" "+string(params))
			}
		}
		return all
	}
	if d := cmp.Diff(script(), script()); d != "" {
		t.Error(d)
	}
}

// model says what the world holds in the words of count.
func model(w *awsscript.World) []string {
	out := []string{}
	for ref, v := range w.Nodes() {
		f := strings.Split(ref, "/")
		v = strings.Join(slices.DeleteFunc(strings.Fields(v), func(x string) bool { return strings.HasPrefix(x, "sha256:") })[1:], " ")
		out = append(out, f[2]+" "+f[3]+" "+v)
	}
	for key := range w.Edges() {
		f := strings.Fields(key)
		if f[1] == "attached" && strings.Contains(f[0], "/iam.policy/") || f[1] == "member_of" || f[1] == "bounded_by" || f[1] == "runs_as" {
			out = append(out, fmt.Sprintf("%s %s %s", id(f[0]), f[1], id(f[2])))
		}
	}
	slices.Sort(out)
	return out
}

func id(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// counter starts count and returns how it is asked.
func counter(t *testing.T, m *realtest.MotoServer) func() []string {
	cmd := exec.Command(m.Python, "-c", count)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "URL=" + m.URL, "AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing"}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	lines := bufio.NewReader(out)
	return func() []string {
		t.Helper()
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		list := []string{}
		if err := json.Unmarshal(line, &list); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return list
	}
}

// count asks boto3, by paginators, what IAM has of the names that begin with
// "agree-", as JSON lists of words.
const count = `
import boto3, json, os, sys
iam = boto3.client("iam", region_name="us-east-1", endpoint_url=os.environ["URL"])
def every(op, key, **kw):
    for page in iam.get_paginator(op).paginate(**kw):
        yield from page[key]
def mine(x): return x.startswith("agree-")
for line in sys.stdin:
    out = []
    add = lambda *words: out.append(" ".join(words))
    policies = {}
    for p in every("list_policies", "Policies", Scope="Local"):
        if mine(p["PolicyName"]):
            policies[p["Arn"]] = p["PolicyId"]
            versions = sorted((v["VersionId"] for v in every("list_policy_versions", "Versions", PolicyArn=p["Arn"])), key=lambda v: int(v[1:]))
            add("iam.policy", p["PolicyId"], p["PolicyName"], p["DefaultVersionId"], "of", ",".join(versions))
    def principal(kind, name, id):
        for a in every("list_attached_%s_policies" % kind, "AttachedPolicies", **{kind.title() + "Name": name}):
            add(policies[a["PolicyArn"]], "attached", id)
        for i in every("list_%s_policies" % kind, "PolicyNames", **{kind.title() + "Name": name}):
            add("iam.inline_policy", id + ":" + i, i)
    groups = {}
    for g in every("list_groups", "Groups"):
        if mine(g["GroupName"]):
            groups[g["GroupName"]] = g["GroupId"]
            add("iam.group", g["GroupId"], g["GroupName"])
            principal("group", g["GroupName"], g["GroupId"])
    for u in every("list_users", "Users"):
        if not mine(u["UserName"]): continue
        n, i = u["UserName"], u["UserId"]
        add("iam.user", i, n)
        principal("user", n, i)
        for k in every("list_access_keys", "AccessKeyMetadata", UserName=n):
            add("iam.access_key", k["AccessKeyId"], k["AccessKeyId"], k["Status"])
        for g in every("list_groups_for_user", "Groups", UserName=n):
            add(i, "member_of", groups[g["GroupName"]])
        try:
            iam.get_login_profile(UserName=n)
            add("iam.login_profile", i, n)
        except iam.exceptions.NoSuchEntityException: pass
    for r in every("list_roles", "Roles"):
        if mine(r["RoleName"]):
            add("iam.role", r["RoleId"], r["RoleName"])
            principal("role", r["RoleName"], r["RoleId"])
            bound = iam.get_role(RoleName=r["RoleName"])["Role"].get("PermissionsBoundary")
            if bound: add(r["RoleId"], "bounded_by", policies[bound["PermissionsBoundaryArn"]])
    for p in every("list_instance_profiles", "InstanceProfiles"):
        if mine(p["InstanceProfileName"]):
            add("iam.instance_profile", p["InstanceProfileId"], p["InstanceProfileName"])
            for r in p["Roles"]: add(p["InstanceProfileId"], "runs_as", r["RoleId"])
    print(json.dumps(sorted(out)), flush=True)
`

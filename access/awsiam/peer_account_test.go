package awsiam_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/internal/realtest"
)

// An account is what iam:GetAccountAuthorizationDetails gives, as far as both
// sides read it.
type account struct {
	Users []struct {
		principalDetail
		GroupList      []string
		UserPolicyList []inlinePolicy
	} `json:"UserDetailList"`
	Groups []struct {
		GroupName               string
		Arn                     string
		GroupPolicyList         []inlinePolicy
		AttachedManagedPolicies []attachedPolicy
	} `json:"GroupDetailList"`
	Roles []struct {
		principalDetail
		RolePolicyList           []inlinePolicy
		AssumeRolePolicyDocument json.RawMessage
	} `json:"RoleDetailList"`
	Policies []struct {
		Arn, PolicyName   string
		PolicyVersionList []struct {
			Document         json.RawMessage
			IsDefaultVersion bool
		}
	}
}

type principalDetail struct {
	Arn, UserName, RoleName, UserId, RoleId string
	AttachedManagedPolicies                 []attachedPolicy
	PermissionsBoundary                     *struct{ PermissionsBoundaryArn string }
	Tags                                    []struct{ Key, Value string }
}

type inlinePolicy struct {
	PolicyName     string
	PolicyDocument json.RawMessage
}

type attachedPolicy struct{ PolicyArn, PolicyName string }

// A holder is one principal of an account with its policies.
type holder struct {
	principalDetail
	policies *awsiam.Policies
	trust    *awsiam.Document
}

// readAccount reads the file and gives it the managed policies that it names
// without a document, as PMapper needs them there.
func readAccount(t testing.TB, path string) (raw map[string]any, holders []holder) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var a account
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	docs := map[string]json.RawMessage{}
	for _, p := range a.Policies {
		for _, v := range p.PolicyVersionList {
			if v.IsDefaultVersion {
				docs[p.Arn] = v.Document
			}
		}
	}
	l := &loader{t: t, docs: docs, raw: raw}
	groups := map[string][]awsiam.Attached{}
	for _, g := range a.Groups {
		groups[g.GroupName] = l.list(g.Arn, g.GroupPolicyList, g.AttachedManagedPolicies)
	}
	for _, u := range a.Users {
		h := l.holder(u.principalDetail, u.UserPolicyList)
		for _, g := range u.GroupList {
			h.policies.Identity = append(h.policies.Identity, groups[g]...)
		}
		holders = append(holders, h)
	}
	for _, r := range a.Roles {
		h := l.holder(r.principalDetail, r.RolePolicyList)
		h.trust = l.parse(r.Arn+" trust", r.AssumeRolePolicyDocument)
		holders = append(holders, h)
	}
	return raw, holders
}

type loader struct {
	t    testing.TB
	docs map[string]json.RawMessage
	raw  map[string]any
}

func (l *loader) holder(d principalDetail, inline []inlinePolicy) holder {
	h := holder{principalDetail: d, policies: &awsiam.Policies{Identity: l.list(d.Arn, inline, d.AttachedManagedPolicies)}}
	if b := d.PermissionsBoundary; b != nil {
		at := l.managed(b.PermissionsBoundaryArn)
		h.policies.Boundary = &at
	}
	return h
}

func (l *loader) list(arn string, inline []inlinePolicy, attached []attachedPolicy) (list []awsiam.Attached) {
	for _, p := range inline {
		list = append(list, awsiam.Attached{Ref: drover.Ref("aws:" + arn), Name: p.PolicyName, Doc: l.parse(arn+" "+p.PolicyName, p.PolicyDocument)})
	}
	for _, p := range attached {
		list = append(list, l.managed(p.PolicyArn))
	}
	return list
}

func (l *loader) managed(arn string) awsiam.Attached {
	body, ok := l.docs[arn]
	if !ok {
		if body, ok = awsiam.ManagedPolicy(arn); !ok {
			l.t.Logf("%s has no document and is not in the catalogue", arn)
			body = json.RawMessage(`{"Version":"2012-10-17","Statement":[]}`)
		}
		l.docs[arn] = body
		l.raw["Policies"] = append(l.raw["Policies"].([]any), map[string]any{
			"Arn": arn, "PolicyName": arn[strings.LastIndexByte(arn, '/')+1:], "Path": "/", "PolicyId": "ANPAX", "CreateDate": "2020-01-01T00:00:00Z", "AttachmentCount": 1, "DefaultVersionId": "v1",
			"PolicyVersionList": []any{map[string]any{"Document": body, "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2020-01-01T00:00:00Z"}},
		})
	}
	return awsiam.Attached{Ref: drover.Ref("aws:" + arn), Name: arn[strings.LastIndexByte(arn, '/')+1:], Doc: l.parse(arn, body)}
}

func (l *loader) parse(what string, body json.RawMessage) *awsiam.Document {
	doc, _, err := awsiam.Parse(body)
	if err != nil {
		l.t.Fatalf("%s: %v", what, err)
	}
	return doc
}

// accountFiles are the account files that public data have.
func accountFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"iam/gaad/cloudsplaining/*.json", "iam/privesc/pathfinding-labs-snapshots/_combined/gaad-*.json"} {
		dir := realtest.SharedData(t, filepath.Dir(pattern))
		found, err := filepath.Glob(filepath.Join(dir, filepath.Base(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			var a struct {
				Users []any `json:"UserDetailList"`
				Roles []any `json:"RoleDetailList"`
			}
			if b, err := os.ReadFile(f); err == nil && json.Unmarshal(b, &a) == nil && len(a.Users)+len(a.Roles) > 0 {
				files = append(files, f)
			}
		}
	}
	return files
}

// peerFiles are those of accountFiles that the usual tier asks a slow peer about.
func peerFiles(t testing.TB) []string {
	files := accountFiles(t)
	if os.Getenv("DROVER_TEST_FULL") != "" {
		return files
	}
	slices.SortFunc(files, func(a, b string) int { return size(b) - size(a) })
	return files[:min(2, len(files))]
}

func size(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// watched are actions that tell what a principal is worth, each with a resource:
// %s is the ARN of a principal of the account.
var watched = []struct{ action, resource string }{
	{"iam:PutUserPolicy", "user"}, {"iam:PutRolePolicy", "role"}, {"iam:AttachUserPolicy", "user"}, {"iam:AttachRolePolicy", "role"},
	{"iam:CreateAccessKey", "user"}, {"iam:CreateLoginProfile", "user"}, {"iam:UpdateLoginProfile", "user"}, {"iam:UpdateAssumeRolePolicy", "role"},
	{"iam:PassRole", "role"}, {"iam:GetRole", "role"}, {"iam:DeleteRole", "role"}, {"iam:GetUser", "user"}, {"iam:AddUserToGroup", "arn:aws:iam::%s:group/admins"},
	{"iam:CreateRole", "arn:aws:iam::%s:role/new"}, {"iam:CreatePolicyVersion", "arn:aws:iam::%s:policy/any"}, {"iam:ListUsers", "*"}, {"iam:GetAccountAuthorizationDetails", "*"},
	{"lambda:CreateFunction", "arn:aws:lambda:us-east-1:%s:function:f"}, {"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:%s:function:f"}, {"lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:%s:function:f"},
	{"ec2:RunInstances", "arn:aws:ec2:us-east-1:%s:instance/*"}, {"ec2:DescribeInstances", "*"}, {"ec2:TerminateInstances", "arn:aws:ec2:us-east-1:%s:instance/i-1"},
	{"s3:GetObject", "arn:aws:s3:::any-bucket/key"}, {"s3:PutObject", "arn:aws:s3:::any-bucket/key"}, {"s3:ListBucket", "arn:aws:s3:::any-bucket"}, {"s3:PutBucketPolicy", "arn:aws:s3:::any-bucket"}, {"s3:ListAllMyBuckets", "*"},
	{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:%s:secret:any-AbCdEf"}, {"ssm:GetParameter", "arn:aws:ssm:us-east-1:%s:parameter/any"}, {"ssm:SendCommand", "arn:aws:ec2:us-east-1:%s:instance/i-1"},
	{"ssm:StartSession", "arn:aws:ec2:us-east-1:%s:instance/i-1"}, {"dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:%s:table/any"}, {"sqs:SendMessage", "arn:aws:sqs:us-east-1:%s:any"},
	{"cloudformation:CreateStack", "arn:aws:cloudformation:us-east-1:%s:stack/any/1"}, {"codebuild:CreateProject", "arn:aws:codebuild:us-east-1:%s:project/any"}, {"glue:CreateDevEndpoint", "arn:aws:glue:us-east-1:%s:devEndpoint/any"},
	{"sagemaker:CreateNotebookInstance", "arn:aws:sagemaker:us-east-1:%s:notebook-instance/any"}, {"ecs:RunTask", "arn:aws:ecs:us-east-1:%s:task-definition/any:1"}, {"cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:%s:trail/any"},
	{"organizations:LeaveOrganization", "*"}, {"kms:CreateKey", "*"}, {"rds:DeleteDBInstance", "arn:aws:rds:us-east-1:%s:db:any"},
}

type accountQuestion struct {
	who      int
	action   string
	resource string
}

func questionsOf(holders []holder) (list []accountQuestion) {
	for i, h := range holders {
		id := strings.Split(h.Arn, ":")[4]
		for _, w := range watched {
			switch w.resource {
			case "user", "role":
				// itself, and every principal of that kind
				for _, o := range holders {
					if strings.Contains(o.Arn, ":"+w.resource+"/") {
						list = append(list, accountQuestion{i, w.action, o.Arn})
					}
				}
			default:
				list = append(list, accountQuestion{i, w.action, strings.Replace(w.resource, "%s", id, 1)})
			}
		}
	}
	return list
}

// askAccount answers as PMapper does: with the context that it infers, and no
// other key.
func (h *holder) request(action, resource string, now time.Time) *awsiam.Request {
	id := strings.Split(h.Arn, ":")[4]
	r := &awsiam.Request{Principal: awsiam.Principal{ARN: h.Arn, Account: id, ID: h.UserId + h.RoleId}, Action: action, Resource: resource, ResourceAccount: id, Context: awsiam.Context{Complete: true}}
	r.Context.Known("aws:CurrentTime", now.Format(time.RFC3339))
	r.Context.Known("aws:EpochTime", fmt.Sprint(now.Unix()))
	r.Context.Known("aws:userid", h.UserId+h.RoleId)
	r.Context.Known("aws:SecureTransport", "true")
	if h.UserName != "" {
		r.Context.Known("aws:username", h.UserName)
	}
	for _, tag := range h.Tags {
		r.Context.Known("aws:PrincipalTag/"+tag.Key, tag.Value)
	}
	return r
}

// TestPeerPMapper asks PMapper's simulator and us what each principal of each
// public account file may do, and prints how long each took.
func TestPeerPMapper(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, file := range peerFiles(t) {
		raw, holders := readAccount(t, file)
		questions := questionsOf(holders)
		ask := make([][]any, len(questions))
		for i, q := range questions {
			ask[i] = []any{holders[q.who].Arn, q.action, q.resource, map[string]string{"aws:CurrentTime": now.Format(time.RFC3339), "aws:EpochTime": fmt.Sprint(now.Unix())}}
		}
		var got struct {
			Answers []bool
			AskCPU  float64 `json:"ask_cpu"`
		}
		realtest.PMapper(t, map[string]any{"account": raw, "ask": ask}, &got)
		if len(got.Answers) != len(questions) {
			t.Fatalf("%s: %d answers to %d questions", file, len(got.Answers), len(questions))
		}
		ours, seconds := decideAll(holders, questions, now)
		differ := map[string]int{}
		for i, q := range questions {
			if ours[i] == got.Answers[i] {
				continue
			}
			why := pmapperRule(&holders[q.who], q, ours[i])
			if differ[why]++; why == "" {
				t.Errorf("%s: %s %s on %s: PMapper says %v, we %v", filepath.Base(file), holders[q.who].Arn, q.action, q.resource, got.Answers[i], ours[i])
			}
		}
		t.Logf("%s: %d principals, %d questions; PMapper took %.2f s of processor time, we %.4f s: %.0f times", filepath.Base(file), len(holders), len(questions), got.AskCPU, seconds, got.AskCPU/seconds)
		for _, why := range slices.Sorted(maps.Keys(differ)) {
			t.Logf("  %5d differ: %s", differ[why], why)
		}
	}
}

func decideAll(holders []holder, questions []accountQuestion, now time.Time) (allowed []bool, seconds float64) {
	from := realtest.CPUTime()
	profiles, requests := make([]*awsiam.Profile, len(holders)), make([]*awsiam.Request, len(holders))
	for i := range holders {
		profiles[i], requests[i] = awsiam.Compile(holders[i].policies), holders[i].request("", "", now)
	}
	for _, q := range questions {
		r := requests[q.who]
		r.Action, r.Resource = q.action, q.resource
		allowed = append(allowed, profiles[q.who].Decide(r) == access.Allow)
	}
	return allowed, (realtest.CPUTime() - from).Seconds()
}

// pmapperRule names why PMapper differs: "" is no reason.
func pmapperRule(h *holder, q accountQuestion, ours bool) string {
	if h.PermissionsBoundary != nil && h.RoleName != "" && !ours {
		return "PMapper reads no permissions boundary of a role"
	}
	return ""
}

// TestEffectiveAccount prints what the full effective access of each account file
// costs: every principal's action set, its grants with conditions and proofs, and
// every role that it may assume.
func TestEffectiveAccount(t *testing.T) {
	for _, file := range accountFiles(t) {
		_, holders := readAccount(t, file)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		from := realtest.CPUTime()
		actions, grants, assumes := 0, 0, 0
		for i := range holders {
			h := &holders[i]
			p := awsiam.Compile(h.policies)
			actions += len(p.Actions().Names())
			grants += len(p.Grants(drover.Ref("aws:" + h.Arn)))
			for k := range holders {
				if o := &holders[k]; o.trust != nil && p.Assume(o.trust, o.Arn, h.request("sts:AssumeRole", o.Arn, time.Unix(0, 0))).Verdict == access.Allow {
					assumes++
				}
			}
		}
		took := realtest.CPUTime() - from
		runtime.ReadMemStats(&after)
		if len(holders) > 0 && grants == 0 {
			t.Errorf("%s: %d principals and no grant", file, len(holders))
		}
		t.Logf("%s: %d principals, %d (principal, action) pairs, %d grants, %d roles that can be assumed: %v of processor time, %.1f MB allocated", filepath.Base(file), len(holders), actions, grants, assumes, took.Round(time.Millisecond), float64(after.TotalAlloc-before.TotalAlloc)/1e6)
	}
}

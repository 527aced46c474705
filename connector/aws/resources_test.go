package aws_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// listed writes a list of resources of account 111122223333 and reads it.
func listed(t *testing.T, more map[string]string, entries ...string) *connectortest.Result {
	t.Helper()
	dir := t.TempDir()
	more["resources.json"] = "[" + strings.Join(entries, ",\n") + "]"
	for name, body := range more {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := scanPath(t, dir)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

func entry(typ, arn, attributes string) string {
	return fmt.Sprintf(`{"account":"111122223333","arn":%q,"type":%q,"name":"x","attributes":%s}`, arn, typ, attributes)
}

// uses are the runs_as edges of a scan: what, as which role, as which part.
func uses(r *connectortest.Result) []string {
	called := names(r)
	var out []string
	for _, e := range r.Edges {
		if e.Kind != drover.EdgeRunsAs {
			continue
		}
		to := e.To.ID()
		if !e.To.Unseen() {
			to = called[e.To]
		}
		out = append(out, strings.TrimSpace(called[e.From]+" as "+to[strings.LastIndexByte(to, '/')+1:]+" "+e.Part))
	}
	slices.Sort(out)
	return out
}

// What runs as a role is joined to it as the live services join it, whatever the
// list calls it.
func TestListedWorkloads(t *testing.T) {
	const role = `"arn:aws:iam::111122223333:role/`
	r := listed(t, map[string]string{},
		entry("aws_lambda_function", "arn:aws:lambda:eu-west-1:111122223333:function:f", `{"function_name":"f","role":`+role+`fn"}`),
		entry("aws_instance", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", `{"iam_instance_profile":"web"}`),
		entry("aws_iam_instance_profile", "arn:aws:iam::111122223333:instance-profile/web", `{"name":"web","role":"web-role"}`),
		entry("aws_launch_template", "arn:aws:ec2:eu-west-1:111122223333:launch-template/lt-1", `{"name":"t","latest_version":3,"iam_instance_profile":[{"name":"web"}]}`),
		entry("aws_ecs_cluster", "x", `{"name":"c"}`),
		entry("aws_ecs_task_definition", "x", `{"family":"task","revision":2,"task_role_arn":`+role+`task","execution_role_arn":`+role+`pull","container_definitions":"[{\"name\":\"a\",\"image\":\"b\"}]"}`),
		entry("aws_ecs_service", "arn:aws:ecs:eu-west-1:111122223333:service/s", `{"name":"s","cluster":"arn:aws:ecs:eu-west-1:111122223333:cluster/c","task_definition":"task:2","enable_execute_command":true}`),
		entry("aws_codebuild_project", "x", `{"name":"p","service_role":`+role+`build","build_batch_config":[{"service_role":`+role+`batch"}]}`),
		entry("aws_apprunner_service", "arn:aws:apprunner:eu-west-1:111122223333:service/r/9", `{"service_name":"r","instance_configuration":[{"instance_role_arn":`+role+`run"}]}`),
		entry("aws_batch_job_definition", "x", `{"name":"j","container_properties":"{\"jobRoleArn\":\"arn:aws:iam::111122223333:role/job\"}"}`),
		entry("aws_glue_job", "x", `{"name":"etl","role_arn":"etl-role"}`),
		entry("aws_glue_dev_endpoint", "arn:aws:glue_dev_endpoint:eu-west-1:111122223333:dev", `{"name":"dev","role_arn":`+role+`dev"}`),
		entry("aws_sagemaker_notebook_instance", "x", `{"name":"nb","role_arn":`+role+`nb"}`),
		entry("aws_cloudformation_stack", "arn:aws:cloudformation:eu-west-1:111122223333:stack/st/1", `{"name":"st","iam_role_arn":`+role+`cfn"}`),
		entry("aws_cloudformation_stack_set", "x", `{"name":"set","administration_role_arn":`+role+`admin","execution_role_name":"exec"}`),
		entry("aws_bedrockagentcore_code_interpreter", "x", `{"name":"ci","execution_role_arn":`+role+`ci"}`),
		entry("aws_codedeploy_deployment_group", "x", `{"app_name":"app","deployment_group_name":"g","ec2_tag_filter":[{"key":"k","type":"KEY_AND_VALUE","value":"v"}]}`),
		entry("aws_instance", "arn:aws:ec2:eu-west-1:111122223333:instance/i-2", `{"iam_instance_profile":"web","tags":{"k":"v"}}`),
	)
	arn := func(s string) string { return "arn:aws:" + strings.Replace(s, ":", ":eu-west-1:111122223333:", 1) }
	want := []string{
		arn("lambda:function:f") + " as fn", arn("ec2:instance/i-1") + " as web-role", arn("ec2:instance/i-2") + " as web-role", arn("ec2:launch-template/lt-1") + " as web-role version 3",
		arn("ecs:task-definition/task:2") + " as task taskRoleArn", arn("ecs:task-definition/task:2") + " as pull executionRoleArn", arn("ecs:service/c/s") + " as task taskRoleArn",
		arn("codebuild:project/p") + " as build serviceRole", arn("codebuild:project/p") + " as batch buildBatchConfig", arn("apprunner:service/r/9") + " as run InstanceRoleArn",
		arn("batch:job-definition/j:1") + " as job jobRoleArn", arn("glue:job/etl") + " as etl-role Role", arn("glue:devEndpoint/dev") + " as dev RoleArn",
		arn("sagemaker:notebook-instance/nb") + " as nb RoleArn", arn("cloudformation:stack/st/1") + " as cfn RoleARN", arn("cloudformation:stackset/set:0") + " as admin AdministrationRoleARN",
		arn("cloudformation:stackset/set:0") + " as exec ExecutionRoleName", arn("bedrock-agentcore:code-interpreter-custom/ci") + " as ci executionRoleArn",
		arn("codedeploy:deploymentgroup:app/g") + " as web-role instances", "arn:aws:iam::111122223333:instance-profile/web as web-role",
	}
	slices.Sort(want)
	if d := cmp.Diff(want, uses(r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s, ok := r.Section("resources"); !ok || s.Status != drover.StatusOK || s.Coverage != "aws:111122223333/resources" {
		t.Errorf("section: %+v", s)
	}
}

// Permissions of a function become its resource policy; a bucket has the policy
// that stands beside it; keys and passwords go to their users.
func TestListedAccess(t *testing.T) {
	details := `{"UserDetailList":[{"UserName":"u","UserId":"AIDAXXXXXXXXXXXXXXXXX","Arn":"arn:aws:iam::111122223333:user/u","Path":"/"}],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}`
	r := listed(t, map[string]string{"gaad.json": details},
		entry("aws_lambda_function", "arn:aws:lambda:eu-west-1:111122223333:function:f", `{"function_name":"f"}`),
		entry("aws_lambda_permission", "x", `{"function_name":"f","action":"lambda:InvokeFunction","principal":"444455556666","statement_id":"A"}`),
		entry("aws_lambda_permission", "y", `{"function_name":"arn:aws:lambda:eu-west-1:111122223333:function:f","action":"lambda:InvokeFunction","principal":"s3.amazonaws.com","source_account":"111122223333","statement_id":"B"}`),
		entry("aws_lambda_function_url", "z", `{"function_name":"f","authorization_type":"NONE"}`),
		entry("aws_s3_bucket", "arn:aws:s3:::b", `{"bucket":"b"}`),
		entry("aws_s3_bucket_policy", "x", `{"bucket":"b","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}]}"}`),
		entry("aws_s3_bucket_public_access_block", "x", `{"bucket":"b","block_public_acls":true,"block_public_policy":false}`),
		entry("aws_iam_access_key", "x", `{"access_key_id":"AKIAIOSFODNN7EXAMPLE","user":"u"}`),
		entry("aws_iam_user_login_profile", "x", `{"user":"u","password_reset_required":true}`),
	)
	bodies := map[string]string{}
	for _, d := range r.Documents {
		bodies[d.Hash] = d.Body
	}
	policyOf := func(typ string) string {
		for _, n := range r.ByType(typ) {
			if h := n.Attrs.Str("document"); h != "" {
				return bodies[h]
			}
		}
		return ""
	}
	var fn struct {
		Statement []struct {
			Sid       string
			Principal map[string]string
			Condition map[string]map[string]string
		}
	}
	if err := json.Unmarshal([]byte(policyOf("aws.lambda.function")), &fn); err != nil || len(fn.Statement) != 2 {
		t.Fatalf("function policy %q: %v", policyOf("aws.lambda.function"), err)
	}
	if got := fn.Statement[0].Principal["AWS"] + " " + fn.Statement[1].Principal["Service"] + " " + fn.Statement[1].Condition["StringEquals"]["AWS:SourceAccount"]; got != "arn:aws:iam::444455556666:root s3.amazonaws.com 111122223333" {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(policyOf("aws.s3.bucket"), "arn:aws:s3:::b/*") {
		t.Error("the bucket has no policy")
	}
	user := drover.NewRef("aws", "111122223333", "iam.user", "AIDAXXXXXXXXXXXXXXXXX")
	proves := map[string]bool{}
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeAuthenticates && e.To == user {
			proves[e.From.Type()] = true
		}
	}
	if !proves["iam.access_key"] || !proves["iam.login_profile"] {
		t.Errorf("of the user's credentials there are %v", proves)
	}
}

// Values are not kept: neither of parameters nor of objects nor of variables. What
// is a credential becomes a fingerprint where it lies.
func TestListedSecrets(t *testing.T) {
	const key, password = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY", "q7Xv-2mTt_77LpZ9"
	r := listed(t, map[string]string{},
		entry("aws_ssm_parameter", "x", `{"name":"/app/db_password","type":"SecureString","value":"`+password+`"}`),
		entry("aws_lambda_function", "arn:aws:lambda:eu-west-1:111122223333:function:f", `{"function_name":"f","environment":[{"variables":{"AWS_ACCESS_KEY_ID":"AKIAIOSFODNN7EXAMPL2","AWS_SECRET_ACCESS_KEY":"`+key+`"}}]}`),
		entry("aws_s3_object", "x", `{"bucket":"b","key":"env","content":"export AWS_SECRET_ACCESS_KEY=`+key+`\n"}`),
	)
	all, err := json.Marshal(r.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	edges, err := json.Marshal(r.Edges)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{key, password} {
		if strings.Contains(string(all)+string(edges), v) {
			t.Errorf("a value was kept: %.6s…", v)
		}
	}
	stored := 0
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeStoredIn && e.To == drover.NewRef("aws", "111122223333", "ssm.parameter", drover.Named("eu-west-1:/app/db_password")) {
			stored++
		}
	}
	if stored != 1 {
		t.Errorf("%d credentials lie in the parameter, want 1", stored)
	}
}

// Resources go to the accounts that they name; entries of other providers and
// other shapes are passed over, broken ones are lost.
func TestListedOdd(t *testing.T) {
	r := listed(t, map[string]string{}, entry("aws_s3_bucket", "arn:aws:s3:::b", `{"bucket":"b"}`), entry("aws_s3_bucket", "arn:aws:s3:::b", `{"bucket":"b"}`),
		`{"account":"999900001111","type":"aws_s3_bucket","name":"c","arn":"arn:aws:s3:::c","attributes":{"bucket":"c"}}`,
		`{"type":"google_storage_bucket","attributes":{}}`, `{"type":"aws_vpc","arn":"x","account":"111122223333","attributes":{}}`, `{"type":"aws_s3_bucket","attributes":[]}`, `{"attributes":{}}`, `7`)
	var got []string
	for _, n := range r.ByType("aws.s3.bucket") {
		got = append(got, string(n.Ref))
	}
	slices.Sort(got)
	want := []string{"aws/111122223333/s3.bucket/name:b", "aws/999900001111/s3.bucket/name:c"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s, _ := r.Section("resources"); len(s.Notes) == 0 && s.Status == drover.StatusOK {
		var notes int
		for _, s := range r.Sections {
			notes += len(s.Notes)
		}
		if notes == 0 {
			t.Error("a type that is not read is not said")
		}
	}
}

package aws

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A scenario is an account in which one technique leads to its administrator, made
// from what the public page of the technique says that it takes.
type scenario struct {
	id    string
	kind  string // user, role: the taker itself; gain-user, gain-role, write-user, write-role, join; pass; thing; new
	needs string // permissions, as the page lists them
	// service names what the role trusts (pass, thing); passed is iam:PassedToService
	// where it is another.
	service, passed string
	things          []string // resources as Terraform describes them; ROLE stands for the target's ARN
	on              string   // ARN of the thing that the permissions are scoped to
	free            string   // permissions that are allowed on "*"
	holds           string   // what holds the taker back from being an administrator, see held
}

const (
	acct  = "111122223333"
	home  = "arn:aws:iam::" + acct + ":"
	admin = "arn:aws:iam::aws:policy/AdministratorAccess"
)

var scenarios = []scenario{
	{id: "iam-001", kind: "user", needs: "iam:CreatePolicyVersion"},
	{id: "iam-002", kind: "gain-user", needs: "iam:CreateAccessKey", things: []string{`aws_iam_access_key k {"access_key_id":"AKIAEXAMPLEEXAMPLE01","user":"target"}`}},
	{id: "iam-003", kind: "gain-user", needs: "iam:CreateAccessKey iam:DeleteAccessKey", things: []string{`aws_iam_access_key k {"access_key_id":"AKIAEXAMPLEEXAMPLE01","user":"target"}`, `aws_iam_access_key l {"access_key_id":"AKIAEXAMPLEEXAMPLE02","user":"target"}`}},
	{id: "iam-004", kind: "gain-user", needs: "iam:CreateLoginProfile", things: []string{`aws_iam_user_login_profile p {"user":"bystander"}`}},
	{id: "iam-005", kind: "role", needs: "iam:PutRolePolicy"},
	{id: "iam-006", kind: "gain-user", needs: "iam:UpdateLoginProfile", things: []string{`aws_iam_user_login_profile p {"user":"target"}`}},
	{id: "iam-007", kind: "user", needs: "iam:PutUserPolicy"},
	{id: "iam-008", kind: "user", needs: "iam:AttachUserPolicy"},
	{id: "iam-009", kind: "role", needs: "iam:AttachRolePolicy"},
	{id: "iam-010", kind: "user", needs: "iam:AttachGroupPolicy"},
	{id: "iam-011", kind: "user", needs: "iam:PutGroupPolicy"},
	{id: "iam-012", kind: "gain-role", needs: "iam:UpdateAssumeRolePolicy"},
	{id: "iam-013", kind: "join", needs: "iam:AddUserToGroup"},
	{id: "iam-014", kind: "write-role", needs: "iam:AttachRolePolicy sts:AssumeRole"},
	{id: "iam-015", kind: "write-user", needs: "iam:AttachUserPolicy iam:CreateAccessKey"},
	{id: "iam-016", kind: "write-role", needs: "iam:CreatePolicyVersion sts:AssumeRole"},
	{id: "iam-017", kind: "write-role", needs: "iam:PutRolePolicy sts:AssumeRole"},
	{id: "iam-018", kind: "write-user", needs: "iam:PutUserPolicy iam:CreateAccessKey"},
	{id: "iam-019", kind: "write-role", needs: "iam:AttachRolePolicy iam:UpdateAssumeRolePolicy"},
	{id: "iam-020", kind: "write-role", needs: "iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy"},
	{id: "iam-021", kind: "write-role", needs: "iam:PutRolePolicy iam:UpdateAssumeRolePolicy"},
	{id: "sts-001", kind: "gain-role", needs: "sts:AssumeRole"},

	{id: "lambda-001", kind: "pass", service: "lambda", needs: "lambda:CreateFunction lambda:InvokeFunction"},
	{id: "lambda-002", kind: "pass", service: "lambda", needs: "lambda:CreateFunction lambda:CreateEventSourceMapping"},
	{id: "lambda-003", kind: "thing", service: "lambda", needs: "lambda:UpdateFunctionCode", on: "arn:aws:lambda:us-east-1:" + acct + ":function:f",
		things: []string{`aws_lambda_function arn:aws:lambda:us-east-1:` + acct + `:function:f {"function_name":"f","role":"ROLE"}`, `aws_lambda_event_source_mapping m {"function_name":"f","event_source_arn":"arn:aws:sqs:us-east-1:` + acct + `:q"}`}},
	{id: "lambda-004", kind: "thing", service: "lambda", needs: "lambda:UpdateFunctionCode lambda:InvokeFunction", on: "arn:aws:lambda:us-east-1:" + acct + ":function:f",
		things: []string{`aws_lambda_function arn:aws:lambda:us-east-1:` + acct + `:function:f {"function_name":"f","role":"ROLE"}`}},
	{id: "lambda-005", kind: "thing", service: "lambda", needs: "lambda:UpdateFunctionCode lambda:AddPermission", on: "arn:aws:lambda:us-east-1:" + acct + ":function:f",
		things: []string{`aws_lambda_function arn:aws:lambda:us-east-1:` + acct + `:function:f {"function_name":"f","role":"ROLE"}`}},
	{id: "lambda-006", kind: "pass", service: "lambda", needs: "lambda:CreateFunction lambda:AddPermission"},

	{id: "ec2-001", kind: "pass", service: "ec2", needs: "ec2:RunInstances"},
	{id: "ec2-002", kind: "thing", service: "ec2", needs: "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances", on: "arn:aws:ec2:us-east-1:" + acct + ":instance/i-1",
		things: []string{`aws_instance arn:aws:ec2:us-east-1:` + acct + `:instance/i-1 {"iam_instance_profile":"target-profile"}`}},
	{id: "ec2-003", kind: "pass", service: "ec2", needs: "ec2:RequestSpotInstances"},
	{id: "ec2-004", kind: "thing", service: "ec2", needs: "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate", on: "arn:aws:ec2:us-east-1:" + acct + ":launch-template/lt-1",
		things: []string{`aws_launch_template arn:aws:ec2:us-east-1:` + acct + `:launch-template/lt-1 {"name":"t","iam_instance_profile":[{"name":"target-profile"}]}`}},
	{id: "ec2-005", kind: "thing", service: "ec2", needs: "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate", on: "arn:aws:ec2:us-east-1:" + acct + ":launch-template/lt-1",
		things: []string{`aws_launch_template arn:aws:ec2:us-east-1:` + acct + `:launch-template/lt-1 {"name":"t","iam_instance_profile":[{"arn":"` + home + `instance-profile/target-profile"}]}`}},
	{id: "ec2instanceconnect-003", kind: "thing", service: "ec2", needs: "ec2-instance-connect:SendSSHPublicKey", on: "arn:aws:ec2:us-east-1:" + acct + ":instance/i-1",
		things: []string{`aws_instance arn:aws:ec2:us-east-1:` + acct + `:instance/i-1 {"iam_instance_profile":"target-profile"}`}},
	{id: "ssm-001", kind: "thing", service: "ec2", needs: "ssm:StartSession", on: "arn:aws:ec2:us-east-1:" + acct + ":instance/i-1",
		things: []string{`aws_instance arn:aws:ec2:us-east-1:` + acct + `:instance/i-1 {"iam_instance_profile":"target-profile"}`}},
	{id: "ssm-002", kind: "thing", service: "ec2", needs: "ssm:SendCommand", on: "*",
		things: []string{`aws_instance arn:aws:ec2:us-east-1:` + acct + `:instance/i-1 {"iam_instance_profile":"target-profile"}`}},
	{id: "ssm-003", kind: "pass", service: "ssm", needs: "ssm:CreateDocument ssm:StartAutomationExecution"},
	{id: "imagebuilder-001", kind: "pass", service: "ec2", needs: "imagebuilder:CreateComponent imagebuilder:CreateImageRecipe imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage"},
	{id: "emr-001", kind: "pass", service: "ec2", passed: "elasticmapreduce", needs: "elasticmapreduce:RunJobFlow"},
	{id: "gamelift-001", kind: "pass", service: "gamelift", needs: "gamelift:CreateBuild gamelift:CreateFleet gamelift:RequestUploadCredentials"},
	{id: "codedeploy-001", kind: "thing", service: "ec2", needs: "codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision codedeploy:GetDeploymentConfig", on: "*",
		things: []string{`aws_instance arn:aws:ec2:us-east-1:` + acct + `:instance/i-1 {"iam_instance_profile":"target-profile","tags":{"app":"a"}}`,
			`aws_codedeploy_deployment_group g {"app_name":"app","deployment_group_name":"g","ec2_tag_set":[{"ec2_tag_filter":[{"key":"app","type":"KEY_AND_VALUE","value":"a"}]}]}`}},

	{id: "ecs-001", kind: "pass", service: "ecs-tasks", needs: "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService"},
	{id: "ecs-002", kind: "pass", service: "ecs-tasks", needs: "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask"},
	{id: "ecs-003", kind: "pass", service: "ecs-tasks", needs: "ecs:RegisterTaskDefinition ecs:CreateService", things: []string{`aws_ecs_cluster c {"name":"c"}`}},
	{id: "ecs-004", kind: "pass", service: "ecs-tasks", needs: "ecs:RegisterTaskDefinition ecs:RunTask", things: []string{`aws_ecs_cluster c {"name":"c"}`}},
	{id: "ecs-005", kind: "pass", service: "ecs-tasks", needs: "ecs:RegisterTaskDefinition ecs:StartTask", things: []string{`aws_ecs_cluster c {"name":"c"}`}},
	{id: "ecs-006", kind: "thing", service: "ecs-tasks", needs: "ecs:ExecuteCommand ecs:DescribeTasks", on: "arn:aws:ecs:*:*:task/c/*",
		things: []string{`aws_ecs_cluster c {"name":"c"}`, `aws_ecs_task_definition t {"family":"t","task_role_arn":"ROLE"}`, `aws_ecs_service s {"name":"s","cluster":"c","task_definition":"t:1","enable_execute_command":true}`}},
	{id: "ecs-007", kind: "pass", service: "ecs-tasks", needs: "ecs:RegisterContainerInstance ecs:StartTask", things: []string{`aws_ecs_cluster c {"name":"c"}`, `aws_ecs_task_definition t {"family":"t"}`}},
	{id: "ecs-008", kind: "pass", service: "ecs-tasks", needs: "ecs:RunTask", things: []string{`aws_ecs_cluster c {"name":"c"}`, `aws_ecs_task_definition t {"family":"t"}`}},
	{id: "ecs-009", kind: "pass", service: "ecs-tasks", needs: "ecs:StartTask", things: []string{`aws_ecs_cluster c {"name":"c"}`, `aws_ecs_task_definition t {"family":"t"}`}},
	{id: "codebuild-001", kind: "pass", service: "codebuild", needs: "codebuild:CreateProject codebuild:StartBuild"},
	{id: "codebuild-002", kind: "thing", service: "codebuild", needs: "codebuild:StartBuild", on: "arn:aws:codebuild:us-east-1:" + acct + ":project/p", things: []string{`aws_codebuild_project p {"name":"p","service_role":"ROLE"}`}},
	{id: "codebuild-003", kind: "thing", service: "codebuild", needs: "codebuild:StartBuildBatch", on: "arn:aws:codebuild:us-east-1:" + acct + ":project/p",
		things: []string{`aws_codebuild_project p {"name":"p","service_role":"ROLE","build_batch_config":[{"service_role":"ROLE"}]}`}},
	{id: "codebuild-004", kind: "pass", service: "codebuild", needs: "codebuild:CreateProject codebuild:StartBuildBatch"},
	{id: "apprunner-001", kind: "pass", service: "tasks.apprunner", passed: "apprunner", needs: "apprunner:CreateService"},
	{id: "apprunner-002", kind: "thing", service: "tasks.apprunner", needs: "apprunner:UpdateService", on: "arn:aws:apprunner:us-east-1:" + acct + ":service/s/*",
		things: []string{`aws_apprunner_service arn:aws:apprunner:us-east-1:` + acct + `:service/s/1 {"service_name":"s","instance_configuration":[{"instance_role_arn":"ROLE"}]}`}},
	{id: "batch-001", kind: "pass", service: "ecs-tasks", needs: "batch:RegisterJobDefinition batch:SubmitJob", things: []string{`aws_batch_job_queue q {"name":"q"}`}},
	{id: "batch-002", kind: "thing", service: "ecs-tasks", needs: "batch:SubmitJob", on: "*",
		things: []string{`aws_batch_job_queue q {"name":"q"}`, `aws_batch_job_definition d {"name":"d","container_properties":"{\"jobRoleArn\":\"ROLE\"}"}`}},
	{id: "batch-003", kind: "pass", service: "ecs-tasks", needs: "batch:CreateComputeEnvironment batch:CreateJobQueue batch:RegisterJobDefinition batch:SubmitJob"},

	{id: "glue-001", kind: "pass", service: "glue", needs: "glue:CreateDevEndpoint"},
	{id: "glue-002", kind: "thing", service: "glue", needs: "glue:UpdateDevEndpoint", on: "arn:aws:glue:us-east-1:" + acct + ":devEndpoint/e", things: []string{`aws_glue_dev_endpoint e {"name":"e","role_arn":"ROLE"}`}},
	{id: "glue-003", kind: "pass", service: "glue", needs: "glue:CreateJob glue:StartJobRun"},
	{id: "glue-004", kind: "pass", service: "glue", needs: "glue:CreateJob glue:CreateTrigger"},
	{id: "glue-005", kind: "pass", service: "glue", needs: "glue:UpdateJob glue:StartJobRun", things: []string{`aws_glue_job j {"name":"j","role_arn":"` + home + `role/bystander"}`}},
	{id: "glue-006", kind: "pass", service: "glue", needs: "glue:UpdateJob glue:CreateTrigger", things: []string{`aws_glue_job j {"name":"j","role_arn":"` + home + `role/bystander"}`}},
	{id: "glue-007", kind: "pass", service: "glue", needs: "glue:CreateSession glue:RunStatement"},
	{id: "cloudformation-001", kind: "pass", service: "cloudformation", needs: "cloudformation:CreateStack"},
	{id: "cloudformation-002", kind: "thing", service: "cloudformation", needs: "cloudformation:UpdateStack", on: "arn:aws:cloudformation:*:*:stack/s/*", things: []string{`aws_cloudformation_stack s {"name":"s","iam_role_arn":"ROLE"}`}},
	{id: "cloudformation-003", kind: "pass", service: "cloudformation", needs: "cloudformation:CreateStackSet cloudformation:CreateStackInstances"},
	{id: "cloudformation-004", kind: "thing", service: "cloudformation", needs: "cloudformation:UpdateStackSet iam:PassRole", on: "*",
		things: []string{`aws_cloudformation_stack_set s {"name":"s","administration_role_arn":"` + home + `role/bystander","execution_role_name":"target"}`}},
	{id: "cloudformation-005", kind: "thing", service: "cloudformation", needs: "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", on: "arn:aws:cloudformation:*:*:stack/s/*",
		things: []string{`aws_cloudformation_stack s {"name":"s","iam_role_arn":"ROLE"}`}},
	{id: "sagemaker-001", kind: "pass", service: "sagemaker", needs: "sagemaker:CreateNotebookInstance"},
	{id: "sagemaker-002", kind: "pass", service: "sagemaker", needs: "sagemaker:CreateTrainingJob"},
	{id: "sagemaker-003", kind: "pass", service: "sagemaker", needs: "sagemaker:CreateProcessingJob"},
	{id: "sagemaker-004", kind: "thing", service: "sagemaker", needs: "sagemaker:CreatePresignedNotebookInstanceUrl", on: "arn:aws:sagemaker:*:*:notebook-instance/n", things: []string{`aws_sagemaker_notebook_instance n {"name":"n","role_arn":"ROLE"}`}},
	{id: "sagemaker-005", kind: "thing", service: "sagemaker", needs: "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance",
		on: "arn:aws:sagemaker:*:*:notebook-instance/n", free: "sagemaker:CreateNotebookInstanceLifecycleConfig", things: []string{`aws_sagemaker_notebook_instance n {"name":"n","role_arn":"ROLE"}`}},
	{id: "datapipeline-001", kind: "pass", service: "datapipeline", needs: "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline"},
	{id: "kinesisanalytics-001", kind: "pass", service: "kinesisanalytics", needs: "kinesisanalytics:CreateApplication kinesisanalytics:StartApplication"},
	{id: "emrserverless-001", kind: "pass", service: "emr-serverless", needs: "emr-serverless:CreateApplication emr-serverless:StartJobRun"},
	{id: "omics-001", kind: "pass", service: "omics", needs: "omics:CreateWorkflow omics:StartRun s3:GetObject"},
	{id: "braket-001", kind: "pass", service: "braket", needs: "braket:CreateJob"},
	{id: "cognitoidentity-001", kind: "pass", service: "cognito-identity", needs: "cognito-identity:SetIdentityPoolRoles", things: []string{`aws_cognito_identity_pool p {"identity_pool_name":"p","id":"us-east-1:1"}`}},

	{id: "bedrock-001", kind: "pass", service: "bedrock-agentcore", needs: "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter"},
	{id: "bedrock-002", kind: "thing", service: "bedrock-agentcore", needs: "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter", on: "arn:aws:bedrock-agentcore:*:*:code-interpreter-custom/*",
		things: []string{`aws_bedrockagentcore_code_interpreter c {"name":"c","execution_role_arn":"ROLE"}`}},
	{id: "bedrock-003", kind: "pass", service: "bedrock-agentcore", needs: "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:InvokeAgentRuntimeCommand"},
	{id: "bedrock-004", kind: "thing", service: "bedrock-agentcore", needs: "bedrock-agentcore:InvokeAgentRuntimeCommand", on: "arn:aws:bedrock-agentcore:*:*:runtime/*", things: []string{`aws_bedrockagentcore_agent_runtime c {"agent_runtime_name":"c","role_arn":"ROLE"}`}},
	{id: "bedrock-005", kind: "pass", service: "bedrock-agentcore",
		needs: "bedrock-agentcore:CreateHarness bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:GetAgentRuntime bedrock-agentcore:GetHarness bedrock-agentcore:InvokeAgentRuntimeCommand"},
	{id: "bedrock-006", kind: "pass", service: "bedrock-agentcore", needs: "bedrock-agentcore:CreateBrowser bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream"},
	{id: "bedrock-007", kind: "thing", service: "bedrock-agentcore", needs: "bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream", on: "*", things: []string{`aws_bedrockagentcore_browser c {"name":"c","execution_role_arn":"ROLE"}`}},

	{id: "new-role-001", kind: "new", needs: "iam:CreateRole iam:AttachRolePolicy"},
	{id: "new-role-002", kind: "new", needs: "iam:CreateRole iam:PutRolePolicy"},
	{id: "new-user-001", kind: "new", needs: "iam:CreateUser iam:AttachUserPolicy iam:CreateAccessKey"},
	{id: "new-user-002", kind: "new", needs: "iam:CreateUser iam:PutUserPolicy iam:CreateAccessKey"},

	{id: "set-version-001", kind: "user", holds: "version", needs: "iam:SetDefaultPolicyVersion"},
	{id: "drop-boundary-001", kind: "user", holds: "boundary", needs: "iam:DeleteUserPermissionsBoundary"},
	{id: "drop-boundary-002", kind: "role", holds: "boundary", needs: "iam:DeleteRolePermissionsBoundary"},
	{id: "drop-deny-001", kind: "user", holds: "managed", needs: "iam:DetachUserPolicy"},
	{id: "drop-deny-002", kind: "role", holds: "managed", needs: "iam:DetachRolePolicy"},
	{id: "drop-deny-003", kind: "user", holds: "inline", needs: "iam:DeleteUserPolicy"},
	{id: "drop-deny-004", kind: "role", holds: "inline", needs: "iam:DeleteRolePolicy"},
	{id: "drop-deny-005", kind: "user", holds: "group managed", needs: "iam:DetachGroupPolicy"},
	{id: "drop-deny-006", kind: "user", holds: "group inline", needs: "iam:DeleteGroupPolicy"},
}

type object = map[string]any

// statement allows one action.
func statement(action, resource string, condition object) object {
	s := object{"Effect": "Allow", "Action": action, "Resource": resource}
	if condition != nil {
		s["Condition"] = condition
	}
	return s
}

func policyOf(statements ...object) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}

// permissions are the actions of a scenario, iam:PassRole first where it passes one.
func (s *scenario) permissions() []string {
	list := strings.Fields(s.needs)
	if s.kind == "pass" {
		list = append([]string{"iam:PassRole"}, list...)
	}
	return list
}

// scope is the resource of one permission.
func (s *scenario) scope(action string) string {
	target := map[bool]string{true: home + "role/target", false: home + "user/target"}[strings.HasSuffix(s.kind, "role")]
	switch {
	case action == "iam:PassRole" && s.kind == "pass":
		return home + "role/target"
	case action == "iam:CreatePolicyVersion", action == "iam:SetDefaultPolicyVersion":
		return home + "policy/own"
	case strings.HasSuffix(action, "GroupPolicy"), action == "iam:AddUserToGroup":
		return home + "group/g"
	case s.kind == "user" || s.kind == "role":
		return home + s.kind + "/start"
	case strings.HasPrefix(s.kind, "gain-"), strings.HasPrefix(s.kind, "write-"):
		return target
	case s.kind == "thing" && !strings.Contains(s.free, action):
		return s.on
	}
	return "*"
}

func (s *scenario) inline() object {
	var list []object
	for _, a := range s.permissions() {
		var cond object
		if a == "iam:PassRole" && s.kind == "pass" {
			service := s.passed
			if service == "" {
				service = strings.TrimPrefix(s.service, "tasks.")
			}
			cond = object{"StringEquals": object{"iam:PassedToService": service + ".amazonaws.com"}}
		}
		list = append(list, statement(a, s.scope(a), cond))
	}
	if s.holds != "" && s.holds != "version" {
		list = append(list, statement("iam:CreateRole", "*", nil), statement("iam:AttachRolePolicy", "*", nil))
	}
	return policyOf(list...)
}

func trustOf(principal object, action string) object {
	return policyOf(object{"Effect": "Allow", "Principal": principal, "Action": action})
}

// trust of the target role.
func (s *scenario) trust() object {
	switch {
	case s.service == "cognito-identity":
		return trustOf(object{"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity")
	case s.service != "":
		return trustOf(object{"Service": s.service + ".amazonaws.com"}, "sts:AssumeRole")
	case strings.Contains(s.needs, "sts:AssumeRole"):
		return trustOf(object{"AWS": home + "root"}, "sts:AssumeRole")
	}
	return trustOf(object{"Service": "nobody.amazonaws.com"}, "sts:AssumeRole")
}

func attachedTo(arns ...string) []object {
	out := []object{}
	for _, a := range arns {
		out = append(out, object{"PolicyName": a[strings.LastIndexByte(a, '/')+1:], "PolicyArn": a})
	}
	return out
}

func user(name, id string, inline any, attached []object, groups ...string) object {
	u := object{"UserName": name, "UserId": id, "Arn": home + "user/" + name, "Path": "/", "GroupList": groups, "AttachedManagedPolicies": attached, "UserPolicyList": []object{}}
	if inline != nil {
		u["UserPolicyList"] = []object{{"PolicyName": "inline", "PolicyDocument": inline}}
	}
	return u
}

func role(name, id string, trust, inline any, attached []object, profile bool) object {
	r := object{"RoleName": name, "RoleId": id, "Arn": home + "role/" + name, "Path": "/", "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": attached, "RolePolicyList": []object{}, "InstanceProfileList": []object{}}
	if inline != nil {
		r["RolePolicyList"] = []object{{"PolicyName": "inline", "PolicyDocument": inline}}
	}
	if profile {
		r["InstanceProfileList"] = []object{{"InstanceProfileName": name + "-profile", "InstanceProfileId": "AIPA" + id[4:], "Arn": home + "instance-profile/" + name + "-profile", "Path": "/",
			"Roles": []object{{"RoleName": name, "RoleId": id, "Arn": home + "role/" + name, "Path": "/"}}}}
	}
	return r
}

// details is the account of the scenario, as get-account-authorization-details has it.
func (s *scenario) details() object {
	rights := attachedTo(admin)
	if strings.HasPrefix(s.kind, "write-") || s.kind == "new" || s.kind == "user" || s.kind == "role" || s.kind == "join" {
		rights = attachedTo()
	}
	own := attachedTo()
	if strings.Contains(s.needs, "iam:CreatePolicyVersion") {
		own = attachedTo(home + "policy/own")
	}
	startPolicies, targetPolicies := attachedTo(), append(rights, own...)
	if s.kind == "user" {
		startPolicies, targetPolicies = own, rights
	}
	groups := []string{}
	if s.kind == "user" && strings.Contains(s.needs, "Group") {
		groups = append(groups, "g")
	}
	users := []object{user("target", "AIDATARGET0000000000", nil, targetPolicies), user("bystander", "AIDABYSTANDER0000000", policyOf(statement("s3:GetObject", "*", nil)), attachedTo())}
	roles := []object{role("target", "AROATARGET0000000000", s.trust(), nil, targetPolicies, true),
		role("bystander", "AROABYSTANDER0000000", trustOf(object{"Service": "cloudformation.amazonaws.com"}, "sts:AssumeRole"), policyOf(statement("sts:AssumeRole", home+"role/nobody", nil)), attachedTo(), false)}
	if s.kind == "role" {
		roles = append(roles, role("start", "AROASTART00000000000", trustOf(object{"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"), s.inline(), attachedTo(), false))
	} else {
		users = append(users, user("start", "AIDASTART00000000000", s.inline(), startPolicies, groups...))
	}
	groupRights := attachedTo()
	if s.kind == "join" {
		groupRights = attachedTo(admin)
	}
	d := object{"UserDetailList": users, "RoleDetailList": roles,
		"GroupDetailList": []object{{"GroupName": "g", "GroupId": "AGPAGROUP00000000000", "Arn": home + "group/g", "Path": "/", "AttachedManagedPolicies": groupRights, "GroupPolicyList": []object{}}},
		"Policies": []object{{"PolicyName": "own", "PolicyId": "ANPAOWN0000000000000", "Arn": home + "policy/own", "Path": "/", "DefaultVersionId": "v1",
			"PolicyVersionList": []object{{"VersionId": "v1", "IsDefaultVersion": true, "Document": policyOf(statement("s3:ListAllMyBuckets", "*", nil))}}}}}
	s.held(d)
	return d
}

// held puts into the account what holds the taker back.
func (s *scenario) held(d object) {
	var start object
	for _, list := range []string{"UserDetailList", "RoleDetailList"} {
		for _, p := range d[list].([]object) {
			if p["UserName"] == "start" || p["RoleName"] == "start" {
				start = p
			}
		}
	}
	group, policies := d["GroupDetailList"].([]object)[0], d["Policies"].([]object)
	guard := policyOf(object{"Effect": "Deny", "Action": "iam:Create*", "Resource": "*"})
	inline := []object{{"PolicyName": "guard", "PolicyDocument": guard}}
	switch s.holds {
	case "version":
		start["AttachedManagedPolicies"] = attachedTo(home + "policy/own")
		policies[0]["PolicyVersionList"] = append(policies[0]["PolicyVersionList"].([]object), object{"VersionId": "v2", "Document": policyOf(statement("*", "*", nil))})
	case "boundary":
		d["Policies"] = append(policies, managed("narrow", policyOf(statement("s3:*", "*", nil), statement(s.needs, "*", nil))))
		bounded(start, "narrow")
	case "managed":
		d["Policies"] = append(policies, managed("guard", guard))
		start["AttachedManagedPolicies"] = attachedTo(home + "policy/guard")
	case "group managed":
		d["Policies"] = append(policies, managed("guard", guard))
		group["AttachedManagedPolicies"] = attachedTo(home + "policy/guard")
	case "group inline":
		group["GroupPolicyList"] = inline
	case "inline":
		list := "UserPolicyList"
		if s.kind == "role" {
			list = "RolePolicyList"
		}
		start[list] = append(start[list].([]object), inline...)
	}
}

// resources is the list beside it.
func (s *scenario) resources() []object {
	list := []object{}
	for _, t := range s.things {
		f := strings.SplitN(t, " ", 3)
		var attributes object
		if err := json.Unmarshal([]byte(strings.ReplaceAll(f[2], "ROLE", home+"role/target")), &attributes); err != nil {
			panic(s.id + ": " + err.Error())
		}
		list = append(list, object{"account": acct, "arn": f[1], "type": f[0], "name": "x", "attributes": attributes})
	}
	return list
}

// world writes the account into files and scans it.
func (s *scenario) world(t testing.TB) world {
	t.Helper()
	return written(t, object{"gaad.json": s.details(), "resources.json": s.resources()})
}

func written(t testing.TB, files object) world {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		b, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return world{scan(t, dir)}
}

// truth is what the scenario promises.
func (s *scenario) truth() *truth {
	sort := "user"
	if s.kind == "role" {
		sort = "role"
	}
	b := fmt.Sprintf(`{"path_id":%q,"target":"to-admin","edges":[{"from_arn":%q}]}`, s.id, home+sort+"/start")
	var tr truth
	if err := json.Unmarshal([]byte(b), &tr); err != nil {
		panic(err)
	}
	return &tr
}

// Every technique has a scenario, made of what its page asks for: it is found, its
// twins are silent, its proofs decide, and bystanders take over nothing.
func TestScenarios(t *testing.T) {
	var total score
	byID := map[string]bool{}
	for i := range scenarios {
		s := &scenarios[i]
		byID[s.id] = true
		t.Run(s.id, func(t *testing.T) {
			w, tr := s.world(t), s.truth()
			var one score
			one.try(t, s.id, w, tr)
			if one.found == 0 {
				t.Errorf("not found")
			}
			if len(one.false)+len(one.idleExample) > 0 {
				t.Errorf("loud twins: %v\nidle statements: %v", one.false, one.idleExample)
			}
			l := evaluate(t, snapshot(w.Result))
			for _, who := range []string{"user/bystander", "role/bystander"} {
				row, _ := l.row(home + who)
				if seen, _ := l.reach(row); l.attained(seen, tr) {
					t.Errorf("%s reaches the account", who)
				}
			}
			total.paths, total.found = total.paths+one.paths, total.found+one.found
			total.twins, total.loud, total.statements, total.idle = total.twins+one.twins, total.loud+one.loud, total.statements+one.statements, total.idle+one.idle
		})
	}
	for i := range techniques {
		if !byID[techniques[i].id] {
			t.Errorf("%s has no scenario", techniques[i].id)
		}
	}
	total.report(t)
}

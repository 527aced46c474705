package aws

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/droverhq/drover"
)

// fixtures says what each type becomes.
var fixtures = map[string]func(*fixture){
	"aws_lambda_function": (*fixture).function, "aws_instance": (*fixture).instance, "aws_launch_template": (*fixture).launchTemplate,
	"aws_ecs_cluster": (*fixture).ecsCluster, "aws_ecs_service": (*fixture).ecsService, "aws_ecs_task_definition": (*fixture).taskFamily,
	"aws_codebuild_project": (*fixture).buildProject, "aws_apprunner_service": (*fixture).appRunner, "aws_batch_job_definition": (*fixture).jobDefinition, "aws_batch_job_queue": (*fixture).jobQueue,
	"aws_glue_job": (*fixture).glueJob, "aws_glue_dev_endpoint": (*fixture).devEndpoint, "aws_sagemaker_notebook_instance": (*fixture).notebook,
	"aws_cloudformation_stack": (*fixture).stack, "aws_cloudformation_stack_set": (*fixture).stackSet, "aws_datapipeline_pipeline": (*fixture).pipeline,
	"aws_bedrockagentcore_code_interpreter": (*fixture).codeInterpreter, "aws_bedrockagentcore_agent_runtime": (*fixture).agentRuntime, "aws_bedrockagentcore_browser": (*fixture).browser,
	"aws_codedeploy_deployment_group": (*fixture).deploymentGroup, "aws_cognito_identity_pool": (*fixture).identityPool,
	"aws_s3_bucket": (*fixture).bucket, "aws_s3_object": (*fixture).object, "aws_ssm_parameter": (*fixture).parameter, "aws_secretsmanager_secret": (*fixture).secretEntry, "aws_kms_key": (*fixture).kmsKey,
	"aws_dynamodb_table": (*fixture).table, "aws_sqs_queue": (*fixture).queue, "aws_sns_topic": (*fixture).topic, "aws_ecr_repository": (*fixture).imageRepository,
	"aws_iam_access_key": (*fixture).accessKey, "aws_iam_user_login_profile": (*fixture).loginProfile, "aws_iam_instance_profile": (*fixture).instanceProfile,
}

// beside are types that are read together with another.
var beside = map[string]bool{
	"aws_lambda_permission": true, "aws_lambda_function_url": true, "aws_lambda_event_source_mapping": true, "aws_s3_bucket_policy": true, "aws_s3_bucket_public_access_block": true,
	"aws_s3_bucket_ownership_controls": true, "aws_s3_bucket_versioning": true, "aws_secretsmanager_secret_policy": true, "aws_secretsmanager_secret_version": true, "aws_kms_key_policy": true, "aws_kms_alias": true,
	"aws_sqs_queue_policy": true, "aws_sns_topic_policy": true, "aws_ecr_repository_policy": true,
	"aws_security_group": true, "aws_cloudwatch_log_group": true,
}

// workload is the node of something regional that runs.
func (x *fixture) workload(typ, name, arn string) drover.Node {
	return drover.Node{Ref: x.regional(strings.TrimPrefix(typ, "aws."), x.region, name), Kind: drover.KindWorkload, Type: typ, Name: text(name), Aliases: aliases(arn)}
}

func (x *fixture) function() {
	name := x.str("function_name")
	arn := x.spell("lambda", "function:", name)
	n := x.workload("aws.lambda.function", name, arn)
	vars := x.block("environment").texts("variables")
	said := map[string]any{"FunctionArn": arn, "Role": x.str("role"), "Runtime": x.str("runtime"), "Handler": x.str("handler"), "PackageType": x.str("package_type"), "KMSKeyArn": x.str("kms_key_arn"),
		"EnvironmentVariables": names(vars)}
	var urls, sources []map[string]any
	for _, u := range x.others("aws_lambda_function_url", "function_name", name, arn) {
		urls = append(urls, map[string]any{"AuthType": u.str("authorization_type"), "FunctionUrl": u.str("function_url"), "FunctionArn": arn})
	}
	for _, m := range x.others("aws_lambda_event_source_mapping", "function_name", name, arn) {
		sources = append(sources, map[string]any{"UUID": m.str("uuid"), "EventSourceArn": m.str("event_source_arn"), "State": cmp.Or(m.str("state"), "Enabled")})
	}
	said["FunctionUrlConfigs"], said["EventSourceMappings"] = urls, sources
	x.emit(n, said)
	x.role(n.Ref, x.str("role"), "", "execution role of the function")
	environment{owner: n.Ref, typ: "aws.lambda.environment_variable", id: drover.Named(x.region + ":" + text(name)), name: name, vars: vars}.places(&x.account, x.out)
	if body := x.permissions(name, arn); body != "" {
		x.policy(n, body, "function policy")
	}
}

// permissions is the resource policy that the permissions of a function make.
func (x *fixture) permissions(name, arn string) string {
	var statements []map[string]any
	on := arn
	if x.assumed {
		on = strings.Replace(arn, ":"+x.region+":", ":*:", 1)
	}
	for _, p := range x.others("aws_lambda_permission", "function_name", name, arn) {
		s := map[string]any{"Sid": cmp.Or(p.str("statement_id"), p.label), "Effect": "Allow", "Action": p.str("action"), "Resource": on, "Principal": lambdaPrincipal(p.str("principal"), x.partition)}
		cond := map[string]map[string]string{}
		for _, c := range []struct{ attribute, operator, key string }{
			{"source_arn", "ArnLike", "AWS:SourceArn"}, {"source_account", "StringEquals", "AWS:SourceAccount"}, {"principal_org_id", "StringEquals", "aws:PrincipalOrgID"}, {"function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"},
		} {
			if v := p.str(c.attribute); v != "" {
				if cond[c.operator] == nil {
					cond[c.operator] = map[string]string{}
				}
				cond[c.operator][c.key] = v
			}
		}
		if len(cond) > 0 {
			s["Condition"] = cond
		}
		statements = append(statements, s)
	}
	if len(statements) == 0 {
		return ""
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": statements})
	if err != nil {
		return ""
	}
	return string(b)
}

// lambdaPrincipal spells whom a permission is for as the policy does (AWS Lambda
// API Reference, AddPermission).
func lambdaPrincipal(p, partition string) any {
	switch {
	case p == "*":
		return p
	case isAccount(p):
		return map[string]string{"AWS": "arn:" + partition + ":iam::" + p + ":root"}
	case strings.HasPrefix(p, "arn:"):
		return map[string]string{"AWS": p}
	}
	return map[string]string{"Service": p}
}

func (x *fixture) instance() {
	id := x.str("id")
	if a, ok := parseARN(x.arn); ok && id == "" {
		id = last(a.resource)
	}
	if id == "" {
		return
	}
	ref := x.ref("ec2.instance", text(id))
	n := drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "aws.ec2.instance", Name: text(cmp.Or(x.tags()["Name"], id)), Aliases: aliases(x.spell("ec2", "instance/", id))}
	meta := x.block("metadata_options")
	x.emit(n, map[string]any{"InstanceId": id, "ImageId": x.str("ami"), "InstanceType": x.str("instance_type"), "State": x.str("instance_state"), "KeyName": x.str("key_name"), "SubnetId": x.str("subnet_id"),
		"IamInstanceProfile": x.profileARN(x.str("iam_instance_profile")),
		"MetadataOptions":    map[string]any{"HttpTokens": meta.str("http_tokens"), "HttpEndpoint": meta.str("http_endpoint")}})
	x.byInstanceProfile(ref, x.str("iam_instance_profile"), "")
	x.userDataOf(ref, "ec2.user_data", id, x.str("user_data"), x.str("user_data_base64"))
}

// profileARN is the ARN of an instance profile that is given by its name or ARN.
func (x *fixture) profileARN(profile string) string {
	if profile == "" || strings.HasPrefix(profile, "arn:") {
		return profile
	}
	for i := range x.details.roles {
		for _, p := range x.details.roles[i].InstanceProfileList {
			if p.InstanceProfileName == profile && p.Arn != "" {
				return p.Arn
			}
		}
	}
	return x.account.arn("instance-profile/" + profile)
}

// byInstanceProfile joins a workload to the role behind its instance profile.
func (x *fixture) byInstanceProfile(from drover.Ref, profile, part string) {
	if profile == "" {
		return
	}
	arn, roles := x.profileARN(profile), map[string]string{}
	for i := range x.details.roles {
		r := &x.details.roles[i]
		for _, p := range r.InstanceProfileList {
			roles[firstOf(p.Arn, x.account.arn("instance-profile/"+p.InstanceProfileName))] = r.Arn
		}
	}
	for _, p := range x.byType["aws_iam_instance_profile"] {
		if x.profileARN(p.str("name")) == arn && roles[arn] == "" && p.str("role") != "" {
			roles[arn] = roleARN(&x.account, p.str("role"))
		}
	}
	e := x.byProfile(from, arn, roles)
	if part != "" {
		e.Part, e.Proof = part, e.Proof+" of "+part
	}
	x.out.Edge(e)
}

// userDataOf emits the secrets in what an instance is told at its start.
func (x *fixture) userDataOf(owner drover.Ref, typ, id, plain, encoded string) {
	if plain != "" {
		encoded = base64.StdEncoding.EncodeToString([]byte(plain))
	}
	x.userData(x.out, owner, typ, text(id), encoded)
}

func (x *fixture) launchTemplate() {
	id := cmp.Or(x.str("id"), last(x.arn))
	name := cmp.Or(x.str("name"), x.str("name_prefix"), x.label)
	if !strings.HasPrefix(id, "lt-") {
		id = cmp.Or(id, name)
	}
	ref := x.ref("ec2.launch_template", text(id))
	n := drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "aws.ec2.launch_template", Name: text(name), Aliases: aliases(x.spell("ec2", "launch-template/", id))}
	x.emit(n, map[string]any{"LaunchTemplateId": id, "DefaultVersionNumber": x.str("default_version"), "LatestVersionNumber": x.str("latest_version")})
	for _, p := range x.blocks("iam_instance_profile") {
		x.byInstanceProfile(ref, cmp.Or(p.str("arn"), p.str("name")), "version "+cmp.Or(x.str("latest_version"), "1"))
	}
	x.userData(x.out, ref, "ec2.launch_template_user_data", text(id), encodedOrNot(x.str("user_data")))
}

// encodedOrNot is user data in base64, as the API has it; plain text is encoded.
func encodedOrNot(s string) string {
	if _, err := base64.StdEncoding.DecodeString(s); err == nil {
		return s
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// decoded64 is what base64 encodes, "" where it is none.
func decoded64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}

package aws

import (
	"cmp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/secret"
)

// plain is the node of something regional that is reached.
func (x *fixture) plain(typ, name, arn string, said map[string]any) drover.Node {
	n := drover.Node{Ref: x.regional(strings.TrimPrefix(typ, "aws."), x.region, name), Kind: drover.KindResource, Type: typ, Name: text(name), Aliases: aliases(arn)}
	x.emit(n, said)
	return n
}

// runner is a workload that has a name, an ARN of it, and one role.
func (x *fixture) runner(typ, name, arn, part, role, proof string, said map[string]any) {
	n := x.workload(typ, name, arn)
	said[part] = role
	x.emit(n, said)
	x.role(n.Ref, role, part, proof)
}

func (x *fixture) glueJob() {
	name := x.str("name")
	command := x.block("command")
	x.runner("aws.glue.job", name, x.spell("glue", "job/", name), "Role", x.str("role_arn"), "role of the job",
		map[string]any{"GlueVersion": x.str("glue_version"), "Command": map[string]any{"Name": command.str("name"), "ScriptLocation": command.str("script_location")}})
}

func (x *fixture) devEndpoint() {
	name := x.str("name")
	x.runner("aws.glue.dev_endpoint", name, x.spell("glue", "devEndpoint/", name), "RoleArn", x.str("role_arn"), "role of the development endpoint", map[string]any{"GlueVersion": x.str("glue_version"), "Status": x.str("status")})
}

func (x *fixture) notebook() {
	name := x.str("name")
	x.runner("aws.sagemaker.notebook_instance", name, x.spell("sagemaker", "notebook-instance/", name), "RoleArn", x.str("role_arn"), "execution role of the notebook instance",
		map[string]any{"DirectInternetAccess": x.str("direct_internet_access"), "RootAccess": x.str("root_access"), "InstanceType": x.str("instance_type"), "LifecycleConfigName": x.str("lifecycle_config_name")})
}

func (x *fixture) stack() {
	name := x.str("name")
	arn := x.spell("cloudformation", "stack/"+name+"/", cmp.Or(last(x.str("id")), "0"))
	x.runner("aws.cloudformation.stack", name, arn, "RoleARN", x.str("iam_role_arn"), "service role of the stack", map[string]any{"StackId": arn})
}

func (x *fixture) stackSet() {
	name := x.str("name")
	arn := x.spell("cloudformation", "stackset/"+name+":", cmp.Or(x.str("stack_set_id"), "0"))
	n := x.workload("aws.cloudformation.stack_set", name, arn)
	execution := cmp.Or(x.str("execution_role_name"), "AWSCloudFormationStackSetExecutionRole")
	x.emit(n, map[string]any{"StackSetARN": arn, "AdministrationRoleARN": x.str("administration_role_arn"), "ExecutionRoleName": execution, "PermissionModel": x.str("permission_model")})
	if admin := x.str("administration_role_arn"); admin != "" {
		x.role(n.Ref, admin, "AdministrationRoleARN", "administration role of the stack set")
		x.role(n.Ref, execution, "ExecutionRoleName", "execution role of the stack set, in each account that it is deployed to")
	}
}

func (x *fixture) pipeline() {
	name := x.str("name")
	x.plain("aws.datapipeline.pipeline", name, x.spell("datapipeline", "pipeline/", cmp.Or(x.str("id"), name)), map[string]any{"pipelineId": x.str("id")})
}

func (x *fixture) codeInterpreter() {
	name := x.str("name")
	arn := cmp.Or(x.str("code_interpreter_arn"), x.spell("bedrock-agentcore", "code-interpreter-custom/", cmp.Or(x.str("code_interpreter_id"), name)))
	x.runner("aws.bedrock.code_interpreter", name, arn, "executionRoleArn", x.str("execution_role_arn"), "execution role of the code interpreter", map[string]any{"codeInterpreterArn": arn})
}

func (x *fixture) agentRuntime() {
	name := x.str("agent_runtime_name")
	arn := cmp.Or(x.str("agent_runtime_arn"), x.spell("bedrock-agentcore", "runtime/", cmp.Or(x.str("agent_runtime_id"), name)))
	x.runner("aws.bedrock.agent_runtime", name, arn, "roleArn", x.str("role_arn"), "execution role of the agent runtime", map[string]any{"agentRuntimeArn": arn})
}

func (x *fixture) browser() {
	name := x.str("name")
	arn := cmp.Or(x.str("browser_arn"), x.spell("bedrock-agentcore", "browser-custom/", cmp.Or(x.str("browser_id"), name)))
	x.runner("aws.bedrock.browser", name, arn, "executionRoleArn", x.str("execution_role_arn"), "execution role of the browser", map[string]any{"browserArn": arn})
}

// deploymentGroup emits a group and as what the instances run that its tags name.
func (x *fixture) deploymentGroup() {
	name := x.str("app_name") + "/" + x.str("deployment_group_name")
	arn := x.spell("codedeploy", "deploymentgroup:", name)
	n := x.workload("aws.codedeploy.deployment_group", name, arn)
	x.emit(n, map[string]any{"applicationName": x.str("app_name"), "serviceRoleArn": x.str("service_role_arn")})
	filters := x.blocks("ec2_tag_filter")
	for _, s := range x.blocks("ec2_tag_set") {
		filters = append(filters, s.blocks("ec2_tag_filter")...)
	}
	for _, i := range x.byType["aws_instance"] {
		tags := i.tags()
		for _, f := range filters {
			v, ok := tags[f.str("key")]
			if typ := f.str("type"); ok && (typ == "KEY_ONLY" || v == f.str("value")) {
				x.byInstanceProfile(n.Ref, i.str("iam_instance_profile"), "instances")
				break
			}
		}
	}
}

func (x *fixture) identityPool() {
	name := cmp.Or(x.str("identity_pool_name"), x.label)
	arn := x.spell("cognito-identity", "identitypool/", cmp.Or(x.str("id"), name))
	x.plain("aws.cognito.identity_pool", name, arn, map[string]any{"IdentityPoolId": x.str("id"), "AllowUnauthenticatedIdentities": x.flag("allow_unauthenticated_identities")})
}

func (x *fixture) bucket() {
	name := cmp.Or(x.str("bucket"), x.str("id"), last(x.arn))
	arn := "arn:" + x.partition + ":s3:::" + name
	n := drover.Node{Ref: x.ref("s3.bucket", drover.Named(text(name))), Kind: drover.KindResource, Type: "aws.s3.bucket", Name: text(name), Aliases: aliases(arn)}
	said := map[string]any{"Name": name}
	for _, b := range x.others("aws_s3_bucket_public_access_block", "bucket", name, arn) {
		said["PublicAccessBlockConfiguration"] = map[string]any{"BlockPublicAcls": b.flag("block_public_acls"), "IgnorePublicAcls": b.flag("ignore_public_acls"), "BlockPublicPolicy": b.flag("block_public_policy"),
			"RestrictPublicBuckets": b.flag("restrict_public_buckets")}
	}
	x.emit(n, said)
	body := x.str("policy")
	for _, p := range x.others("aws_s3_bucket_policy", "bucket", name, arn) {
		body = p.str("policy")
	}
	x.policy(n, body, "bucket policy")
}

// object emits a place for each object whose content holds a secret. The content
// is not kept.
func (x *fixture) object() {
	content := cmp.Or(x.str("content"), decoded64(x.str("content_base64")))
	if content == "" || x.str("bucket") == "" {
		return
	}
	bucket := strings.TrimPrefix(x.str("bucket"), "arn:"+x.partition+":s3:::")
	x.script(x.out, script{owner: x.ref("s3.bucket", drover.Named(text(bucket))), typ: "s3.object", id: drover.Named(text(bucket + "/" + x.str("key"))), name: "s3://" + bucket + "/" + x.str("key"), body: []byte(content)})
}

// parameter emits a parameter of Systems Manager without its value. One that is a
// credential becomes its fingerprint, stored in the parameter.
func (x *fixture) parameter() {
	name := x.str("name")
	arn := x.spell("ssm", "parameter/", strings.TrimPrefix(name, "/"))
	n := x.plain("aws.ssm.parameter", name, arn, map[string]any{"ARN": arn, "Type": x.str("type"), "Tier": x.str("tier"), "KeyId": x.str("key_id"), "Description": secret.RedactString(text(x.str("description")))})
	x.holds(n.Ref, last(name), cmp.Or(x.str("value"), x.str("insecure_value")), "parameter "+name)
}

// holds emits the credential that a value is, where it is one.
func (x *fixture) holds(in drover.Ref, key, value, where string) {
	class, ok := secret.ByName(key, value)
	if !ok {
		return
	}
	c := environment{vars: map[string]string{key: value}, name: where}.credential(&x.account, class, key)
	x.out.Node(c.node)
	x.out.Edge(drover.Edge{From: c.node.Ref, To: in, Kind: drover.EdgeStoredIn, Part: class, Proof: text(where)})
	for _, who := range c.opens {
		x.out.Node(who)
		x.out.Edge(drover.Edge{From: c.node.Ref, To: who.Ref, Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: text("its value, in " + where)})
	}
}

func (x *fixture) secretEntry() {
	name := x.str("name")
	arn := x.spell("secretsmanager", "secret:", name+"-000000")
	_, id, _ := strings.Cut(arn, ":secret:")
	n := drover.Node{Ref: x.ref("secretsmanager.secret", x.region+":"+text(id)), Kind: drover.KindResource, Type: "aws.secretsmanager.secret", Name: text(name), Aliases: aliases(arn)}
	x.emit(n, map[string]any{"ARN": arn, "KmsKeyId": x.str("kms_key_id"), "Description": secret.RedactString(text(x.str("description")))})
	body := x.str("policy")
	for _, p := range x.others("aws_secretsmanager_secret_policy", "secret_arn", arn, x.arn, name) {
		body = p.str("policy")
	}
	x.policy(n, body, "secret policy")
	for _, v := range x.others("aws_secretsmanager_secret_version", "secret_id", arn, x.arn, name) {
		x.holds(n.Ref, last(name), v.str("secret_string"), "secret "+name)
	}
}

func (x *fixture) kmsKey() {
	id := cmp.Or(x.str("key_id"), last(x.arn), x.label)
	arn := x.spell("kms", "key/", id)
	n := drover.Node{Ref: x.ref("kms.key", x.region+":"+text(id)), Kind: drover.KindResource, Type: "aws.kms.key", Name: text(id), Aliases: aliases(arn)}
	x.emit(n, map[string]any{"KeyId": id, "Arn": arn})
	body := x.str("policy")
	for _, p := range x.others("aws_kms_key_policy", "key_id", arn, x.arn, id) {
		body = p.str("policy")
	}
	x.policy(n, body, "key policy")
}

// open64 and the like: things that are reached, with a policy of their own.
func (x *fixture) guarded(typ, name, arn, policies, attribute, what string, said map[string]any) {
	n := x.plain(typ, name, arn, said)
	body := x.str("policy")
	for _, p := range x.others(policies, attribute, arn, x.arn, name, x.str("url"), x.str("id")) {
		body = p.str("policy")
	}
	x.policy(n, body, what)
}

func (x *fixture) table() {
	arn := x.spell("dynamodb", "table/", x.str("name"))
	x.plain("aws.dynamodb.table", x.str("name"), arn, map[string]any{"TableArn": arn})
}

func (x *fixture) queue() {
	arn := x.spell("sqs", "", x.str("name"))
	x.guarded("aws.sqs.queue", x.str("name"), arn, "aws_sqs_queue_policy", "queue_url", "queue policy", map[string]any{"QueueArn": arn})
}

func (x *fixture) topic() {
	arn := x.spell("sns", "", x.str("name"))
	x.guarded("aws.sns.topic", x.str("name"), arn, "aws_sns_topic_policy", "arn", "topic policy", map[string]any{"TopicArn": arn})
}

func (x *fixture) imageRepository() {
	arn := x.spell("ecr", "repository/", x.str("name"))
	x.guarded("aws.ecr.repository", x.str("name"), arn, "aws_ecr_repository_policy", "repository", "repository policy", map[string]any{"repositoryArn": arn})
}

func (x *fixture) accessKey() {
	key := cmp.Or(x.str("access_key_id"), x.str("id"))
	if key == "" || x.str("user") == "" {
		return
	}
	u := x.user(x.str("user"), when{})
	keys := []accessKey{{AccessKeyId: key, UserName: x.str("user"), Status: x.str("status")}}
	x.emitKeys(x.out, u, keys)
	x.emitKeyOwner(x.out, u, keys)
}

func (x *fixture) loginProfile() {
	if x.str("user") == "" {
		return
	}
	reset, _ := x.flag("password_reset_required").(bool)
	x.emitLogin(x.out, x.user(x.str("user"), when{}), loginProfile{UserName: x.str("user"), PasswordResetRequired: reset})
}

// instanceProfile emits an instance profile that no role of the details tells of.
func (x *fixture) instanceProfile() {
	name := x.str("name")
	for i := range x.details.roles {
		for _, p := range x.details.roles[i].InstanceProfileList {
			if p.InstanceProfileName == name {
				return
			}
		}
	}
	p := instanceProfile{InstanceProfileName: name, InstanceProfileId: x.str("unique_id"), Path: x.str("path")}
	if role := x.str("role"); role != "" {
		p.Roles = []roleDetail{{RoleName: last(role), Arn: roleARN(&x.account, role)}}
	}
	x.emitInstanceProfile(x.out, p)
}

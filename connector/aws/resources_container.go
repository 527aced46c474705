package aws

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/droverhq/drover"
)

func (x *fixture) ecsCluster() {
	arn := x.spell("ecs", "cluster/", x.str("name"))
	n := drover.Node{Ref: x.regional("ecs.cluster", x.region, last(arn)), Kind: drover.KindResource, Type: "aws.ecs.cluster", Name: text(last(arn)), Aliases: aliases(arn)}
	x.emit(n, map[string]any{"clusterArn": arn})
}

func (x *fixture) ecsService() {
	cluster, name := last(cmp.Or(x.str("cluster"), "default")), x.str("name")
	arn := "arn:" + x.partition + ":ecs:" + x.region + ":" + x.id + ":service/" + cluster + "/" + name
	n := x.workload("aws.ecs.service", cluster+"/"+name, arn)
	n.Name = text(name)
	x.emit(n, map[string]any{"serviceArn": arn, "clusterArn": x.str("cluster"), "launchType": x.str("launch_type"), "taskDefinition": x.str("task_definition"), "roleArn": x.str("iam_role"),
		"enableExecuteCommand": x.flag("enable_execute_command")})
	x.out.Edge(drover.Edge{From: x.regional("ecs.cluster", x.region, cluster), To: n.Ref, Kind: drover.EdgeContains})
	x.role(n.Ref, x.str("iam_role"), "roleArn", "role by which the service registers at its load balancer")
	if d := x.taskNamed(x.str("task_definition")); d != nil {
		x.role(n.Ref, d.str("task_role_arn"), "taskRoleArn", "task role of "+last(x.str("task_definition")))
	}
}

// taskNamed finds a task definition by ARN, "family:revision" or family.
func (x *fixture) taskNamed(name string) *fixture {
	family, _, _ := strings.Cut(last(name), ":")
	for _, d := range x.byType["aws_ecs_task_definition"] {
		if family != "" && d.str("family") == family {
			return d
		}
	}
	return nil
}

// taskFamily emits a task definition, by the same code as the live one.
func (x *fixture) taskFamily() {
	d := &types.TaskDefinition{Family: ptr(x.str("family")), TaskRoleArn: ptr(x.str("task_role_arn")), ExecutionRoleArn: ptr(x.str("execution_role_arn")), NetworkMode: types.NetworkMode(x.str("network_mode")),
		PidMode: types.PidMode(x.str("pid_mode")), IpcMode: types.IpcMode(x.str("ipc_mode")), Status: types.TaskDefinitionStatusActive, Revision: 1}
	if n, err := strconv.ParseInt(x.str("revision"), 10, 32); err == nil {
		d.Revision = int32(n)
	} else if _, revision, ok := strings.Cut(last(x.arn), ":"); ok {
		if n, err := strconv.ParseInt(revision, 10, 32); err == nil {
			d.Revision = int32(n)
		}
	}
	d.TaskDefinitionArn = ptr("arn:" + x.partition + ":ecs:" + x.region + ":" + x.id + ":task-definition/" + x.str("family") + ":" + strconv.Itoa(int(d.Revision)))
	if list, ok := x.tf["requires_compatibilities"].([]any); ok {
		for _, e := range list {
			if s, ok := e.(string); ok {
				d.RequiresCompatibilities = append(d.RequiresCompatibilities, types.Compatibility(s))
			}
		}
	}
	for _, v := range x.blocks("volume") {
		if path := v.str("host_path"); path != "" {
			d.Volumes = append(d.Volumes, types.Volume{Host: &types.HostVolumeProperties{SourcePath: &path}})
		}
	}
	_ = json.Unmarshal([]byte(x.str("container_definitions")), &d.ContainerDefinitions) // one that breaks off tells of no containers
	var tags []types.Tag
	for k, v := range x.tags() {
		tags = append(tags, types.Tag{Key: ptr(k), Value: ptr(v)})
	}
	x.taskDefinition(x.out, x.region, d, tags)
}

// ptr is a text as the SDK has it: nil for none.
func ptr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (x *fixture) buildProject() {
	name := x.str("name")
	arn := x.spell("codebuild", "project/", name)
	n := x.workload("aws.codebuild.project", name, arn)
	env, vars := x.block("environment"), map[string]string{}
	for _, v := range env.blocks("environment_variable") {
		if typ := v.str("type"); typ == "" || typ == "PLAINTEXT" {
			vars[v.str("name")] = v.str("value")
		} else if end := x.secretEnd(v.str("value"), x.region); end != "" {
			x.out.Edge(drover.Edge{From: n.Ref, To: end, Kind: drover.EdgeReadsSecret, Part: text(v.str("name")), Proof: text("environment variable " + v.str("name") + " of the project")})
		}
	}
	x.emit(n, map[string]any{"arn": arn, "serviceRole": x.str("service_role"), "projectVisibility": x.str("project_visibility"), "encryptionKey": x.str("encryption_key"),
		"environment": map[string]any{"image": env.str("image"), "type": env.str("type"), "privilegedMode": env.flag("privileged_mode"), "environmentVariables": names(vars)}})
	environment{owner: n.Ref, typ: "aws.codebuild.environment_variable", id: drover.Named(x.region + ":" + text(name)), name: name, vars: vars}.places(&x.account, x.out)
	x.role(n.Ref, x.str("service_role"), "serviceRole", "service role of the project")
	x.role(n.Ref, x.str("resource_access_role"), "resourceAccessRole", "role by which a public project shows its logs")
	x.role(n.Ref, x.block("build_batch_config").str("service_role"), "buildBatchConfig", "role of batch builds")
}

func (x *fixture) appRunner() {
	name := x.str("service_name")
	arn := x.spell("apprunner", "service/"+name+"/", cmp.Or(x.str("service_id"), "0"))
	n := x.workload("aws.apprunner.service", name, arn)
	instance := x.block("instance_configuration").str("instance_role_arn")
	access := x.block("source_configuration").block("authentication_configuration").str("access_role_arn")
	x.emit(n, map[string]any{"ServiceArn": arn, "InstanceRoleArn": instance, "AccessRoleArn": access, "Status": x.str("status")})
	x.role(n.Ref, instance, "InstanceRoleArn", "instance role of the service")
	x.role(n.Ref, access, "AccessRoleArn", "role by which the service fetches its image")
}

func (x *fixture) jobDefinition() {
	name := x.str("name")
	arn := x.spell("batch", "job-definition/", name+":"+cmp.Or(x.str("revision"), "1"))
	n := x.workload("aws.batch.job_definition", name, arn)
	var c struct{ JobRoleArn, ExecutionRoleArn, Image string }
	_ = json.Unmarshal([]byte(x.str("container_properties")), &c) // one that breaks off tells of no role
	x.emit(n, map[string]any{"jobDefinitionArn": arn, "type": x.str("type"), "image": c.Image, "jobRoleArn": c.JobRoleArn, "executionRoleArn": c.ExecutionRoleArn})
	x.role(n.Ref, c.JobRoleArn, "jobRoleArn", "role of the job's containers")
	x.role(n.Ref, c.ExecutionRoleArn, "executionRoleArn", "role that fetches the job's images and secrets")
}

func (x *fixture) jobQueue() {
	arn := x.spell("batch", "job-queue/", x.str("name"))
	x.plain("aws.batch.job_queue", x.str("name"), arn, map[string]any{"jobQueueArn": arn, "state": x.str("state")})
}

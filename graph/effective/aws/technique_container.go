package aws

const (
	ecsTasks = "ecs-tasks.amazonaws.com"

	someCluster = some + "aws.ecs.cluster"
	someTaskDef = some + "aws.ecs.task_definition"
)

// containerTechniques run code in containers and builds.
var containerTechniques = []technique{
	{id: "ecs-001", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {action: "ecs:CreateCluster", on: newCluster}, {action: "ecs:RegisterTaskDefinition", on: newTaskDef}, {action: "ecs:CreateService", on: newService}},
		doc:   "Make a cluster, register a task definition with a role, and have a service run it on Fargate."},
	{id: "ecs-002", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {action: "ecs:CreateCluster", on: newCluster}, {action: "ecs:RegisterTaskDefinition", on: newTaskDef}, {action: "ecs:RunTask", on: newTaskDef}},
		doc:   "Make a cluster, register a task definition with a role, and run it on Fargate."},
	{id: "ecs-003", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {on: someCluster}, {action: "ecs:RegisterTaskDefinition", on: newTaskDef}, {action: "ecs:CreateService", on: newService}},
		doc:   "Register a task definition with a role, and have a service of a cluster that is there run it."},
	{id: "ecs-004", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {on: someCluster}, {action: "ecs:RegisterTaskDefinition", on: newTaskDef}, {action: "ecs:RunTask", on: newTaskDef}},
		doc:   "Register a task definition with a role, and run it in a cluster that is there."},
	{id: "ecs-005", gives: givesPass, service: ecsTasks, requires: []requirement{hasContainerHost},
		needs: []need{pass(ecsTasks), {on: someCluster}, {action: "ecs:RegisterTaskDefinition", on: newTaskDef}, {action: "ecs:StartTask", on: newTaskDef}},
		doc:   "Register a task definition with a role, and start it on a container instance of a cluster that is there."},
	{id: "ecs-006", gives: givesThing, types: []string{"aws.ecs.service"}, parts: []string{"taskRoleArn", ""}, requires: []requirement{execEnabled},
		needs: []need{{action: "ecs:ExecuteCommand", on: task}, {action: "ecs:DescribeTasks", on: task}},
		doc:   "Open a shell in a running container, and take the keys of its task role from the metadata endpoint."},
	{id: "ecs-007", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {action: "ecs:RegisterContainerInstance", on: someCluster}, {action: "ecs:StartTask", on: someTaskDef}},
		doc:   "Register an instance of one's own in a cluster, and start a task definition that is there on it, with another role and command."},
	{id: "ecs-008", gives: givesPass, service: ecsTasks,
		needs: []need{pass(ecsTasks), {on: someCluster}, {action: "ecs:RunTask", on: someTaskDef}},
		doc:   "Run a task definition that is there with another role and command (overrides)."},
	{id: "ecs-009", gives: givesPass, service: ecsTasks, requires: []requirement{hasContainerHost},
		needs: []need{pass(ecsTasks), {on: someCluster}, {action: "ecs:StartTask", on: someTaskDef}},
		doc:   "Start a task definition that is there on a container instance, with another role and command (overrides)."},

	{id: "codebuild-001", gives: givesPass, service: "codebuild.amazonaws.com",
		needs: []need{pass("codebuild.amazonaws.com"), {action: "codebuild:CreateProject", on: newProject}, {action: "codebuild:StartBuild", on: newProject}},
		doc:   "Make a build project with a role, and start a build: its commands run with the role."},
	{id: "codebuild-002", gives: givesThing, types: []string{"aws.codebuild.project"}, parts: []string{"serviceRole"}, needs: []need{{action: "codebuild:StartBuild", on: carrier}},
		doc: "Start a build of a project with commands of one's own (buildspec override): they run with its role."},
	{id: "codebuild-003", gives: givesThing, types: []string{"aws.codebuild.project"}, parts: []string{"serviceRole", "buildBatchConfig"}, needs: []need{{action: "codebuild:StartBuildBatch", on: carrier}}, requires: []requirement{batchEnabled},
		doc: "Start a batch of builds of a project with commands of one's own (buildspec override): they run with its role."},
	{id: "codebuild-004", gives: givesPass, service: "codebuild.amazonaws.com",
		needs: []need{pass("codebuild.amazonaws.com"), {action: "codebuild:CreateProject", on: newProject}, {action: "codebuild:StartBuildBatch", on: newProject}},
		doc:   "Make a build project with a role, and start a batch of builds: their commands run with the role."},

	{id: "apprunner-001", gives: givesPass, service: "tasks.apprunner.amazonaws.com",
		needs: []need{pass("apprunner.amazonaws.com|tasks.apprunner.amazonaws.com"), {action: "apprunner:CreateService", on: "arn:{p}:apprunner:{r}:{a}:service/*/*"}},
		doc:   "Make an App Runner service with an instance role: its start command runs with the role."},
	{id: "apprunner-002", gives: givesThing, types: []string{"aws.apprunner.service"}, parts: []string{"InstanceRoleArn"}, needs: []need{{action: "apprunner:UpdateService", on: carrier}},
		doc: "Give an App Runner service another image or start command: it runs with the service's instance role."},

	{id: "batch-001", gives: givesPass, service: "ecs-tasks.amazonaws.com|batch.amazonaws.com",
		needs: []need{pass("ecs-tasks.amazonaws.com|batch.amazonaws.com"), {action: "batch:RegisterJobDefinition", on: newJobDef}, {action: "batch:SubmitJob", on: newJobDef}, {action: "batch:SubmitJob", on: some + "aws.batch.job_queue"}},
		doc:   "Register a job definition with a role, and submit a job to a queue that is there."},
	{id: "batch-002", gives: givesThing, types: []string{"aws.batch.job_definition"}, parts: []string{"jobRoleArn"}, needs: []need{{action: "batch:SubmitJob", on: carrier}, {action: "batch:SubmitJob", on: some + "aws.batch.job_queue"}},
		doc: "Submit a job of a definition that is there with another command (overrides): it runs with the definition's role."},
	{id: "batch-003", gives: givesPass, service: "ecs-tasks.amazonaws.com|batch.amazonaws.com",
		needs: []need{pass("ecs-tasks.amazonaws.com|batch.amazonaws.com"), {action: "batch:CreateComputeEnvironment", on: "arn:{p}:batch:{r}:{a}:compute-environment/*"}, {action: "batch:CreateJobQueue", on: newQueue},
			{action: "batch:RegisterJobDefinition", on: newJobDef}, {action: "batch:SubmitJob", on: newJobDef}, {action: "batch:SubmitJob", on: newQueue}},
		doc: "Make a compute environment and a job queue, register a job definition with a role, and submit a job."},
}

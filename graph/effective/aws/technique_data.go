package aws

const (
	glue      = "glue.amazonaws.com"
	sagemaker = "sagemaker.amazonaws.com"
	cfn       = "cloudformation.amazonaws.com"
)

// dataTechniques run code in data, machine learning and deployment services.
var dataTechniques = []technique{
	{id: "glue-001", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:CreateDevEndpoint", on: nothing}},
		doc: "Make a Glue development endpoint with a role and an SSH key of one's own, and sign in."},
	{id: "glue-002", gives: givesThing, types: []string{"aws.glue.dev_endpoint"}, needs: []need{{action: "glue:UpdateDevEndpoint", on: carrier}},
		doc: "Add an SSH key to a Glue development endpoint, sign in, and act as its role."},
	{id: "glue-003", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:CreateJob", on: newJob}, {action: "glue:StartJobRun", on: newJob}},
		doc: "Make a Glue job with a role and a script of one's own, and run it."},
	{id: "glue-004", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:CreateJob", on: newJob}, {action: "glue:CreateTrigger", on: newTrigger}},
		doc: "Make a Glue job with a role and a script of one's own, and have a trigger start it."},
	{id: "glue-005", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:UpdateJob", on: some + "aws.glue.job"}, {action: "glue:StartJobRun", on: some + "aws.glue.job"}},
		doc: "Give a Glue job that is there another role and script, and run it."},
	{id: "glue-006", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:UpdateJob", on: some + "aws.glue.job"}, {action: "glue:CreateTrigger", on: newTrigger}},
		doc: "Give a Glue job that is there another role and script, and have a trigger start it."},
	{id: "glue-007", gives: givesPass, service: glue, needs: []need{pass(glue), {action: "glue:CreateSession", on: newSession}, {action: "glue:RunStatement", on: newSession}},
		doc: "Open an interactive Glue session with a role, and run statements in it."},

	{id: "cloudformation-001", gives: givesPass, service: cfn, needs: []need{pass(cfn), {action: "cloudformation:CreateStack", on: newStack}},
		doc: "Create a stack with a service role: what its template asks for is made with the role."},
	{id: "cloudformation-002", gives: givesThing, types: []string{"aws.cloudformation.stack"}, needs: []need{{action: "cloudformation:UpdateStack", on: carrier}},
		doc: "Give a stack that has a service role another template: what it asks for is made with the role."},
	{id: "cloudformation-003", gives: givesPass, service: cfn,
		needs: []need{pass(cfn), {action: "cloudformation:CreateStackSet", on: newStackSet}, {action: "cloudformation:CreateStackInstances", on: newStackSet}},
		doc:   "Create a stack set with an administration role and have it deployed: what its template asks for is made with the execution roles that the administration role may assume."},
	{id: "cloudformation-004", gives: givesThing, types: []string{"aws.cloudformation.stack_set"},
		needs: []need{{action: "iam:PassRole", on: passed, to: cfn}, {action: "cloudformation:UpdateStackSet", on: carrier}},
		doc:   "Give a stack set another template, passing its administration role: what it asks for is made with its execution role."},
	{id: "cloudformation-005", gives: givesThing, types: []string{"aws.cloudformation.stack"}, needs: []need{{action: "cloudformation:CreateChangeSet", on: carrier}, {action: "cloudformation:ExecuteChangeSet", on: carrier}},
		doc: "Make a change set for a stack that has a service role, and execute it: what it asks for is made with the role."},

	{id: "sagemaker-001", gives: givesPass, service: sagemaker, needs: []need{pass(sagemaker), {action: "sagemaker:CreateNotebookInstance", on: "arn:{p}:sagemaker:{r}:{a}:notebook-instance/*"}},
		doc: "Make a notebook instance with a role, and run code in it."},
	{id: "sagemaker-002", gives: givesPass, service: sagemaker, needs: []need{pass(sagemaker), {action: "sagemaker:CreateTrainingJob", on: "arn:{p}:sagemaker:{r}:{a}:training-job/*"}},
		doc: "Start a training job with a role and code of one's own. A bucket that the role may use has to be there, which is not evaluated."},
	{id: "sagemaker-003", gives: givesPass, service: sagemaker, needs: []need{pass(sagemaker), {action: "sagemaker:CreateProcessingJob", on: "arn:{p}:sagemaker:{r}:{a}:processing-job/*"}},
		doc: "Start a processing job with a role and code of one's own. A bucket that the role may use has to be there, which is not evaluated."},
	{id: "sagemaker-004", gives: givesThing, types: []string{"aws.sagemaker.notebook_instance"}, needs: []need{{action: "sagemaker:CreatePresignedNotebookInstanceUrl", on: carrier}},
		doc: "Get the address of a notebook instance, and run code in it as its role."},
	{id: "sagemaker-005", gives: givesThing, types: []string{"aws.sagemaker.notebook_instance"},
		needs: []need{{action: "sagemaker:CreateNotebookInstanceLifecycleConfig", on: lifecycle}, {action: "sagemaker:StopNotebookInstance", on: carrier}, {action: "sagemaker:UpdateNotebookInstance", on: carrier}, {action: "sagemaker:StartNotebookInstance", on: carrier}},
		doc:   "Stop a notebook instance, give it a script that runs at its start, and start it: the script runs as its role."},

	{id: "datapipeline-001", gives: givesPass, service: "datapipeline.amazonaws.com|elasticmapreduce.amazonaws.com",
		needs: []need{pass("datapipeline.amazonaws.com|elasticmapreduce.amazonaws.com"), {action: "datapipeline:CreatePipeline", on: nothing}, {action: "datapipeline:PutPipelineDefinition", on: newPipeline}, {action: "datapipeline:ActivatePipeline", on: newPipeline}},
		doc:   "Make a pipeline with a role and a shell command, and activate it. AWS closed Data Pipeline to new customers in 2024."},
	{id: "kinesisanalytics-001", gives: givesPass, service: "kinesisanalytics.amazonaws.com",
		needs: []need{pass("kinesisanalytics.amazonaws.com"), {action: "kinesisanalytics:CreateApplication", on: nothing}, {action: "kinesisanalytics:StartApplication", on: "arn:{p}:kinesisanalytics:{r}:{a}:application/*"}},
		doc:   "Make an Apache Flink application with a role and code of one's own, and start it."},
	{id: "emrserverless-001", gives: givesPass, service: "emr-serverless.amazonaws.com",
		needs: []need{pass("emr-serverless.amazonaws.com"), {action: "emr-serverless:CreateApplication", on: nothing}, {action: "emr-serverless:StartJobRun", on: "arn:{p}:emr-serverless:{r}:{a}:/applications/*"}},
		doc:   "Make an EMR Serverless application, and start a job with a role and a script of one's own."},
	{id: "omics-001", gives: givesPass, service: "omics.amazonaws.com",
		needs: []need{pass("omics.amazonaws.com"), {action: "omics:CreateWorkflow", on: nothing}, {action: "omics:StartRun", on: "arn:{p}:omics:{r}:{a}:run/*"}, {action: "s3:GetObject", on: "arn:{p}:s3:::*/*"}},
		doc:   "Make a HealthOmics workflow with a task of one's own, and run it with a role. Its keys leave by a bucket that the taker may read; that the role may write it is not evaluated."},
	{id: "braket-001", gives: givesPass, service: "braket.amazonaws.com",
		needs: []need{pass("braket.amazonaws.com"), {action: "braket:CreateJob", on: "arn:{p}:braket:{r}:{a}:job/*"}},
		doc:   "Start a Braket hybrid job with a role and a script of one's own."},
	{id: "cognitoidentity-001", gives: givesPass, service: "cognito-identity.amazonaws.com",
		needs: []need{pass("cognito-identity.amazonaws.com"), {action: "cognito-identity:SetIdentityPoolRoles", on: nothing}, {on: some + "aws.cognito.identity_pool"}},
		doc:   "Make a role the one that anybody without sign-in gets from an identity pool that is there. Whether the pool lets anybody in without sign-in is not evaluated."},
}

package aws

import (
	"fmt"
	"strings"
)

// repeated is n JSON values made of a pattern with %d in it.
func repeated(n int, pattern string) string {
	var list []string
	for i := range n {
		list = append(list, strings.ReplaceAll(pattern, "%d", fmt.Sprint(i)))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// repeatedXML is n items of an XML list.
func repeatedXML(n int, pattern string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("<!--item-->" + strings.ReplaceAll(pattern, "%d", fmt.Sprint(i)) + "<!--end-->")
	}
	return b.String()
}

const (
	fakeToken    = "ghp_" + "Zk4Qm81rT0vXbN3sLpE7yWcJ2hUdAf" + "6gRi5K"
	fakePassword = "c4n4ry-Tr0ub4dor-And-3-horses"
	fakeHostile  = `\u202e\u0007=cmd|'/c calc'!A1\u001b[31mred\n<b>\"` // as JSON
)

var fakeCanaries = []string{fakeToken, fakePassword}

const fakePolicy = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Partner\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}`

func fakeOps(pki authority) []fakeOp {
	var ops []fakeOp
	for _, list := range [][]fakeOp{coreOps(), lambdaOps(), ec2Ops(), ecsOps(), eksOps(), buildOps(), storeOps(), bucketOps(), organizationOps(), bedrockOps(), iotOps(pki), anywhereOps(pki)} {
		ops = append(ops, list...)
	}
	return ops
}

func coreOps() []fakeOp {
	return []fakeOp{
		{service: "sts", name: "GetCallerIdentity", address: "Action", answer: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/drover</Arn><UserId>AIDAAAAAAAAAAAAAAAAAA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`},
		// So that the roles behind instance profiles are somebody's; the rest of IAM is not in the fake.
		{service: "iam", name: "GetAccountAuthorizationDetails", address: "Action", answer: `<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><RoleDetailList>` +
			repeatedXML(3, `<member><RoleName>node%d</RoleName><RoleId>AROA%d</RoleId><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate><Arn>arn:aws:iam::{account}:role/node%d</Arn><InstanceProfileList><member><InstanceProfileName>p%d</InstanceProfileName><InstanceProfileId>AIPA%d</InstanceProfileId><Arn>arn:aws:iam::{account}:instance-profile/p%d</Arn><Path>/</Path></member></InstanceProfileList></member>`) +
			`</RoleDetailList></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`},
		{service: "iam", name: "ListInstanceProfiles", address: "Action", list: "member", in: "Marker", out: "Marker", answer: `<ListInstanceProfilesResponse><ListInstanceProfilesResult><InstanceProfiles>` +
			repeatedXML(3, `<member><InstanceProfileName>p%d</InstanceProfileName><InstanceProfileId>AIPA%d</InstanceProfileId><Arn>arn:aws:iam::{account}:instance-profile/p%d</Arn><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles><member><RoleName>node%d</RoleName><RoleId>AROA%d</RoleId><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate><Arn>arn:aws:iam::{account}:role/node%d</Arn></member></Roles></member>`) +
			`</InstanceProfiles><!--next--></ListInstanceProfilesResult></ListInstanceProfilesResponse>`},
	}
}

func lambdaOps() []fakeOp {
	fn := `{"FunctionName":"fn-%d","FunctionArn":"arn:aws:lambda:{region}:{account}:function:fn-%d","Role":"arn:aws:iam::{account}:role/fn","Runtime":"python3.12","Handler":"a.b","LastModified":"2026-10-01T10:00:00.000+0000","Description":"` + fakeHostile + `","Environment":{"Variables":{"STAGE":"x","GITHUB_TOKEN":"` + fakeToken + `","DB_PASSWORD":"` + fakePassword + `"}}}`
	return []fakeOp{
		{service: "lambda", name: "ListFunctions", address: "GET /2015-03-31/functions", list: "Functions", in: "Marker", out: "NextMarker", answer: `{"Functions":` + repeated(5, fn) + `}`},
		{service: "lambda", name: "GetPolicy", address: "GET /2015-03-31/functions/{}/policy", answer: `{"Policy":"` + fakePolicy + `","RevisionId":"1"}`},
		{service: "lambda", name: "ListFunctionUrlConfigs", address: "GET /2021-10-31/functions/{}/urls", list: "FunctionUrlConfigs", in: "Marker", out: "NextMarker",
			answer: `{"FunctionUrlConfigs":` + repeated(3, `{"FunctionUrl":"https://u%d.lambda-url.{region}.on.aws/","FunctionArn":"arn:aws:lambda:{region}:{account}:function:f:%d","AuthType":"NONE","CreationTime":"2026-01-01T00:00:00Z","LastModifiedTime":"2026-01-01T00:00:00Z"}`) + `}`},
		{service: "lambda", name: "ListEventSourceMappings", address: "GET /2015-03-31/event-source-mappings", list: "EventSourceMappings", in: "Marker", out: "NextMarker",
			answer: `{"EventSourceMappings":` + repeated(3, `{"UUID":"esm-%d","EventSourceArn":"arn:aws:sqs:{region}:{account}:q%d","FunctionArn":"arn:aws:lambda:{region}:{account}:function:fn-%d","State":"Enabled","SourceAccessConfigurations":[{"Type":"BASIC_AUTH","URI":"arn:aws:secretsmanager:{region}:{account}:secret:kafka-AbCdEf"}]}`) + `}`},
		{service: "lambda", name: "ListTags", address: "GET /2017-03-31/tags/{}", answer: `{"Tags":{"owner":"team-a@acme.test","repo":"https://github.com/Acme/Fn","password":"` + fakePassword + `","note":"` + fakeToken + `"}}`},
	}
}

func ec2Ops() []fakeOp {
	userData := "IyEvYmluL3NoCmVjaG8gaGkK"
	instance := `<item><ownerId>{account}</ownerId><instancesSet><item><instanceId>i-{region}-%d</instanceId><imageId>ami-1</imageId><instanceType>t3.micro</instanceType><instanceState><name>running</name></instanceState><launchTime>2026-10-01T00:00:00.000Z</launchTime><iamInstanceProfile><arn>arn:aws:iam::{account}:instance-profile/p%d</arn><id>AIPA%d</id></iamInstanceProfile><metadataOptions><httpTokens>optional</httpTokens><httpEndpoint>enabled</httpEndpoint></metadataOptions><tagSet><item><key>Name</key><value>web-%d</value></item><item><key>Owner</key><value>web@acme.test</value></item><item><key>password</key><value>` + fakePassword + `</value></item></tagSet></item></instancesSet></item>`
	page := func(name, set, items string) fakeOp {
		return fakeOp{service: "ec2", name: name, address: "Action", list: "item", in: "NextToken", out: "nextToken", answer: "<" + name + "Response><" + set + ">" + items + "</" + set + "><!--next--></" + name + "Response>"}
	}
	return []fakeOp{
		page("DescribeInstances", "reservationSet", repeatedXML(5, instance)),
		page("DescribeIamInstanceProfileAssociations", "iamInstanceProfileAssociationSet", repeatedXML(3, `<item><associationId>iip-%d</associationId><instanceId>i-{region}-%d</instanceId><iamInstanceProfile><arn>arn:aws:iam::{account}:instance-profile/p%d</arn><id>AIPA%d</id></iamInstanceProfile><state>associated</state></item>`)),
		page("DescribeLaunchTemplates", "launchTemplates", repeatedXML(3, `<item><launchTemplateId>lt-{region}-%d</launchTemplateId><launchTemplateName>web-%d</launchTemplateName><createTime>2026-01-01T00:00:00.000Z</createTime><createdBy>arn:aws:iam::{account}:user/ops</createdBy><defaultVersionNumber>1</defaultVersionNumber><latestVersionNumber>1</latestVersionNumber></item>`)),
		page("DescribeLaunchTemplateVersions", "launchTemplateVersionSet", repeatedXML(3, `<item><launchTemplateId>lt-{region}-%d</launchTemplateId><versionNumber>1</versionNumber><defaultVersion>true</defaultVersion><launchTemplateData><iamInstanceProfile><name>p%d</name></iamInstanceProfile><userData>`+userData+`</userData></launchTemplateData></item>`)),
		{service: "ec2", name: "DescribeInstanceAttribute", address: "Action", answer: `<DescribeInstanceAttributeResponse><userData><value>` + userData + `</value></userData></DescribeInstanceAttributeResponse>`},
	}
}

func target(service, name, list, in, out, answer string) fakeOp {
	return fakeOp{service: service, name: name, address: "Target", list: list, in: in, out: out, answer: answer}
}

func ecsOps() []fakeOp {
	task := `{"taskDefinitionArn":"arn:aws:ecs:{region}:{account}:task-definition/app:1","family":"app","revision":1,"status":"ACTIVE","taskRoleArn":"arn:aws:iam::{account}:role/task","executionRoleArn":"arn:aws:iam::{account}:role/exec","containerDefinitions":[{"name":"app","image":"i","environment":[{"name":"API_TOKEN","value":"` + fakeToken + `"}],"secrets":[{"name":"DB","valueFrom":"arn:aws:secretsmanager:{region}:{account}:secret:db-AbCdEf:password::"}]}]}`
	arns := func(kind string, n int) string { return repeated(n, `"arn:aws:ecs:{region}:{account}:`+kind+`"`) }
	return []fakeOp{
		target("ecs", "ListTaskDefinitions", "taskDefinitionArns", "nextToken", "nextToken", `{"taskDefinitionArns":`+arns("task-definition/app:%d", 3)+`}`),
		target("ecs", "DescribeTaskDefinition", "", "", "", `{"taskDefinition":`+task+`,"tags":[{"key":"owner","value":"b@acme.test"}]}`),
		target("ecs", "ListClusters", "clusterArns", "nextToken", "nextToken", `{"clusterArns":`+arns("cluster/c%d", 3)+`}`),
		target("ecs", "DescribeClusters", "", "", "", `{"clusters":`+repeated(3, `{"clusterArn":"arn:aws:ecs:{region}:{account}:cluster/c%d","clusterName":"c%d"}`)+`}`),
		target("ecs", "ListServices", "serviceArns", "nextToken", "nextToken", `{"serviceArns":`+arns("service/c/s%d", 3)+`}`),
		target("ecs", "DescribeServices", "", "", "", `{"services":`+repeated(3, `{"serviceArn":"arn:aws:ecs:{region}:{account}:service/c/s%d","serviceName":"s%d","clusterArn":"x","taskDefinition":"arn:aws:ecs:{region}:{account}:task-definition/app:1","runningCount":1}`)+`}`),
	}
}

func eksOps() []fakeOp {
	list := func(name, path, key, items string) fakeOp {
		return fakeOp{service: "eks", name: name, address: "GET " + path, list: key, in: "nextToken", out: "nextToken", answer: `{"` + key + `":` + items + `}`}
	}
	return []fakeOp{
		list("ListClusters", "/clusters", "clusters", repeated(3, `"k%d"`)),
		{service: "eks", name: "DescribeCluster", address: "GET /clusters/{}", answer: `{"cluster":{"name":"k","arn":"arn:aws:eks:{region}:{account}:cluster/k","createdAt":1760000000,"endpoint":"https://ABCD.gr7.{region}.eks.amazonaws.com","roleArn":"arn:aws:iam::{account}:role/cluster","identity":{"oidc":{"issuer":"https://oidc.eks.{region}.amazonaws.com/id/ABCD"}},"accessConfig":{"authenticationMode":"API_AND_CONFIG_MAP"}}}`},
		list("ListAccessEntries", "/clusters/{}/access-entries", "accessEntries", repeated(3, `"arn:aws:iam::{account}:role/dev%d"`)),
		{service: "eks", name: "DescribeAccessEntry", address: "GET /clusters/{}/access-entries/{}", answer: `{"accessEntry":{"accessEntryArn":"arn:aws:eks:{region}:{account}:access-entry/k/role/{account}/dev/1","kubernetesGroups":["viewers"],"username":"dev:{{SessionName}}","type":"STANDARD"}}`},
		list("ListAssociatedAccessPolicies", "/clusters/{}/access-entries/{}/access-policies", "associatedAccessPolicies", repeated(3, `{"policyArn":"arn:aws:eks::aws:cluster-access-policy/P%d","accessScope":{"type":"namespace","namespaces":["a"]}}`)),
		list("ListPodIdentityAssociations", "/clusters/{}/pod-identity-associations", "associations", repeated(3, `{"associationId":"a-%d","namespace":"shop","serviceAccount":"cart"}`)),
		{service: "eks", name: "DescribePodIdentityAssociation", address: "GET /clusters/{}/pod-identity-associations/{}", answer: `{"association":{"associationId":"a","namespace":"shop","serviceAccount":"cart","roleArn":"arn:aws:iam::{account}:role/cart","targetRoleArn":"arn:aws:iam::999988887777:role/far","externalId":"e"}}`},
		list("ListNodegroups", "/clusters/{}/node-groups", "nodegroups", repeated(3, `"ng%d"`)),
		{service: "eks", name: "DescribeNodegroup", address: "GET /clusters/{}/node-groups/{}", answer: `{"nodegroup":{"nodegroupArn":"arn:aws:eks:{region}:{account}:nodegroup/k/ng/1","nodeRole":"arn:aws:iam::{account}:role/node"}}`},
		list("ListFargateProfiles", "/clusters/{}/fargate-profiles", "fargateProfileNames", repeated(3, `"fp%d"`)),
		{service: "eks", name: "DescribeFargateProfile", address: "GET /clusters/{}/fargate-profiles/{}", answer: `{"fargateProfile":{"fargateProfileArn":"arn:aws:eks:{region}:{account}:fargateprofile/k/fp/1","podExecutionRoleArn":"arn:aws:iam::{account}:role/pods","selectors":[{"namespace":"a"}]}}`},
	}
}

func buildOps() []fakeOp {
	return []fakeOp{
		target("codebuild", "ListProjects", "projects", "nextToken", "nextToken", `{"projects":`+repeated(3, `"b%d"`)+`}`),
		target("codebuild", "BatchGetProjects", "", "", "", `{"projects":`+repeated(3, `{"name":"b%d","arn":"arn:aws:codebuild:{region}:{account}:project/b%d","serviceRole":"arn:aws:iam::{account}:role/build","created":1760000000,"source":{"type":"GITHUB","location":"https://github.com/acme/repo%d.git","buildspec":"env:\n  variables:\n    GITHUB_TOKEN: `+fakeToken+`\n"},"environment":{"type":"LINUX_CONTAINER","environmentVariables":[{"name":"DB_PASSWORD","value":"`+fakePassword+`","type":"PLAINTEXT"},{"name":"S","value":"db:password","type":"SECRETS_MANAGER"}]},"webhook":{"secret":"`+fakePassword+`"}}`)+`}`),
		target("codebuild", "ListSourceCredentials", "", "", "", `{"sourceCredentialsInfos":[{"arn":"arn:aws:codebuild:{region}:{account}:token/github","serverType":"GITHUB","authType":"SECRETS_MANAGER","resource":"arn:aws:secretsmanager:{region}:{account}:secret:gh-AbCdEf"}]}`),
	}
}

func storeOps() []fakeOp {
	secret := `{"ARN":"arn:aws:secretsmanager:{region}:{account}:secret:s%d-AbCdEf","Name":"s%d","CreatedDate":1760000000,"LastChangedDate":1760000000,"Tags":[{"Key":"owner","Value":"a@acme.test"}],"RotationLambdaARN":"arn:aws:lambda:{region}:{account}:function:rotate"}`
	key := `{"KeyId":"%d","KeyArn":"arn:aws:kms:{region}:{account}:key/{region}-%d"}`
	return []fakeOp{
		target("secretsmanager", "ListSecrets", "SecretList", "NextToken", "NextToken", `{"SecretList":`+repeated(5, secret)+`}`),
		target("secretsmanager", "DescribeSecret", "", "", "", `{"LastAccessedDate":1790000000,"LastRotatedDate":1780000000,"LastChangedDate":1780000000,"VersionIdsToStages":{"a":["AWSCURRENT"],"b":["AWSPENDING"]}}`),
		target("secretsmanager", "GetResourcePolicy", "", "", "", `{"ResourcePolicy":"`+fakePolicy+`"}`),
		target("kms", "ListKeys", "Keys", "Marker", "NextMarker", `{"Keys":`+strings.ReplaceAll(repeated(5, key), `"KeyId":"`, `"KeyId":"{region}-`)+`}`),
		target("kms", "DescribeKey", "", "", "", `{"KeyMetadata":{"KeyId":"k","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT","Origin":"AWS_KMS","KeyState":"Enabled","CreationDate":1760000000,"Description":"token `+fakeToken+`"}}`),
		target("kms", "ListAliases", "Aliases", "Marker", "NextMarker", `{"Aliases":`+repeated(3, `{"AliasName":"alias/a%d","AliasArn":"arn:aws:kms:{region}:{account}:alias/a%d","TargetKeyId":"{region}-%d"}`)+`}`),
		target("kms", "GetKeyPolicy", "", "", "", `{"Policy":"`+fakePolicy+`"}`),
		target("kms", "GetKeyRotationStatus", "", "", "", `{"KeyRotationEnabled":true}`),
		target("kms", "ListResourceTags", "Tags", "Marker", "NextMarker", `{"Tags":`+repeated(3, `{"TagKey":"t%d","TagValue":"v"}`)+`}`),
		target("kms", "ListGrants", "Grants", "Marker", "NextMarker", `{"Grants":`+repeated(3, `{"GrantId":"g%d","GranteePrincipal":"arn:aws:iam::{account}:role/fn","Operations":["Decrypt"]}`)+`}`),
	}
}

func bucketOps() []fakeOp {
	get := func(name, query, answer string) fakeOp {
		return fakeOp{service: "s3", name: name, address: "GET /{}?" + query, answer: answer}
	}
	policy := strings.ReplaceAll(fakePolicy, `\"`, `"`)
	return []fakeOp{
		get("GetBucketPolicyStatus", "policyStatus", `<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>`),
		{service: "s3", name: "GetBucketPolicy", address: "GET /{}?policy", answer: policy},
		get("GetPublicAccessBlock", "publicAccessBlock", `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`),
		get("GetBucketOwnershipControls", "ownershipControls", `<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`),
		get("GetBucketEncryption", "encryption", `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`),
		get("GetBucketAcl", "acl", `<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`),
		get("GetBucketTagging", "tagging", `<Tagging><TagSet><Tag><Key>owner</Key><Value>d@acme.test</Value></Tag></TagSet></Tagging>`),
		get("GetBucketLocation", "location", `<LocationConstraint>eu-central-1</LocationConstraint>`),
		{service: "s3", name: "ListBuckets", address: "GET /", list: "Bucket", in: "continuation-token", out: "ContinuationToken", answer: `<ListAllMyBucketsResult><Buckets>` + repeatedXML(5, `<Bucket><Name>bucket%d</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>`) + `</Buckets><!--next--></ListAllMyBucketsResult>`},
	}
}

func organizationOps() []fakeOp {
	page := func(name, list, items string) fakeOp {
		return target("organizations", name, list, "NextToken", "NextToken", `{"`+list+`":`+items+`}`)
	}
	account := `{"Id":"44445555666%d","Arn":"arn:aws:organizations::{account}:account/o-1/44445555666%d","Email":"a%d@example.org","Name":"a%d","Status":"ACTIVE","JoinedMethod":"CREATED","JoinedTimestamp":1760000000}`
	return []fakeOp{
		target("organizations", "DescribeOrganization", "", "", "", `{"Organization":{"Id":"o-1","Arn":"arn:aws:organizations::{account}:organization/o-1","FeatureSet":"ALL","MasterAccountId":"{account}"}}`),
		page("ListRoots", "Roots", repeated(3, `{"Id":"r-%d","Arn":"arn:aws:organizations::{account}:root/o-1/r-%d","Name":"Root","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}`)),
		page("ListAccounts", "Accounts", repeated(5, account)),
		page("ListAccountsForParent", "Accounts", repeated(5, account)),
		page("ListOrganizationalUnitsForParent", "OrganizationalUnits", repeated(3, `{"Id":"ou-%d","Arn":"arn:aws:organizations::{account}:ou/o-1/ou-%d","Name":"unit"}`)),
		page("ListPolicies", "Policies", repeated(3, `{"Id":"p-%d","Arn":"arn:aws:organizations::{account}:policy/o-1/p-%d","Name":"p","AwsManaged":false}`)),
		target("organizations", "DescribePolicy", "", "", "", `{"Policy":{"Content":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}}`),
		page("ListTargetsForPolicy", "Targets", repeated(3, `{"TargetId":"ou-%d","Arn":"arn:aws:organizations::{account}:ou/o-1/ou-%d","Type":"ORGANIZATIONAL_UNIT"}`)),
		page("ListDelegatedAdministrators", "DelegatedAdministrators", repeated(3, account)),
		page("ListDelegatedServicesForAccount", "DelegatedServices", repeated(3, `{"ServicePrincipal":"s%d.amazonaws.com"}`)),
	}
}

func bedrockOps() []fakeOp {
	list := func(name, path, key, items string) fakeOp {
		return fakeOp{service: "bedrock", name: name, address: "POST " + path, list: key, in: "nextToken", out: "nextToken", answer: `{"` + key + `":` + items + `}`}
	}
	const version = "/agents/{}/agentversions/DRAFT"
	return []fakeOp{
		list("ListAgents", "/agents", "agentSummaries", repeated(3, `{"agentId":"{region}AG%d","agentName":"a%d","agentStatus":"PREPARED","updatedAt":"2026-01-01T00:00:00Z"}`)),
		{service: "bedrock", name: "GetAgent", address: "GET /agents/{}", answer: `{"agent":{"agentId":"x","agentArn":"arn:aws:bedrock:{region}:{account}:agent/x","agentName":"a","agentResourceRoleArn":"arn:aws:iam::{account}:role/agent","foundationModel":"m","instruction":"Sign in with ` + fakeToken + ` please","createdAt":"2026-01-01T00:00:00Z","preparedAt":"2026-02-01T00:00:00Z","guardrailConfiguration":{"guardrailIdentifier":"g","guardrailVersion":"1"}}}`},
		list("ListAgentActionGroups", version+"/actiongroups", "actionGroupSummaries", repeated(3, `{"actionGroupId":"G%d","actionGroupName":"pay","actionGroupState":"ENABLED","updatedAt":"2026-01-01T00:00:00Z"}`)),
		{service: "bedrock", name: "GetAgentActionGroup", address: "GET " + version + "/actiongroups/{}", answer: `{"agentActionGroup":{"actionGroupId":"G","actionGroupName":"pay","actionGroupState":"ENABLED","agentId":"x","agentVersion":"DRAFT","createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","actionGroupExecutor":{"lambda":"arn:aws:lambda:{region}:{account}:function:fn-0"},"functionSchema":{"functions":[{"name":"refund"}]}}}`},
		list("ListAgentKnowledgeBases", version+"/knowledgebases", "agentKnowledgeBaseSummaries", repeated(3, `{"knowledgeBaseId":"{region}KB%d","knowledgeBaseState":"ENABLED","updatedAt":"2026-01-01T00:00:00Z"}`)),
		list("ListAgentCollaborators", version+"/agentcollaborators", "agentCollaboratorSummaries", repeated(3, `{"agentId":"x","agentVersion":"DRAFT","collaboratorId":"C%d","collaboratorName":"c","agentDescriptor":{"aliasArn":"arn:aws:bedrock:{region}:{account}:agent-alias/OTHER/A"},"collaborationInstruction":"i","relayConversationHistory":"DISABLED","createdAt":"2026-01-01T00:00:00Z","lastUpdatedAt":"2026-01-01T00:00:00Z"}`)),
		list("ListAgentAliases", "/agents/{}/agentaliases", "agentAliasSummaries", repeated(3, `{"agentAliasId":"AL%d","agentAliasName":"live","agentAliasStatus":"PREPARED","createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","routingConfiguration":[{"agentVersion":"1"}]}`)),
		{service: "bedrock", name: "ListTagsForResource", address: "GET /tags/{}", answer: `{"tags":{"owner":"ai@acme.test"}}`},
		list("ListKnowledgeBases", "/knowledgebases", "knowledgeBaseSummaries", repeated(3, `{"knowledgeBaseId":"{region}KB%d","name":"kb","status":"ACTIVE","updatedAt":"2026-01-01T00:00:00Z"}`)),
		{service: "bedrock", name: "GetKnowledgeBase", address: "GET /knowledgebases/{}", answer: `{"knowledgeBase":{"knowledgeBaseId":"x","name":"kb","knowledgeBaseArn":"arn:aws:bedrock:{region}:{account}:knowledge-base/x","roleArn":"arn:aws:iam::{account}:role/kb","status":"ACTIVE","createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","knowledgeBaseConfiguration":{"type":"VECTOR"},"storageConfiguration":{"type":"PINECONE","pineconeConfiguration":{"connectionString":"https://x","credentialsSecretArn":"arn:aws:secretsmanager:{region}:{account}:secret:pine-AbCdEf","fieldMapping":{"textField":"t","metadataField":"m"}}}}}`},
	}
}

func iotOps(pki authority) []fakeOp {
	list := func(name, address, key, in, out, items string) fakeOp {
		return fakeOp{service: "iot", name: name, address: address, list: key, in: in, out: out, answer: `{"` + key + `":` + items + `}`}
	}
	cert := `{"certificateId":"{region}c%d","certificateArn":"arn:aws:iot:{region}:{account}:cert/c%d","status":"ACTIVE","creationDate":1760000000}`
	return []fakeOp{
		list("ListThings", "GET /things", "things", "nextToken", "nextToken", repeated(5, `{"thingName":"t%d","thingArn":"arn:aws:iot:{region}:{account}:thing/t%d","attributes":{"password":"`+fakePassword+`","serial":"1"}}`)),
		list("ListThingPrincipals", "GET /things/{}/principals", "principals", "nextToken", "nextToken", repeated(3, `"arn:aws:iot:{region}:{account}:cert/c%d"`)),
		list("ListCertificates", "GET /certificates", "certificates", "marker", "nextMarker", repeated(5, cert)),
		{service: "iot", name: "DescribeCertificate", address: "GET /certificates/{}", answer: `{"certificateDescription":{"certificateId":"c","status":"ACTIVE","certificatePem":` + quoted(pki.leaf) + `,"caCertificateId":"ca0","lastModifiedDate":1770000000,"validity":{"notBefore":1760000000,"notAfter":1790000000}}}`},
		list("ListCACertificates", "GET /cacertificates", "certificates", "marker", "nextMarker", repeated(3, `{"certificateId":"{region}ca%d","certificateArn":"arn:aws:iot:{region}:{account}:cacert/ca%d","status":"ACTIVE","creationDate":1760000000}`)),
		{service: "iot", name: "DescribeCACertificate", address: "GET /cacertificate/{}", answer: `{"certificateDescription":{"certificateId":"ca","status":"ACTIVE","certificatePem":` + quoted(pki.ca) + `,"autoRegistrationStatus":"ENABLE"},"registrationConfig":{"roleArn":"arn:aws:iam::{account}:role/provision"}}`},
		list("ListPolicies", "GET /policies", "policies", "marker", "nextMarker", repeated(3, `{"policyName":"p%d","policyArn":"arn:aws:iot:{region}:{account}:policy/p%d"}`)),
		{service: "iot", name: "GetPolicy", address: "GET /policies/{}", answer: `{"policyName":"p","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","defaultVersionId":"1","creationDate":1760000000}`},
		list("ListTargetsForPolicy", "POST /policy-targets/{}", "targets", "marker", "nextMarker", repeated(3, `"arn:aws:iot:{region}:{account}:cert/c%d"`)),
		list("ListRoleAliases", "GET /role-aliases", "roleAliases", "marker", "nextMarker", repeated(3, `"ra%d"`)),
		{service: "iot", name: "DescribeRoleAlias", address: "GET /role-aliases/{}", answer: `{"roleAliasDescription":{"roleAlias":"ra","roleAliasArn":"arn:aws:iot:{region}:{account}:rolealias/ra","roleArn":"arn:aws:iam::{account}:role/device","credentialDurationSeconds":3600,"creationDate":1760000000}}`},
	}
}

func anywhereOps(pki authority) []fakeOp {
	list := func(name, path, key, items string) fakeOp {
		return fakeOp{service: "rolesanywhere", name: name, address: "GET " + path, list: key, in: "nextToken", out: "nextToken", answer: `{"` + key + `":` + items + `}`}
	}
	return []fakeOp{
		list("ListTrustAnchors", "/trustanchors", "trustAnchors", repeated(3, `{"trustAnchorId":"{region}ta%d","trustAnchorArn":"arn:aws:rolesanywhere:{region}:{account}:trust-anchor/ta%d","name":"factory","enabled":true,"createdAt":"2026-01-01T00:00:00Z","source":{"sourceType":"CERTIFICATE_BUNDLE","sourceData":{"x509CertificateData":`+quoted(pki.ca)+`}}}`)),
		list("ListProfiles", "/profiles", "profiles", repeated(3, `{"profileId":"{region}pr%d","profileArn":"arn:aws:rolesanywhere:{region}:{account}:profile/pr%d","name":"presses","enabled":true,"createdBy":"arn:aws:iam::{account}:user/ops","roleArns":["arn:aws:iam::{account}:role/press"],"managedPolicyArns":["arn:aws:iam::aws:policy/ReadOnlyAccess"],"sessionPolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","durationSeconds":3600,"createdAt":"2026-01-01T00:00:00Z"}`)),
		list("ListSubjects", "/subjects", "subjects", repeated(3, `{"subjectId":"{region}su%d","subjectArn":"arn:aws:rolesanywhere:{region}:{account}:subject/su%d","x509Subject":"CN=press-%d","enabled":true,"createdAt":"2026-01-01T00:00:00Z","lastSeenAt":"2026-11-20T10:11:12Z"}`)),
		{service: "rolesanywhere", name: "GetSubject", address: "GET /subject/{}", answer: `{"subject":{"subjectId":"su","credentials":[{"serialNumber":"2","issuer":"CN=Factory CA","enabled":true,"failed":false,"seenAt":"2026-11-20T10:11:12Z","x509CertificateData":` + quoted(pki.leaf) + `}]}}`},
		list("ListCrls", "/crls", "crls", repeated(3, `{"crlId":"{region}crl%d","crlArn":"arn:aws:rolesanywhere:{region}:{account}:crl/crl%d","name":"crl","enabled":true,"crlData":"`+pki.crl+`","trustAnchorArn":"arn:aws:rolesanywhere:{region}:{account}:trust-anchor/ta0","createdAt":"2026-01-01T00:00:00Z"}`)),
		{service: "rolesanywhere", name: "ListTagsForResource", address: "GET /ListTagsForResource", answer: `{"tags":[{"key":"owner","value":"plant@acme.test"}]}`},
	}
}

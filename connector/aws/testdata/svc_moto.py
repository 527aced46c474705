"""Plants an estate into an emulator of the AWS API, or counts what is in it.

    svc_moto.py seed REGION...   plant
    svc_moto.py count REGION...  print as JSON what boto3's paginators list

The count never asks drover: it is the foreign denominator of the tests.
"""
import base64, io, json, sys, time, zipfile
import boto3

CANARIES = [
    "ghp_" + "Zk4Qm81rT0vXbN3sLpE7yWcJ2hUdAf" + "6gRi5K", # in a tag and in a variable
    "c4n4ry-Tr0ub4dor-And-3-horses",                     # password of a variable
    "x9Kq7c4n4ryP4ssw0rdInDsn42",                        # in a connection string
    "wJ4lrXUtnFEMIc4n4ry7MDENGbPxRfiCYEXAMKEY", # secret of an access key
    "postgres-c4n4ry-value-in-the-secret-itself",        # value of a secret
]
TOKEN, PASSWORD, DSN, AWSSECRET, VALUE = CANARIES
HOSTILE = "\u202e\u0007=cmd|'/c calc'!A1 \x1b[31mred\nline"

def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})

def zipped():
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("lambda_function.py", "def lambda_handler(e, c): return 1\n")
    return b.getvalue()

def seed_global():
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    for name, svc in [("fn", "lambda.amazonaws.com"), ("task", "ecs-tasks.amazonaws.com"), ("exec", "ecs-tasks.amazonaws.com"), ("node", "ec2.amazonaws.com"),
                      ("cluster", "eks.amazonaws.com"), ("build", "codebuild.amazonaws.com"), ("agent", "bedrock.amazonaws.com"), ("device", "credentials.iot.amazonaws.com")]:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(svc))
    iam.create_instance_profile(InstanceProfileName="node-profile")
    iam.add_role_to_instance_profile(InstanceProfileName="node-profile", RoleName="node")
    acct = boto3.client("sts").get_caller_identity()["Account"]
    for i in range(13):
        name = f"bucket-{i:03d}"
        where = {} if i % 2 else {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
        s3.create_bucket(Bucket=name, **where)
        if i % 3 == 0:
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
                {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}]}))
        if i % 4 == 0:
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True})
        if i % 5 == 0:
            s3.put_bucket_acl(Bucket=name, ACL="public-read")
        if i % 7 == 0:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "owner", "Value": "team-data"}, {"Key": "token", "Value": TOKEN}]})
    org = boto3.client("organizations")
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    units = [org.create_organizational_unit(ParentId=root, Name=f"unit-{i}")["OrganizationalUnit"]["Id"] for i in range(3)]
    units.append(org.create_organizational_unit(ParentId=units[0], Name="deep")["OrganizationalUnit"]["Id"])
    for i in range(13):
        a = org.create_account(Email=f"a{i}@example.org", AccountName=f"account {i}")["CreateAccountStatus"]["AccountId"]
        org.move_account(AccountId=a, SourceParentId=root, DestinationParentId=units[i % len(units)])
        if i == 0:
            org.register_delegated_administrator(AccountId=a, ServicePrincipal="guardduty.amazonaws.com")
    for i in range(4):
        p = org.create_policy(Name=f"deny-{i}", Description="no leaving", Type="SERVICE_CONTROL_POLICY", Content=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}))
        org.attach_policy(PolicyId=p["Policy"]["PolicySummary"]["Id"], TargetId=units[i])
    return acct

def seed(region, acct):
    c = lambda s: boto3.client(s, region_name=region)
    role = lambda n: f"arn:aws:iam::{acct}:role/{n}"
    lam, code = c("lambda"), zipped()
    for i in range(14):
        env = {"STAGE": "prod", "TABLE": "orders"}
        if i == 0: env.update(DB_PASSWORD=PASSWORD, GITHUB_TOKEN=TOKEN)
        if i == 1: env.update(DATABASE_URL=f"postgres://app:{DSN}@db.internal:5432/orders")
        if i == 2: env.update(AWS_ACCESS_KEY_ID="AKIAQYLPMN5HBCDEFGH7", AWS_SECRET_ACCESS_KEY=AWSSECRET)
        lam.create_function(FunctionName=f"fn-{i:03d}", Runtime="python3.12", Role=role("fn"), Handler="lambda_function.lambda_handler", Code={"ZipFile": code}, Environment={"Variables": env},
                            Tags={"owner": "team-a", "note": TOKEN}, Description=HOSTILE if i == 3 else "")
        if i % 10 == 0:
            lam.add_permission(FunctionName=f"fn-{i:03d}", StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceAccount=acct)
        if i == 5:
            lam.create_function_url_config(FunctionName="fn-005", AuthType="NONE")
    sqs = c("sqs")
    q = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=q, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lam.create_event_source_mapping(EventSourceArn=arn, FunctionName="fn-007")

    ec2 = c("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for i in range(5):
        ec2.run_instances(ImageId=image, MinCount=5, MaxCount=5, IamInstanceProfile={"Name": "node-profile"} if i % 2 == 0 else {}, MetadataOptions={"HttpTokens": "required" if i % 2 else "optional"},
                          UserData=f"#!/bin/sh\nexport GITHUB_TOKEN={TOKEN}\n" if i == 0 else "", TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"web-{i}"}, {"Key": "password", "Value": PASSWORD}]}])
    gone = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[gone])
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": image, "IamInstanceProfile": {"Name": "node-profile"}, "UserData": base64.b64encode(f"GITHUB_TOKEN={TOKEN}".encode()).decode()})

    ecs = c("ecs")
    for n in ("blue", "green"):
        ecs.create_cluster(clusterName=n, tags=[{"key": "owner", "value": "team-b"}])
    secret = f"arn:aws:secretsmanager:{region}:{acct}:secret:db-AbCdEf"
    for i in range(12):
        ecs.register_task_definition(family=f"task-{i % 6}", taskRoleArn=role("task"), executionRoleArn=role("exec"), networkMode="awsvpc", containerDefinitions=[
            {"name": "app", "image": "registry.example.org/app:1", "memory": 128, "essential": True, "environment": [{"name": "API_KEY", "value": TOKEN}, {"name": "MODE", "value": "x"}],
             "secrets": [{"name": "DB", "valueFrom": secret + ":password::"}, {"name": "P", "valueFrom": "/app/param"}]}])
    for i in range(12):
        ecs.create_service(cluster="blue", serviceName=f"svc-{i}", taskDefinition=f"task-{i % 6}", desiredCount=1)

    eks = c("eks")
    for i in range(3):
        eks.create_cluster(name=f"eks-{i}", roleArn=role("cluster"), resourcesVpcConfig={"subnetIds": ["subnet-1"]}, tags={"owner": "platform"})
    eks.create_nodegroup(clusterName="eks-0", nodegroupName="ng", nodeRole=role("node"), subnets=["subnet-1"])
    eks.create_fargate_profile(clusterName="eks-0", fargateProfileName="fp", podExecutionRoleArn=role("exec"), selectors=[{"namespace": "kube-system"}])

    cb = c("codebuild")
    for i in range(7):
        cb.create_project(name=f"build-{i}", serviceRole=role("build"), source={"type": "GITHUB", "location": f"https://github.com/acme/repo-{i}.git", "buildspec": f"version: 0.2\nenv:\n  variables:\n    GITHUB_TOKEN: {TOKEN}\n"},
                          artifacts={"type": "NO_ARTIFACTS"}, environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL", "environmentVariables": [
                              {"name": "NPM_PASSWORD", "value": PASSWORD, "type": "PLAINTEXT"}, {"name": "DB", "value": "db:password", "type": "SECRETS_MANAGER"}, {"name": "P", "value": "/app/param", "type": "PARAMETER_STORE"}]})

    sm = c("secretsmanager")
    for i in range(25):
        s = sm.create_secret(Name=f"app/secret-{i:03d}", SecretString=VALUE, Description=f"token {TOKEN}" if i == 0 else "d", Tags=[{"Key": "owner", "Value": "team-a"}])
        if i % 10 == 0:
            sm.put_resource_policy(SecretId=s["ARN"], ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:role/reader"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}))
        if i == 3: sm.get_secret_value(SecretId=s["ARN"])
        if i == 4: sm.delete_secret(SecretId=s["ARN"], RecoveryWindowInDays=7)

    kms = c("kms")
    for i in range(22):
        k = kms.create_key(Description=f"key {i}", Tags=[{"TagKey": "owner", "TagValue": "team-k"}])["KeyMetadata"]["KeyId"]
        if i < 3: kms.create_alias(AliasName=f"alias/app-{i}", TargetKeyId=k)
        if i < 4: kms.create_grant(KeyId=k, GranteePrincipal=role("fn"), Operations=["Decrypt", "Encrypt"], Name="g")
        if i == 5: kms.enable_key_rotation(KeyId=k)

    iot = c("iot")
    for i in range(30):
        iot.create_thing(thingName=f"thing-{i:04d}", attributePayload={"attributes": {"serial": str(i), "password": PASSWORD if i == 0 else "none"}})
    iot.create_policy(policyName="device", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}]}))
    for i in range(8):
        cert = iot.create_keys_and_certificate(setAsActive=i % 2 == 0)
        iot.attach_thing_principal(thingName=f"thing-{i:04d}", principal=cert["certificateArn"])
        iot.attach_policy(policyName="device", target=cert["certificateArn"])
    iot.create_role_alias(roleAlias="device-role", roleArn=role("device"))

def pages(client, op, key, **kw):
    for page in client.get_paginator(op).paginate(**kw):
        yield from page[key]

def count(regions):
    """Ids by type: ARNs where the API gives one. And edges, as pairs."""
    n, e = {}, {}
    def add(typ, ids): n.setdefault(typ, []).extend(ids)
    def edge(kind, a, b): e.setdefault(kind, []).append([a, b])
    s3, org, iam = boto3.client("s3"), boto3.client("organizations"), boto3.client("iam")
    add("aws.s3.bucket", ["arn:aws:s3:::" + b["Name"] for b in s3.list_buckets()["Buckets"]])
    add("aws.account", [a["Id"] for a in pages(org, "list_accounts", "Accounts")])
    todo = [r["Id"] for r in pages(org, "list_roots", "Roots")]
    while todo:
        parent = todo.pop()
        for u in pages(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
            add("aws.organizations.ou", [u["Arn"]]); todo.append(u["Id"])
    for kind, typ in [("SERVICE_CONTROL_POLICY", "aws.organizations.scp"), ("RESOURCE_CONTROL_POLICY", "aws.organizations.rcp")]:
        for p in pages(org, "list_policies", "Policies", Filter=kind):
            add(typ, [p["Arn"]])
            for t in pages(org, "list_targets_for_policy", "Targets", PolicyId=p["Id"]): edge("guarded_by", t["TargetId"] if t["Type"] == "ACCOUNT" else t["Arn"], p["Arn"])
    profiles = {p["Arn"]: p["Roles"][0]["Arn"] for p in pages(iam, "list_instance_profiles", "InstanceProfiles") if p["Roles"]}
    for region in regions:
        c = lambda s: boto3.client(s, region_name=region)
        for f in pages(c("lambda"), "list_functions", "Functions"):
            add("aws.lambda.function", [f["FunctionArn"]]); edge("runs_as", f["FunctionArn"], f["Role"])
        acct = boto3.client("sts").get_caller_identity()["Account"]
        for r in pages(c("ec2"), "describe_instances", "Reservations"):
            for i in r["Instances"]:
                if i["State"]["Name"] == "terminated": continue
                arn = f"arn:aws:ec2:{region}:{r['OwnerId']}:instance/{i['InstanceId']}"
                add("aws.ec2.instance", [arn])
                if "IamInstanceProfile" in i: edge("runs_as", arn, profiles[i["IamInstanceProfile"]["Arn"]])
        for t in pages(c("ec2"), "describe_launch_templates", "LaunchTemplates"):
            arn = f"arn:aws:ec2:{region}:{acct}:launch-template/{t['LaunchTemplateId']}"
            add("aws.ec2.launch_template", [arn])
            edge("runs_as", arn, f"arn:aws:iam::{acct}:role/node")
        ecs = c("ecs")
        for arn in pages(ecs, "list_task_definitions", "taskDefinitionArns"):
            add("aws.ecs.task_definition", [arn])
            d = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            edge("runs_as", arn, d["taskRoleArn"]); edge("runs_as", arn, d["executionRoleArn"])
        for cl in pages(ecs, "list_clusters", "clusterArns"):
            add("aws.ecs.cluster", [cl])
            for s in pages(ecs, "list_services", "serviceArns", cluster=cl):
                add("aws.ecs.service", [s])
                d = ecs.describe_services(cluster=cl, services=[s])["services"][0]
                edge("runs_as", s, ecs.describe_task_definition(taskDefinition=d["taskDefinition"])["taskDefinition"]["taskRoleArn"])
                if d.get("roleArn"): edge("runs_as", s, d["roleArn"])
        eks = c("eks")
        for name in pages(eks, "list_clusters", "clusters"):
            d = eks.describe_cluster(name=name)["cluster"]
            add("aws.eks.cluster", [d["arn"]]); edge("runs_as", d["arn"], d["roleArn"])
            for g in pages(eks, "list_nodegroups", "nodegroups", clusterName=name):
                d = eks.describe_nodegroup(clusterName=name, nodegroupName=g)["nodegroup"]
                add("aws.eks.nodegroup", [d["nodegroupArn"]]); edge("runs_as", d["nodegroupArn"], d["nodeRole"])
            for p in pages(eks, "list_fargate_profiles", "fargateProfileNames", clusterName=name):
                d = eks.describe_fargate_profile(clusterName=name, fargateProfileName=p)["fargateProfile"]
                add("aws.eks.fargate_profile", [d["fargateProfileArn"]]); edge("runs_as", d["fargateProfileArn"], d["podExecutionRoleArn"])
        cb = c("codebuild")
        for name in pages(cb, "list_projects", "projects"):
            d = cb.batch_get_projects(names=[name])["projects"][0]
            add("aws.codebuild.project", [d["arn"]]); edge("runs_as", d["arn"], d["serviceRole"])
        add("aws.secretsmanager.secret", [s["ARN"] for s in pages(c("secretsmanager"), "list_secrets", "SecretList", IncludePlannedDeletion=True)])
        kms = c("kms")
        for k in pages(kms, "list_keys", "Keys"):
            add("aws.kms.key", [k["KeyArn"]])
            for g in pages(kms, "list_grants", "Grants", KeyId=k["KeyId"]): edge("can_access", g["GranteePrincipal"], k["KeyArn"])
        iot = c("iot")
        for t in pages(iot, "list_things", "things"):
            add("aws.iot.thing", [t["thingArn"]])
            for p in iot.list_thing_principals(thingName=t["thingName"])["principals"]: edge("authenticates", p, t["thingArn"])
        add("aws.iot.certificate", [x["certificateArn"] for x in pages(iot, "list_certificates", "certificates")])
        for p in pages(iot, "list_policies", "policies"):
            add("aws.iot.policy", [p["policyArn"]])
            for t in pages(iot, "list_targets_for_policy", "targets", policyName=p["policyName"]): edge("attached", p["policyArn"], t)
        for r in pages(iot, "list_role_aliases", "roleAliases"):
            add("aws.iot.role_alias", [iot.describe_role_alias(roleAlias=r)["roleAliasDescription"]["roleAliasArn"]])
    return {"nodes": n, "edges": e}

if __name__ == "__main__":
    what, regions = sys.argv[1], sys.argv[2:]
    if what == "seed":
        acct = seed_global()
        for r in regions: seed(r, acct)
        print(json.dumps({"canaries": CANARIES, "account": acct}))
    else:
        print(json.dumps(count(regions)))

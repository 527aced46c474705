"""Fills the emulator with one user whose key leaks and one role that a service
account may assume. Prints what a test needs to go on, as JSON."""
import json
import sys

import boto3

issuer = sys.argv[1].removeprefix("https://")
iam = boto3.client("iam")
account = boto3.client("sts").get_caller_identity()["Account"]

user = iam.create_user(UserName="ci-deployer", Path="/machines/", Tags=[{"Key": "Owner", "Value": "Ana.Diaz@acme.test"}, {"Key": "repo", "Value": "https://github.com/acme/ledger"}])["User"]
key = iam.create_access_key(UserName="ci-deployer")["AccessKey"]
iam.create_user(UserName="somebody-else")
iam.create_access_key(UserName="somebody-else")

provider = iam.create_open_id_connect_provider(Url="https://" + issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
trust = {"Version": "2012-10-17", "Statement": [{"Sid": "Pods", "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringLike": {issuer + ":sub": "system:serviceaccount:payments:ledger-*"}, "StringEquals": {issuer + ":aud": "sts.amazonaws.com"}}}]}
role = iam.create_role(RoleName="ledger-writer", AssumeRolePolicyDocument=json.dumps(trust))["Role"]

reader = iam.create_user(UserName="drover")
iam.put_user_policy(UserName="drover", PolicyName="read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*:Get*", "*:List*", "*:Describe*", "iam:Generate*"], "Resource": "*"}]}))
drover = iam.create_access_key(UserName="drover")["AccessKey"]
print(json.dumps({"account": account, "user": user["UserId"], "key": key["AccessKeyId"], "secret": key["SecretAccessKey"], "role": role["RoleId"], "role_arn": role["Arn"],
                  "drover_key": drover["AccessKeyId"], "drover_secret": drover["SecretAccessKey"]}))

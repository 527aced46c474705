"""Fills the emulator with a role that a service account may assume and that may
read one secret, which holds the login of a database's superuser. "close" takes
the right to read it away again. Prints what a test needs, as JSON."""
import json
import sys

import boto3

iam = boto3.client("iam")
secrets = boto3.client("secretsmanager", region_name="us-east-1")
if sys.argv[1] == "close":
    iam.delete_role_policy(RoleName="ledger-writer", PolicyName="read-login")
    print("{}")
    sys.exit()

issuer, user, password, port = sys.argv[2].removeprefix("https://"), sys.argv[3], sys.argv[4], sys.argv[5]
account = boto3.client("sts").get_caller_identity()["Account"]
arn = secrets.create_secret(Name="ledger/login", SecretString=json.dumps({"engine": "postgres", "host": "ledger-db.acme.test", "port": int(port), "username": user, "password": password, "dbname": "ledger"}))["ARN"]
secrets.create_secret(Name="other/login", SecretString="nothing-that-opens-anything-4471")
provider = iam.create_open_id_connect_provider(Url="https://" + issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
trust = {"Version": "2012-10-17", "Statement": [{"Sid": "Pods", "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringLike": {issuer + ":sub": "system:serviceaccount:payments:ledger-*"}, "StringEquals": {issuer + ":aud": "sts.amazonaws.com"}}}]}
role = iam.create_role(RoleName="ledger-writer", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
iam.put_role_policy(RoleName="ledger-writer", PolicyName="read-login", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "*"},
    {"Sid": "Login", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}]}))

iam.create_user(UserName="drover")
iam.put_user_policy(UserName="drover", PolicyName="read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*:Get*", "*:List*", "*:Describe*", "iam:Generate*"], "Resource": "*"}]}))
drover = iam.create_access_key(UserName="drover")["AccessKey"]
print(json.dumps({"account": account, "role_arn": role["Arn"], "secret_arn": arn, "drover_key": drover["AccessKeyId"], "drover_secret": drover["SecretAccessKey"]}))

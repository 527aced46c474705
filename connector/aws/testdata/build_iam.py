"""Fills the emulator with an Organization of three accounts, and prints as JSON
what the test needs to read and to count it.

argv: the read-only policy as JSON, files of a certificate, its key, an SSH key.
USERS and ROLES say how many there are in each account.
"""
import json
import os
import sys

import boto3

READ = sys.argv[1]
CERT = open(sys.argv[2]).read()
KEY = open(sys.argv[3]).read()
SSH = open(sys.argv[4]).read()
USERS, ROLES = int(os.environ.get("USERS", "45")), int(os.environ.get("ROLES", "28"))
MAIN = "123456789012"
DENY = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}})
ADMIN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def allow(action, resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "One", "Effect": "Allow", "Action": action, "Resource": resource}]}, indent=4)


def trust(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def service(name):
    return {"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"}


def metadata():
    der = "".join(CERT.split("-----")[2].split())
    return ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/%s">' % ("x" * 1000) +
            '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
            '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>'
            '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>' % der)


def fill(session, account, main):
    iam = session.client("iam")
    secrets = []
    iam.create_account_alias(AccountAlias="drover-" + account)
    iam.update_account_password_policy(MinimumPasswordLength=16, MaxPasswordAge=90)
    issuer = "token.actions.githubusercontent.com"
    oidc = iam.create_open_id_connect_provider(Url="https://" + issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
    eks = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7" + account[:4]
    iam.create_open_id_connect_provider(Url="https://" + eks, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["b" * 40])
    saml = iam.create_saml_provider(Name="okta", SAMLMetadataDocument=metadata())["SAMLProviderArn"]
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=allow("s3:*"), Path="/limits/")["Policy"]["Arn"]
    policies = []
    for i in range(6):
        p = iam.create_policy(PolicyName="team-%d" % i, PolicyDocument=allow("s3:Get*"), Description="what team %d needs" % i)["Policy"]["Arn"]
        for n in range(i % 4):
            iam.create_policy_version(PolicyArn=p, PolicyDocument=allow("s3:Get%d*" % n), SetAsDefault=n == 1)
        policies.append(p)
    for i in range(5):
        iam.create_group(GroupName="group-%d" % i, Path="/teams/" if i % 2 else "/")
        iam.attach_group_policy(GroupName="group-%d" % i, PolicyArn=policies[i])
    iam.put_group_policy(GroupName="group-0", PolicyName="inline", PolicyDocument=DENY)
    for i in range(USERS):
        name = "svc-%s-%02d" % (account[-4:], i) if i % 3 else "user.%02d@example.com" % i
        extra = {"PermissionsBoundary": boundary} if i % 10 == 1 else {}
        iam.create_user(UserName=name, Path="/service/" if i % 3 else "/", Tags=[{"Key": "owner", "Value": "team-%d" % (i % 6)}, {"Key": "CreatedBy", "Value": "terraform"}], **extra)
        if i % 2 == 0:
            iam.add_user_to_group(UserName=name, GroupName="group-%d" % (i % 5))
        if i % 5 == 0:
            iam.attach_user_policy(UserName=name, PolicyArn=policies[i % 6])
        if i % 7 == 0:
            iam.put_user_policy(UserName=name, PolicyName="inline-%d" % i, PolicyDocument=allow("sqs:*"))
        if i % 4 == 1:
            k = iam.create_access_key(UserName=name)["AccessKey"]
            secrets.append(k["SecretAccessKey"])
            if i % 8 == 1:
                main.client("sts", aws_access_key_id=k["AccessKeyId"], aws_secret_access_key=k["SecretAccessKey"]).get_caller_identity()
            if i % 12 == 1:
                secrets.append(iam.create_access_key(UserName=name)["AccessKey"]["SecretAccessKey"])
                iam.update_access_key(UserName=name, AccessKeyId=k["AccessKeyId"], Status="Inactive")
        if i % 3 == 0:
            iam.create_login_profile(UserName=name, Password="Pl4nted-%s-%d" % (account, i), PasswordResetRequired=i % 2 == 0)
            secrets.append("Pl4nted-%s-%d" % (account, i))
        if i % 9 == 0:
            serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="mfa-%d" % i)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
        if i % 11 == 2:
            iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=SSH)
        if i % 13 == 3:
            iam.upload_signing_certificate(UserName=name, CertificateBody=CERT)
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody=CERT, PrivateKey=KEY)
    trusts = [
        trust(service("lambda.amazonaws.com")), trust(service("ec2.amazonaws.com"), service("ecs-tasks.amazonaws.com")),
        trust({"Effect": "Allow", "Principal": {"Federated": oidc}, "Action": "sts:AssumeRoleWithWebIdentity",
               "Condition": {"StringEquals": {issuer + ":aud": "sts.amazonaws.com"}, "StringLike": {issuer + ":sub": ["repo:acme/api:*", "repo:acme/web:ref:refs/heads/main"]}}}),
        trust({"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::%s:oidc-provider/%s" % (account, eks)}, "Action": "sts:AssumeRoleWithWebIdentity",
               "Condition": {"StringEquals": {eks + ":sub": "system:serviceaccount:shop:api"}}}),
        trust({"Effect": "Allow", "Principal": {"Federated": saml}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}),
        trust({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % MAIN}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
        trust({"Effect": "Allow", "Principal": {"AWS": ["999999999999", "AROAEXAMPLEDELETEDROLE"]}, "Action": "sts:AssumeRole"}),
    ]
    for i in range(ROLES):
        extra = {"PermissionsBoundary": boundary} if i % 9 == 4 else {}
        name, path = "role-%02d" % i, "/app/" if i % 2 else "/"
        if i == ROLES - 1:
            name, path = "AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/"
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trusts[i % len(trusts)], Description="role %d of %s" % (i, account), MaxSessionDuration=7200,
                        Tags=[{"Key": "team", "Value": "platform"}], **extra)
        if i % 3 == 0:
            iam.attach_role_policy(RoleName=name, PolicyArn=policies[i % 6])
        if i % 4 == 0:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=allow("dynamodb:*"))
        if i % 6 == 1:
            iam.create_instance_profile(InstanceProfileName="profile-%d" % i, Path="/ec2/")
            iam.add_role_to_instance_profile(InstanceProfileName="profile-%d" % i, RoleName=name)
    iam.create_instance_profile(InstanceProfileName="empty")
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    iam.create_role(RoleName="DroverRead", AssumeRolePolicyDocument=trust({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:user/drover" % MAIN}, "Action": "sts:AssumeRole"}))
    iam.attach_role_policy(RoleName="DroverRead", PolicyArn=iam.create_policy(PolicyName="drover-read", PolicyDocument=READ)["Policy"]["Arn"])
    iam.create_user(UserName="counter")
    iam.put_user_policy(UserName="counter", PolicyName="all", PolicyDocument=ADMIN)
    return secrets, iam.create_access_key(UserName="counter")["AccessKey"]


def main():
    root = boto3.session.Session()
    org = root.client("organizations")
    org.create_organization(FeatureSet="ALL")
    accounts = [MAIN]
    for n in ("dev", "prod"):
        accounts.append(org.create_account(Email=n + "@example.com", AccountName=n)["CreateAccountStatus"]["AccountId"])
    out = {"accounts": accounts, "secrets": [], "counters": {}}
    for account in accounts:
        session = root
        if account != MAIN:
            c = root.client("sts").assume_role(RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account, RoleSessionName="fill")["Credentials"]
            session = boto3.session.Session(aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])
        secrets, key = fill(session, account, root)
        out["secrets"] += secrets
        out["counters"][account] = [key["AccessKeyId"], key["SecretAccessKey"]]
    iam = root.client("iam")
    iam.create_user(UserName="drover")
    iam.put_user_policy(UserName="drover", PolicyName="enter", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:GetCallerIdentity", "organizations:ListAccounts"], "Resource": "*"}]}))
    k = iam.create_access_key(UserName="drover")["AccessKey"]
    out["key"] = [k["AccessKeyId"], k["SecretAccessKey"]]
    json.dump(out, sys.stdout)


main()

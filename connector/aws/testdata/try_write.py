"""Tries to change an account in many ways, and prints which calls were let
through and which refused. boto3 signs with the credentials in the environment."""
import json
import sys

import boto3
import botocore

iam, tried = boto3.client("iam"), {}
doc = '{"Version":"2012-10-17","Statement":[]}'
user, role, policy = sys.argv[1:4]
for name, args in {
    "create_user": {"UserName": "intruder"}, "delete_user": {"UserName": user}, "update_user": {"UserName": user, "NewUserName": "x"},
    "create_access_key": {"UserName": user}, "update_access_key": {"UserName": user, "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Status": "Inactive"},
    "delete_access_key": {"UserName": user, "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}, "create_login_profile": {"UserName": user, "Password": "x" * 20},
    "update_login_profile": {"UserName": user, "Password": "x" * 20}, "delete_login_profile": {"UserName": user},
    "put_user_policy": {"UserName": user, "PolicyName": "x", "PolicyDocument": doc}, "attach_user_policy": {"UserName": user, "PolicyArn": policy},
    "detach_user_policy": {"UserName": user, "PolicyArn": policy}, "add_user_to_group": {"UserName": user, "GroupName": "group-0"},
    "create_group": {"GroupName": "x"}, "delete_group": {"GroupName": "group-0"}, "put_group_policy": {"GroupName": "group-0", "PolicyName": "x", "PolicyDocument": doc},
    "create_role": {"RoleName": "x", "AssumeRolePolicyDocument": doc}, "delete_role": {"RoleName": role}, "update_role": {"RoleName": role, "Description": "x"},
    "update_assume_role_policy": {"RoleName": role, "PolicyDocument": doc}, "put_role_policy": {"RoleName": role, "PolicyName": "x", "PolicyDocument": doc},
    "attach_role_policy": {"RoleName": role, "PolicyArn": policy}, "tag_role": {"RoleName": role, "Tags": [{"Key": "a", "Value": "b"}]},
    "create_policy": {"PolicyName": "x", "PolicyDocument": doc}, "create_policy_version": {"PolicyArn": policy, "PolicyDocument": doc, "SetAsDefault": True},
    "delete_policy": {"PolicyArn": policy}, "set_default_policy_version": {"PolicyArn": policy, "VersionId": "v1"},
    "create_instance_profile": {"InstanceProfileName": "x"}, "create_open_id_connect_provider": {"Url": "https://x.example.com", "ThumbprintList": ["a" * 40]},
    "delete_saml_provider": {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/okta"}, "delete_account_password_policy": {},
    "create_virtual_mfa_device": {"VirtualMFADeviceName": "x"}, "delete_server_certificate": {"ServerCertificateName": "web"},
}.items():
    try:
        getattr(iam, name)(**args)
        tried[name] = "done"
    except botocore.exceptions.ClientError as e:
        tried[name] = e.response["Error"]["Code"]
json.dump(tried, sys.stdout)

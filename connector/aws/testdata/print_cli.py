"""Writes what the AWS CLI prints of an account into a folder, page by page as it
does with --output json: what botocore parsed, times in ISO 8601."""
import datetime
import json
import os
import sys

import boto3

iam, folder = boto3.client("iam"), sys.argv[1]


def plain(v):
    if isinstance(v, datetime.datetime):
        return v.isoformat()
    raise TypeError(type(v))


def write(name, answer):
    answer.pop("ResponseMetadata", None)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(answer, f, default=plain, indent=4)


def whole(op, **kw):
    return iam.get_paginator(op).paginate(**kw).build_full_result()


write("details.json", whole("get_account_authorization_details"))
write("profiles.json", whole("list_instance_profiles"))
write("aliases.json", whole("list_account_aliases"))
write("summary.json", iam.get_account_summary())
write("password-policy.json", iam.get_account_password_policy())
for u in whole("list_users")["Users"]:
    name = u["UserName"]
    for op in ("list_access_keys", "list_mfa_devices", "list_signing_certificates"):
        write("%s-%s.json" % (op, name.replace("/", "_")), whole(op, UserName=name))

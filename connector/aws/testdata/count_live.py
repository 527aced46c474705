"""Counts what an account holds, with boto3's own paginators, for comparison:
prints sets as JSON. Knows nothing of drover."""
import json
import sys

import boto3

iam = boto3.client("iam")


def every(op, key, **kw):
    return [x for page in iam.get_paginator(op).paginate(**kw) for x in page[key]]


users, groups, roles = every("list_users", "Users"), every("list_groups", "Groups"), every("list_roles", "Roles")
policies = every("list_policies", "Policies", Scope="Local")
out = {
    "users": [u["UserId"] for u in users], "groups": [g["GroupId"] for g in groups], "roles": [r["RoleId"] for r in roles],
    "policies": [p["Arn"] for p in policies],
    "versions": [p["Arn"] + " " + v["VersionId"] + " " + str(v["IsDefaultVersion"]) for p in policies for v in every("list_policy_versions", "Versions", PolicyArn=p["Arn"])],
    "profiles": [p["InstanceProfileId"] + "".join(" " + r["RoleId"] for r in p["Roles"]) for p in every("list_instance_profiles", "InstanceProfiles")],
    "server_certificates": [c["ServerCertificateId"] for c in every("list_server_certificates", "ServerCertificateMetadataList")],
    "oidc": [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]],
    "saml": [p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]],
    "aliases": every("list_account_aliases", "AccountAliases"),
    "keys": [], "used": [], "members": [], "attached": [], "inline": [], "logins": [], "mfa": [], "ssh": [], "certificates": [], "bounded": [],
}
for u in users:
    name, i = u["UserName"], u["UserId"]
    for k in every("list_access_keys", "AccessKeyMetadata", UserName=name):
        out["keys"].append(k["AccessKeyId"] + " " + i + " " + k["Status"])
        last = iam.get_access_key_last_used(AccessKeyId=k["AccessKeyId"])["AccessKeyLastUsed"].get("LastUsedDate")
        if last and name not in ("counter", "drover"):  # whose use is ours
            out["used"].append(k["AccessKeyId"])
    out["members"] += [i + " " + g["GroupId"] for g in every("list_groups_for_user", "Groups", UserName=name)]
    out["attached"] += [p["PolicyArn"] + " " + i for p in every("list_attached_user_policies", "AttachedPolicies", UserName=name)]
    out["inline"] += [i + " " + p for p in every("list_user_policies", "PolicyNames", UserName=name)]
    out["mfa"] += [i + " " + m["SerialNumber"] for m in every("list_mfa_devices", "MFADevices", UserName=name)]
    out["ssh"] += [k["SSHPublicKeyId"] + " " + i for k in every("list_ssh_public_keys", "SSHPublicKeys", UserName=name)]
    out["certificates"] += [c["CertificateId"] + " " + i for c in every("list_signing_certificates", "Certificates", UserName=name)]
    try:
        iam.get_login_profile(UserName=name)
        out["logins"].append(i)
    except iam.exceptions.NoSuchEntityException:
        pass
    full = iam.get_user(UserName=name)["User"]
    if full.get("PermissionsBoundary"):
        out["bounded"].append(i + " " + full["PermissionsBoundary"]["PermissionsBoundaryArn"])
for g in groups:
    out["attached"] += [p["PolicyArn"] + " " + g["GroupId"] for p in every("list_attached_group_policies", "AttachedPolicies", GroupName=g["GroupName"])]
    out["inline"] += [g["GroupId"] + " " + p for p in every("list_group_policies", "PolicyNames", GroupName=g["GroupName"])]
for r in roles:
    out["attached"] += [p["PolicyArn"] + " " + r["RoleId"] for p in every("list_attached_role_policies", "AttachedPolicies", RoleName=r["RoleName"])]
    out["inline"] += [r["RoleId"] + " " + p for p in every("list_role_policies", "PolicyNames", RoleName=r["RoleName"])]
    full = iam.get_role(RoleName=r["RoleName"])["Role"]
    if full.get("PermissionsBoundary"):
        out["bounded"].append(r["RoleId"] + " " + full["PermissionsBoundary"]["PermissionsBoundaryArn"])
json.dump({k: sorted(v) for k, v in out.items()}, sys.stdout)

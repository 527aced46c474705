"""Counts what exports of IAM hold, for comparison: prints sets as JSON, by file.

Knows nothing of drover. Reads the files that are listed on standard input as `aws
iam get-account-authorization-details` prints them; any other gives null.
"""
import json
import sys


def main(path):
    try:
        with open(path, encoding="utf-8-sig") as f:
            d = json.load(f)
    except ValueError:
        return None
    if not isinstance(d, dict) or not any(k in d for k in ("UserDetailList", "GroupDetailList", "RoleDetailList")):
        return None
    users, groups = d.get("UserDetailList", []), d.get("GroupDetailList", [])
    roles, policies = d.get("RoleDetailList", []), d.get("Policies", [])
    out = {
        "users": [u["Arn"] for u in users],
        "groups": [g["Arn"] for g in groups],
        "roles": [r["Arn"] for r in roles],
        "policies": [p["Arn"] for p in policies],
        "versions": [p["Arn"] + " " + v["VersionId"] for p in policies for v in p.get("PolicyVersionList", [])],
        "members": [u["UserName"] + " " + g for u in users for g in u.get("GroupList", [])],
        "inline": [], "attached": [], "bounded": [],
        "profiles": sorted({p["InstanceProfileName"] for r in roles for p in r.get("InstanceProfileList", [])}),
        "used": [r["Arn"] for r in roles if r.get("RoleLastUsed", {}).get("LastUsedDate")],
        "unused": [r["Arn"] for r in roles if "RoleLastUsed" in r and not r["RoleLastUsed"].get("LastUsedDate")],
    }
    for kind, items in (("User", users), ("Group", groups), ("Role", roles)):
        for x in items:
            out["inline"] += [x["Arn"] + " " + p["PolicyName"] for p in x.get(kind + "PolicyList", [])]
            out["attached"] += [p["PolicyArn"] + " " + x["Arn"] for p in x.get("AttachedManagedPolicies", [])]
            if x.get("PermissionsBoundary"):
                out["bounded"].append(x["Arn"] + " " + x["PermissionsBoundary"]["PermissionsBoundaryArn"])
    return {k: sorted(v) for k, v in out.items()}


json.dump({path: main(path) for path in sys.stdin.read().splitlines()}, sys.stdout)

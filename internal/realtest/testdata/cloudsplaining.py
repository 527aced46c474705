# Runs cloudsplaining over policy documents. Input on stdin: {"account": the file
# that iam:GetAccountAuthorizationDetails gives, or null, "policies": {name:
# document}}. Output: {"policies": {name: {"unrestricted": the actions allowed on
# every resource without a condition, "findings": {kind: [...]}}}, "cpu",
# "account_cpu": of its whole scan of the account, "actions": all that its data know}.
import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)
from cloudsplaining.scan.authorization_details import AuthorizationDetails
from cloudsplaining.scan.policy_document import PolicyDocument
from cloudsplaining.shared.exclusions import Exclusions
from policy_sentry.querying.all import get_all_actions

question = json.load(sys.stdin)
exclusions = Exclusions({"policies": [], "roles": [], "users": [], "groups": [], "include-actions": ["s3:GetObject"], "exclude-actions": []})
out = {}
stdout, sys.stdout = sys.stdout, sys.stderr  # it prints warnings
start = time.process_time()
for name, document in question["policies"].items():
    p = PolicyDocument(document, exclusions)
    out[name] = {
        "unrestricted": sorted(set(p.all_allowed_unrestricted_actions) | set(p.all_allowed_unrestrictable_actions)),
        "escalations": sorted(e["type"] for e in p.allows_privilege_escalation),
        "findings": {"exfiltration": p.allows_data_exfiltration_actions, "credentials": p.credentials_exposure, "exposure": p.permissions_management_without_constraints},
    }
policies = time.process_time() - start
start = time.process_time()
if question["account"]:
    AuthorizationDetails(question["account"], exclusions=exclusions).results
sys.stdout = stdout
json.dump({"actions": sorted(get_all_actions()), "policies": out, "cpu": policies, "account_cpu": time.process_time() - start}, sys.stdout)

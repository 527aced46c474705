# Builds PMapper's graph of an account from the file that
# iam:GetAccountAuthorizationDetails gives, without a live account, and asks its
# policy simulator. Input on stdin: {"account": the file, "ask": [[principal ARN,
# action, resource, {context}], ...]}. Output: {"admins", "edges", "answers",
# "graph_cpu", "ask_cpu"}.
import collections
import collections.abc
import json
import sys
import time

# PMapper 1.1.5 takes these from where Python had them until 3.9.
for name in ("Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))

from principalmapper.graphing import autoscaling_edges, cloudformation_edges, codebuild_edges, ec2_edges, gathering, iam_edges, lambda_edges, sagemaker_edges, ssm_edges, sts_edges
from principalmapper.querying import query_interface


class Client:
    """What gathering asks of IAM, answered from the file."""

    def __init__(self, account):
        self.account = account

    def get_paginator(self, what):
        pages = {"get_account_authorization_details": [self.account], "list_virtual_mfa_devices": [{"VirtualMFADevices": []}]}[what]
        return type("Paginator", (), {"paginate": lambda self, **_: pages})()

    def list_access_keys(self, UserName):
        return {"AccessKeyMetadata": []}

    def get_login_profile(self, UserName):
        raise Exception("NoSuchEntity")

    def list_mfa_devices(self, UserName):
        return {"MFADevices": []}


def main():
    question = json.load(sys.stdin)
    start = time.process_time()
    nodes = gathering.get_nodes_groups_and_policies(Client(question["account"]))["nodes"]
    gathering.update_admin_status(nodes)
    edges = []
    for module in (ec2_edges, iam_edges, sagemaker_edges, ssm_edges, sts_edges):
        edges += module.generate_edges_locally(nodes)
    for module in (cloudformation_edges, lambda_edges):
        edges += module.generate_edges_locally(nodes, [])
    edges += autoscaling_edges.generate_edges_locally(nodes, None, [])
    edges += codebuild_edges.generate_edges_locally(nodes, None, [])
    graph = time.process_time() - start

    by_arn = {n.arn: n for n in nodes}
    start = time.process_time()
    answers = [query_interface.local_check_authorization_full(by_arn[who], action, resource, context) for who, action, resource, context in question["ask"]]
    json.dump({
        "admins": [n.arn for n in nodes if n.is_admin],
        "edges": [[e.source.arn, e.destination.arn, e.short_reason] for e in edges],
        "answers": answers, "graph_cpu": graph, "ask_cpu": time.process_time() - start,
    }, sys.stdout)


main()

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The AWS account of Harbour & Finch, its cluster, and what joins them.
const (
	accountID = "111122223333"
	issuer    = "oidc.eks.eu-central-1.amazonaws.com/id/5F1B0C7E9A3D4E2F8A6B1C0D9E7F2A3B"
)

// An awsKey is an access key of one user.
type awsKey struct{ user, id, secret string }

// awsKeys are the keys that lie on the laptop, by profile; one of them was in a
// commit, too.
func awsKeys() []awsKey {
	var keys []awsKey
	for _, user := range []string{"default", "prod-deploy", "staging-deploy", "billing-export", "backup"} {
		keys = append(keys, awsKey{user, "AKIA" + random(upper, 16), random(word, 40)})
	}
	keys[0].user = "ada.finch"
	return keys
}

type object = map[string]any

// account is what the AWS CLI wrote of the account's IAM.
func account(files map[string]string, keys []awsKey) error {
	now := time.Now().UTC().Truncate(time.Second)
	day := func(ago int) string { return now.AddDate(0, 0, -ago).Format(time.RFC3339) }
	arn := func(rest string) string { return "arn:aws:iam::" + accountID + ":" + rest }
	var users, listed []object
	owner := map[string]string{"prod-deploy": "ben.tanaka@harbourfinch.example", "billing-export": "ada.finch@harbourfinch.example"}
	for i, k := range keys {
		u := object{"UserName": k.user, "UserId": "AIDA" + random(upper, 17), "Arn": arn("user/" + k.user), "Path": "/", "CreateDate": day(400 + 90*i), "GroupList": []string{"machines"}, "AttachedManagedPolicies": []any{}, "Tags": []object{}}
		if mail := owner[k.user]; mail != "" {
			u["Tags"] = []object{{"Key": "Owner", "Value": mail}, {"Key": "repo", "Value": "https://github.com/harbourfinch/billing"}}
		}
		users = append(users, u)
		listed = append(listed, object{"UserName": k.user, "AccessKeyId": k.id, "Status": "Active", "CreateDate": day(390 + 90*i)})
	}
	trust := func(sid string, principal, condition object, action string) object {
		return object{"Version": "2012-10-17", "Statement": []object{{"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}}}
	}
	role := func(name string, doc object) object {
		return object{"RoleName": name, "RoleId": "AROA" + random(upper, 17), "Arn": arn("role/" + name), "Path": "/", "CreateDate": day(300), "AssumeRolePolicyDocument": doc, "InstanceProfileList": []any{},
			"RolePolicyList": []object{}, "AttachedManagedPolicies": []object{}, "RoleLastUsed": object{"LastUsedDate": day(2), "Region": "eu-central-1"}, "Tags": []object{}}
	}
	provider := object{"Federated": arn("oidc-provider/" + issuer)}
	github := object{"Federated": arn("oidc-provider/token.actions.githubusercontent.com")}
	roles := []object{
		role("orders-writer", trust("Pods", provider, object{"StringLike": object{issuer + ":sub": "system:serviceaccount:shop:orders-*"}, "StringEquals": object{issuer + ":aud": "sts.amazonaws.com"}}, "sts:AssumeRoleWithWebIdentity")),
		role("storefront-release", trust("Builds", github, object{"StringLike": object{"token.actions.githubusercontent.com:sub": "repo:harbourfinch/billing:*"}}, "sts:AssumeRoleWithWebIdentity")),
		role("audit-readonly", trust("Partner", object{"AWS": "arn:aws:iam::444455556666:root"}, object{}, "sts:AssumeRole")),
	}
	// The machines may pass any role to a function, and one that functions may be is
	// the administrator: whoever has a machine's key has the account.
	allow := func(sid string, resource any, actions ...string) object {
		return object{"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
	}
	inline := func(name string, statements ...object) []object {
		return []object{{"PolicyName": name, "PolicyDocument": object{"Version": "2012-10-17", "Statement": statements}}}
	}
	nightly := role("nightly-jobs", trust("Functions", object{"Service": "lambda.amazonaws.com"}, object{}, "sts:AssumeRole"))
	nightly["AttachedManagedPolicies"] = []object{{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}}
	roles = append(roles, nightly)
	roles[0]["RolePolicyList"] = inline("orders", allow("Archive", []string{"arn:aws:s3:::harbourfinch-orders", "arn:aws:s3:::harbourfinch-orders/*"}, "s3:ListBucket", "s3:GetObject", "s3:PutObject"))
	machines := inline("deploy", allow("Functions", "*", "lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration"), allow("Roles", arn("role/*"), "iam:PassRole"))
	for _, f := range []struct {
		name string
		body object
	}{
		{"get-account-authorization-details.json", object{"UserDetailList": users, "RoleDetailList": roles, "Policies": []any{},
			"GroupDetailList": []object{{"GroupName": "machines", "GroupId": "AGPA" + random(upper, 17), "Arn": arn("group/machines"), "Path": "/", "CreateDate": day(900), "GroupPolicyList": machines, "AttachedManagedPolicies": []any{}}}}},
		{"list-access-keys.json", object{"AccessKeyMetadata": listed}},
		{"list-open-id-connect-providers.json", object{"OpenIDConnectProviderList": []object{{"Arn": provider["Federated"]}, {"Arn": github["Federated"]}}}},
	} {
		b, err := json.MarshalIndent(f.body, "", "  ")
		if err != nil {
			return fmt.Errorf("make the account: %w", err)
		}
		files["account/"+f.name] = string(b) + "\n"
	}
	return nil
}

// cluster is the manifests of the shop.
func cluster(files map[string]string) {
	files["cluster/orders.yaml"] = fmt.Sprintf(`apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {environment: prod}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: orders-api
  namespace: shop
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::%s:role/orders-writer"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders-api, namespace: shop, labels: {app.kubernetes.io/managed-by: Helm, app.kubernetes.io/part-of: orders}}
spec:
  replicas: 3
  selector: {matchLabels: {app: orders-api}}
  template:
    metadata: {labels: {app: orders-api}}
    spec:
      serviceAccountName: orders-api
      containers:
        - name: api
          image: registry.harbourfinch.example/orders:7.4.1
          envFrom: [{secretRef: {name: orders-db}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: orders-report, namespace: shop}
spec:
  schedule: "0 5 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: orders-report
          restartPolicy: Never
          containers: [{name: report, image: "registry.harbourfinch.example/report:2"}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: orders-report, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {type: ExternalName, externalName: db.harbourfinch.example}
---
apiVersion: v1
kind: Secret
metadata: {name: orders-db, namespace: shop}
stringData: {DATABASE_URL: "postgres://storefront_app:%s@db:5432/storefront"}
`, accountID, random(word, 20))
	files["cluster/rbac.yaml"] = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: secret-reader, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: report-reads-secrets, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secret-reader}
subjects: [{kind: ServiceAccount, name: orders-report, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci-is-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: kube-admin}, {kind: ServiceAccount, name: ci-deployer, namespace: shop}]
`
}

// A commit is one commit of the billing repository, days ago.
type commit struct {
	ago     int
	message string
	files   map[string]string
}

// commits are the history of the billing repository: a key went in three months
// ago and out again a week later, which takes it out of nothing.
func commits(keys []awsKey) []commit {
	var leaked awsKey
	for _, k := range keys {
		if k.user == "billing-export" {
			leaked = k
		}
	}
	return []commit{
		{120, "export invoices", map[string]string{"CODEOWNERS": "* ada.finch@harbourfinch.example\n", "export.py": "import boto3\n\ns3 = boto3.client('s3')\n", "README.md": "# Billing\n\nInvoices go out at night.\n"}},
		{92, "run it from the laptop for now", map[string]string{"run.sh": strings.Join([]string{"#!/bin/sh", "export AWS_ACCESS_KEY_ID=" + leaked.id, "export AWS_SECRET_ACCESS_KEY=" + leaked.secret, "exec python3 export.py", ""}, "\n")}},
		{85, "no keys in here", map[string]string{"run.sh": "#!/bin/sh\nexec python3 export.py\n"}},
		{3, "retry", map[string]string{"export.py": "import boto3\n\ns3 = boto3.client('s3', config=retries(5))\n"}},
	}
}

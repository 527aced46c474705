// Package aws reads AWS accounts: who may call the API, by which credentials,
// what runs as whom, who is trusted, and what each was last seen to do.
//
// An account is read live, or from what `aws iam
// get-account-authorization-details` and its siblings wrote into files; both
// come to the same nodes. client.go, account.go and fault.go are the way to the
// API; gaad.go is the shape of what IAM answers, iam_single*.go bring the answers
// of single calls into it, and iam_*.go say what becomes of it; offline.go finds
// the same shapes in files, resources*.go what Terraform says of other services. services.go lists the other services, one svc_*.go
// each.
package aws

import (
	_ "embed"

	"github.com/droverhq/drover/connector"
)

//go:embed aws.md
var doc string

// Connector reads AWS accounts, live or from files.
var Connector = &connector.Connector{
	Name:     "aws",
	Title:    "Amazon Web Services",
	Doc:      doc,
	Options:  options,
	Scopes:   scopes(),
	Verified: "emulator: moto 5.2 with enforcement on, counted by boto3; documented fake for what it lacks (Roles Anywhere, EKS access entries and Pod Identity, Bedrock agents, CodeBuild source credentials, Lambda function URLs, service-specific credentials with an end) and for faults in every call",
	Accepts:  accepts,
	Paths:    "files of what the IAM API answered, and folders of them",
	Suggest:  suggest,
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

var options = []connector.Option{
	{Name: "path", Type: connector.TypePath, Example: "~/exports/aws",
		Help: "a file or folder of what the AWS CLI printed (iam get-account-authorization-details, get-credential-report, list-…) and of lists of resources as Terraform describes them, instead of the live API"},
	{Name: "profile", Help: "a profile of the AWS CLI's configuration: keys, single sign-on, roles; default: the environment, as the AWS CLI takes it", Example: "audit"},
	{Name: "mfa_token", Secret: true, Help: "the code of the profile's MFA device, where its role demands one; good for one scan", Example: "${env:AWS_MFA_CODE}"},
	{Name: "access_key_id", Secret: true, Help: "key to sign with, instead of a profile", Example: "${env:AWS_ACCESS_KEY_ID}"},
	{Name: "secret_access_key", Secret: true, Help: "its secret", Example: "${env:AWS_SECRET_ACCESS_KEY}"},
	{Name: "session_token", Secret: true, Help: "its session token, when it is a temporary one", Example: "${env:AWS_SESSION_TOKEN}"},
	{Name: "role", Help: "name or ARN of the role to assume in each account; without accounts, in the signing account or the ARN's", Example: "DroverRead"},
	{Name: "external_id", Secret: true, Help: "external id that the role demands", Example: "${env:DROVER_EXTERNAL_ID}"},
	{Name: "accounts", Type: connector.TypeList, Help: "account ids to read by role, or all: every active account of the Organization", Example: "all"},
	{Name: "exclude_accounts", Type: connector.TypeList, Advanced: true, Help: "leave these accounts out; what is known of them stays as it is"},
	{Name: "regions", Type: connector.TypeList, Help: "regions to read; default: all that the account has enabled", Example: "eu-central-1"},
	{Name: "secrets", Default: secretsMetadata, Values: []string{secretsMetadata, secretsDecode},
		Help: "what to read of secrets in Secrets Manager. metadata: names, rotation, policies, without values. decode: the values too, which are fingerprinted, turned into the identities that they open, and forgotten; it needs secretsmanager:GetSecretValue"},
	{Name: "region", Advanced: true, Help: "region to sign in, where neither profile nor environment names one; default us-east-1"},
	{Name: "endpoint", Advanced: true, Help: "URL of an API that speaks as AWS does, for all services", Example: "https://aws.proxy.internal"},
	{Name: "proxy", Advanced: true, Help: "URL of an HTTP proxy", Example: "http://proxy.internal:3128"},
	{Name: "ca_file", Type: connector.TypePath, Advanced: true, Help: "PEM file of certificate authorities to trust besides the system's; from the configuration file only"},
	{Name: "account", Advanced: true, Help: "account id of files under path that name none", Example: "123456789012"},
	{Name: "page_size", Type: connector.TypeInt, Default: "1000", Advanced: true, Help: "items of IAM in one page, at most 1000"},
	{Name: "concurrency", Type: connector.TypeInt, Default: "8", Advanced: true, Help: "calls under way at once, for the whole source"},
	{Name: "max_attempts", Type: connector.TypeInt, Default: "6", Advanced: true, Help: "how often one call is tried when the API is throttling or failing"},
	{Name: "retry_wait", Type: connector.TypeDuration, Default: "500ms", Advanced: true, Help: "the longest first wait before trying again; doubles each time, Retry-After goes before"},
	{Name: "call_timeout", Type: connector.TypeDuration, Default: "60s", Advanced: true, Help: "how long one attempt of one call may take"},
}

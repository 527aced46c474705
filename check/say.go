package check

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// maxName is how much of a name stands in a sentence, in runes.
const maxName = 80

// Clean makes text of a scanned system fit for a sentence: one line, no control
// or direction characters, bounded.
func Clean(s string) string { return clean(s, maxName) }

// Line is Clean for a text that is longer than a name: words of a check that hold
// names, such as a setting or a condition.
func Line(s string) string {
	t := clean(s, maxLine)
	cut, ok := strings.CutSuffix(t, "…")
	if end := strings.LastIndexByte(cut, ' '); ok && !strings.HasSuffix(s, "…") && end > len(cut)/2 {
		return cut[:end] + " …" // a sentence ends with a word
	}
	return t
}

// maxLine is how much of a text stands in a sentence, in runes.
const maxLine = 600

func clean(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == limit {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			r = ' '
		case !unicode.IsPrint(r): // control, format and direction characters, U+FFFD of bad bytes too
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// Say names a row in a sentence: "IAM user ci-deploy", "key AKIA…7F2 of ci-deploy".
func (e *Estate) Say(row int) string {
	name := Clean(e.Graph.Name(row))
	if name == "" {
		name = Clean(string(e.Graph.Ref(row)))
	}
	typ := e.Graph.Type(row)
	if i := strings.LastIndex(name, ":policy/"); i >= 0 && typ == "unseen.arn" {
		return "managed policy " + name[strings.LastIndexByte(name, '/')+1:]
	}
	return Named(typ, name)
}

// Named puts the words of a vendor's type before a name that is Clean, and says
// none of them twice: "password of orders_app" needs no "password" before it, nor
// does "Kubernetes cluster test" need "cluster".
func Named(typ, name string) string {
	words := TypeWords(typ)
	system, _, _ := strings.Cut(typ, ".")
	switch {
	case words == "":
		return name
	case begins(name, words):
		return name
	case begins(name, system+" "+words):
		return name
	}
	for i := range len(words) {
		switch {
		case words[i] != ' ':
		case strings.EqualFold(name, words[i+1:]) && principals[words[i+1:]]: // a user that is called user
			return words + ` "` + name + `"`
		case begins(name, words[i+1:]):
			return words[:i+1] + name
		}
	}
	return words + " " + name
}

// principals are the kinds of principals, whose names people choose. What else is called
// by its kind, a credential that is "password", has no name.
var principals = map[string]bool{"user": true, "role": true, "group": true, "account": true}

// begins reports whether a text begins with words, and not with a longer word.
func begins(text, words string) bool {
	if len(text) < len(words) || !strings.EqualFold(text[:len(words)], words) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[len(words):])
	return len(text) == len(words) || !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

// Says names several rows: three at most, and how many more there are.
func (e *Estate) Says(rows []int) string {
	var parts []string
	for i, r := range rows {
		if i == 3 {
			parts = append(parts, strconv.Itoa(len(rows)-3)+" more")
			break
		}
		parts = append(parts, e.Say(r))
	}
	return List(parts)
}

// List joins words as a sentence does: "a, b and c".
func List(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// TypeWords writes a vendor's type for a sentence: "aws.iam.user" is "IAM user".
func TypeWords(typ string) string {
	if w, ok := typeWords[typ]; ok {
		return w
	}
	_, last, _ := strings.Cut(typ, ".")
	if last == "" {
		last = typ
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(last)
}

// typeWords are the types whose words are not those of their name.
var typeWords = map[string]string{
	"aws.account": "AWS account", "aws.iam.user": "IAM user", "aws.iam.role": "IAM role", "aws.iam.root": "root user", "aws.iam.group": "IAM group", "aws.iam.access_key": "access key",
	"aws.iam.policy": "IAM policy", "aws.iam.inline_policy": "inline policy", "aws.iam.login_profile": "console password", "aws.iam.service_specific_credential": "service-specific credential",
	"aws.iam.signing_certificate": "signing certificate", "aws.iam.ssh_public_key": "SSH public key", "aws.iam.server_certificate": "server certificate", "aws.iam.oidc_provider": "OIDC provider",
	"aws.iam.saml_provider": "SAML provider", "aws.iam.instance_profile": "instance profile", "aws.s3.bucket": "bucket", "aws.secretsmanager.secret": "secret", "aws.kms.key": "KMS key",
	"aws.lambda.function": "Lambda function", "aws.ec2.instance": "EC2 instance", "aws.ecs.task_definition": "ECS task definition", "aws.ecs.service": "ECS service", "aws.eks.cluster": "EKS cluster",
	"aws.bedrock.agent": "Bedrock agent", "aws.iot.certificate": "device certificate", "aws.iot.thing": "IoT thing", "aws.codebuild.project": "CodeBuild project",
	"kubernetes.cluster": "cluster", "kubernetes.service_account": "service account", "kubernetes.service_account_token": "service account token", "kubernetes.secret": "Secret", "kubernetes.config_map": "ConfigMap",
	"kubernetes.cluster_role": "ClusterRole", "kubernetes.role": "Role", "kubernetes.cluster_role_binding": "ClusterRoleBinding", "kubernetes.role_binding": "RoleBinding", "kubernetes.deployment": "Deployment",
	"kubernetes.daemon_set": "DaemonSet", "kubernetes.stateful_set": "StatefulSet", "kubernetes.cron_job": "CronJob", "kubernetes.job": "Job", "kubernetes.pod": "pod", "kubernetes.user": "Kubernetes user", "kubernetes.group": "Kubernetes group",
	"postgres.role": "database role", "postgres.password": "password", "postgres.cluster": "database server", "postgres.user_mapping": "user mapping",
	"github.app": "GitHub App", "github.app_private_key": "private key of GitHub App", "github.user": "GitHub user", "github.personal_access_token": "GitHub token", "github.deploy_key": "deploy key", "github.actions_secret": "Actions secret",
	"git.line": "line", "git.repository": "repository", "machine.file": "file", "machine.account": "account", "machine.host": "host", "x509.certificate": "certificate", "x509.private_key": "private key", "ssh.key": "SSH key",
	"azure.application": "application", "azure.service_principal": "service principal", "azure.managed_identity": "managed identity", "azure.application_password": "client secret", "azure.iot_device": "IoT device",
	"entra.application": "application", "entra.service_principal": "service principal", "gcp.service_account": "service account", "gcp.service_account_key": "service account key",
	"ad.user": "AD account", "ad.gmsa": "group managed service account", "ad.password": "password", "racf.user": "RACF user", "ibmi.user": "IBM i profile", "okta.api_token": "Okta API token",
	"vault.approle": "AppRole", "vault.secret_id": "secret id", "vault.secret": "vault secret", "snowflake.user": "Snowflake user", "snowflake.programmatic_access_token": "programmatic access token",
	"salesforce.user": "Salesforce user", "slack.bot": "Slack bot", "slack.bot_token": "Slack bot token", "mcp.server": "MCP server", "mcp.client": "MCP client", "agent.assistant": "AI assistant", "agent.client_secret": "client secret of AI assistant",
	"hr.person": "", "human.person": "", "oidc.subject": "OIDC subject", "login.account": "login account",
}

// Day, Ago and Span write times for readers: "2026-01-31", "12 days ago", "90 days".
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Ago is how long before now t was.
func Ago(now, t time.Time) string { return Span(now.Sub(t)) + " ago" }

// Span is whole days, or hours below two days.
func Span(d time.Duration) string {
	switch {
	case d >= 2*drover.Day:
		return strconv.Itoa(int(d/drover.Day)) + " days"
	case d >= 2*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return strconv.Itoa(int(max(d, 0)/time.Minute)) + " minutes"
}

// Count writes a number and its noun: "1 key", "3 keys".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ey") {
		return strconv.Itoa(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

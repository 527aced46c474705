package aws

import (
	"context"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
)

// A service is one service beside IAM that is read. A regional one is read once
// in each region of an account, another once, with region "".
type service struct {
	name     string // section name: "lambda.functions"
	scopes   []connector.Scope
	regional bool
	read     func(ctx context.Context, a *account, region string, out *connector.Out) error
}

// services lists them in the order of reading.
var services = slices.Concat(organizationsServices, lambdaServices, ec2Services, ecsServices, eksServices, codebuildServices, secretsmanagerServices, kmsServices, s3Services,
	bedrockServices, iotServices, rolesanywhereServices)

// scopes lists the privileges of IAM's sections, then those of each service;
// each action is listed once.
func scopes() []connector.Scope {
	all := append(slices.Clone(iamScopes), regionScope)
	for _, s := range services {
		all = append(all, s.scopes...)
	}
	var out []connector.Scope
	for _, s := range all {
		if !slices.ContainsFunc(out, func(o connector.Scope) bool { return o.Name == s.Name }) {
			out = append(out, s)
		}
	}
	return append(append([]connector.Scope{whole(out)}, out...), valueScope)
}

// whole is all scopes in one policy to paste.
func whole(all []connector.Scope) connector.Scope {
	var b strings.Builder
	b.WriteString("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Sid\": \"DroverRead\", \"Effect\": \"Allow\", \"Resource\": \"*\", \"Action\": [\n")
	for i, s := range all {
		comma := ","
		if i == len(all)-1 {
			comma = ""
		}
		b.WriteString("    \"" + s.Name + "\"" + comma + "\n")
	}
	b.WriteString("  ]}]\n}")
	return connector.Scope{Name: "policy DroverRead", Why: "all of what follows in one policy, for `aws iam create-policy`: it reads, and can write nothing", Grant: b.String()}
}

// allow is a scope of one action: its grant is the statement to put into the
// policy of the principal that drover signs as.
func allow(action, why string) connector.Scope {
	return connector.Scope{Name: action, Why: why, Grant: `{"Effect": "Allow", "Action": "` + action + `", "Resource": "*"}`}
}

package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// sensitive reads the two lists of sensitive actions: by lower-case action, its
// classes (CredentialExposure, DataAccess, PrivEsc, ResourceExposure).
func sensitive(dir string) (map[string][]string, error) {
	tags := map[string]map[string][]string{}
	if err := read(filepath.Join(dir, "sensitive_action_tags.json"), &tags); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for class, list := range tags["iam"] {
		for _, a := range list {
			a = strings.ToLower(a)
			out[a] = append(out[a], class)
		}
	}
	b, err := readAll(filepath.Join(dir, "sensitive_iam_actions.yaml"))
	if err != nil {
		return nil, err
	}
	class := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		if c, ok := strings.CutSuffix(line, ":"); ok && c != "" && c[0] != ' ' {
			class = c
		}
		if a, ok := strings.CutPrefix(line, "  - "); ok {
			a = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(a), ":"))
			out[a] = append(out[a], class)
		}
	}
	if len(out) < 400 {
		return nil, fmt.Errorf("read sensitive actions: only %d", len(out))
	}
	return out, nil
}

// levels that neither AWS's access level nor the lists of sensitive actions tell.
var levels = map[string]string{
	"secretsmanager:getsecretvalue": "secrets", "secretsmanager:batchgetsecretvalue": "secrets",
	"ssm:getparameter": "secrets", "ssm:getparameters": "secrets", "ssm:getparametersbypath": "secrets", "ssm:getparameterhistory": "secrets",
	"kms:decrypt": "secrets", "kms:generatedatakey": "secrets", "kms:generatedatakeypair": "secrets",
	"iam:createaccesskey": "secrets", "iam:createloginprofile": "secrets", "iam:updateloginprofile": "secrets",
	"iam:createservicespecificcredential": "secrets", "iam:resetservicespecificcredential": "secrets",
	"rds-db:connect": "secrets", "redshift:getclustercredentials": "secrets", "redshift:getclustercredentialswithiam": "secrets",
	"sts:assumerole": "escalate", "sts:assumerolewithsaml": "escalate", "sts:assumerolewithwebidentity": "escalate", "sts:assumeroot": "escalate",
	"iam:passrole": "escalate", "sts:getsessiontoken": "secrets", "sts:getfederationtoken": "secrets",
	"ssm:sendcommand": "execute", "ssm:startsession": "execute", "ssm:startautomationexecution": "execute",
	"ecs:executecommand": "execute", "ecs:runtask": "execute", "ecs:starttask": "execute",
	"lambda:invokefunction": "execute", "lambda:invokeasync": "execute", "lambda:invokefunctionurl": "execute",
	"codebuild:startbuild": "execute", "codebuild:startbuildbatch": "execute", "states:startexecution": "execute", "states:startsyncexecution": "execute",
	"glue:startjobrun": "execute", "batch:submitjob": "execute", "ec2:runinstances": "execute", "execute-api:invoke": "execute",
	"bedrock:invokemodel": "execute", "bedrock:invokeagent": "execute", "emr-serverless:startjobrun": "execute",
	"elasticmapreduce:addjobflowsteps": "execute", "elasticmapreduce:runjobflow": "execute",
	"sts:getcalleridentity": "read",
}

// level is our word for what an action gives: a list of ours, then the sensitive
// classes, then AWS's access level, where writes that destroy are told by their
// verb.
func level(name, kind string, classes []string) string {
	low := strings.ToLower(name)
	if l, ok := levels[low]; ok {
		return l
	}
	has := func(c string) bool {
		for _, x := range classes {
			if x == c {
				return true
			}
		}
		return false
	}
	_, verb, _ := strings.Cut(low, ":")
	switch {
	case has("PrivEsc"):
		return "escalate"
	case has("CredentialExposure"):
		return "secrets"
	case kind == "Permissions management", has("ResourceExposure") && kind != "Read" && kind != "List":
		return "permissions"
	case kind == "List" && !has("DataAccess"):
		return "list"
	case kind == "Read", kind == "List":
		return "read"
	}
	for _, v := range []string{"delete", "batchdelete", "terminate", "destroy", "purge", "remove", "deregister", "bulkdelete", "forcedelete"} {
		if strings.HasPrefix(verb, v) {
			return "delete"
		}
	}
	for _, v := range []string{"invoke", "execute"} {
		if strings.HasPrefix(verb, v) {
			return "execute"
		}
	}
	return "write"
}

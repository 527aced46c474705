package awsiam_test

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A peerRule explains a difference to iam-simulate by a place where it does
// otherwise than AWS documents, cited. rewrite says the same in words that leave
// iam-simulate no choice, and reports whether there was anything to rewrite. A
// difference is explained only if, asked again in those words, iam-simulate
// gives the answer that we gave at first, and we give it again: a rule can
// explain nothing but the difference that it is about.
// docs/reference/access_aws_peer.md lists the rules with the counts of a run.
type peerRule struct {
	name    string
	reason  string
	cite    string
	rewrite func(q *peerCase) bool
}

const userGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

var peerRules = []peerRule{
	{
		name:   "service-principal-scp",
		reason: "Service control policies bind the users and roles of member accounts; iam-simulate applies them to calls of AWS services too.",
		cite:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
		rewrite: func(q *peerCase) bool {
			if q.kind != "service" || len(q.ServiceControl) == 0 {
				return false
			}
			q.ServiceControl = []orgLevel{}
			return true
		},
	},
	{
		name:   "rcp-services",
		reason: "Resource control policies bind the resources of the services that AWS lists; iam-simulate applies them to every service.",
		cite:   "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
		rewrite: func(q *peerCase) bool {
			if len(q.ResourceControl) == 0 || slices.Contains(strings.Fields(rcpServices), service(q)) {
				return false
			}
			q.ResourceControl = []orgLevel{}
			return true
		},
	},
	{
		name:   "federated-user-without-session-policy",
		reason: "A session of GetFederationToken without a session policy has what resource policies give it and nothing of its user's policies but their denies; iam-simulate gives it all of them.",
		cite:   userGuide + "id_credentials_temp_control-access_getfederationtoken.html",
		rewrite: func(q *peerCase) bool {
			if q.kind != "federated-user" || q.SessionPolicy != nil {
				return false
			}
			q.IdentityPolicies = onlyDenies(q.IdentityPolicies)
			return true
		},
	},
	{
		name:   "variable-without-value",
		reason: "A policy variable without a value matches nothing, so NotResource and the negated operators match; iam-simulate takes the element to match nothing at all.",
		cite:   userGuide + "reference_policies_variables.html#policy-vars-no-value",
		rewrite: func(q *peerCase) bool {
			return rewriteDocs(q, func(d *policyDoc, s *statement) bool {
				if d.Version != "2012-10-17" {
					return false
				}
				done := mapValues(s.NotResource, func(v string) string { return withoutValue(q, v, "arn:aws:none:none:none:none") })
				for op, keys := range s.Condition {
					if !strings.Contains(op, "Not") {
						continue
					}
					none := "no value"
					if strings.Contains(op, "Arn") {
						none = "arn:aws:none:none:none:none"
					}
					for _, list := range keys {
						done = mapValues(list, func(v string) string { return withoutValue(q, v, none) }) || done
					}
				}
				return done
			})
		},
	},
	{
		name:   "version-2008",
		reason: "In a document of version 2008-10-17 a policy variable is plain text; iam-simulate resolves it.",
		cite:   userGuide + "reference_policies_elements_version.html",
		rewrite: func(q *peerCase) bool {
			return rewriteDocs(q, func(d *policyDoc, s *statement) bool {
				if d.Version == "2012-10-17" {
					return false
				}
				plain := func(v string) string { return strings.ReplaceAll(v, "${", "${$}{") }
				done := mapValues(s.Resource, plain)
				done = mapValues(s.NotResource, plain) || done
				for _, keys := range s.Condition {
					for _, list := range keys {
						done = mapValues(list, plain) || done
					}
				}
				return done
			})
		},
	},
	{
		name:   "not-principal-allow",
		reason: "An Allow with NotPrincipal is taken for a grant to everyone whom it does not name itself; what it is worth to a role with a boundary or a session policy AWS does not say, and iam-simulate weighs it less.",
		cite:   userGuide + "reference_policies_elements_notprincipal.html",
		rewrite: func(q *peerCase) bool {
			return rewriteDocs(q, func(_ *policyDoc, s *statement) bool {
				if s.NotPrincipal == nil || s.Effect != "Allow" {
					return false
				}
				if ids, is := s.NotPrincipal.(map[string]value); is && slices.ContainsFunc(ids["AWS"].all(), q.named) {
					s.Principal = map[string]value{"AWS": one("arn:aws:iam::999999999999:user/nobody")}
				} else {
					s.Principal = "*"
				}
				s.NotPrincipal = nil
				return true
			})
		},
	},
	{
		name:   "not-principal-account",
		reason: "An account in NotPrincipal keeps the statement away from its root user, not from the account's other users and roles, each of which must be named too; iam-simulate takes it for all of them.",
		cite:   userGuide + "reference_policies_elements_notprincipal.html",
		rewrite: func(q *peerCase) bool {
			if q.kind == "root" {
				return false
			}
			return rewriteDocs(q, func(_ *policyDoc, s *statement) bool {
				ids, _ := s.NotPrincipal.(map[string]value)
				done := mapValues(ids["AWS"], func(v string) string {
					if len(v) == 12 || strings.HasSuffix(v, ":root") {
						return "arn:aws:iam::999999999999:user/nobody"
					}
					return v
				})
				return done
			})
		},
	},
	{
		name:   "not-principal-without-account",
		reason: "A Deny whose NotPrincipal names a principal and not its account may deny the whole account, depending on the service: our answer is conditional, iam-simulate spares the principal.",
		cite:   userGuide + "reference_policies_elements_notprincipal.html",
		rewrite: func(q *peerCase) bool {
			account, is := q.context("aws:PrincipalAccount")
			return is && rewriteDocs(q, func(_ *policyDoc, s *statement) bool {
				ids, is := s.NotPrincipal.(map[string]value)
				root := "arn:aws:iam::" + account[0] + ":root"
				if !is || s.Effect != "Deny" || slices.Contains(ids["AWS"], root) || slices.Contains(ids["AWS"], account[0]) {
					return false
				}
				if slices.ContainsFunc(ids["AWS"].all(), q.named) {
					ids["AWS"] = list(append(ids["AWS"].all(), root)...)
					return true
				}
				return false
			})
		},
	},
	{
		name:   "epoch-date",
		reason: "A number in a Date condition counts seconds since 1970; iam-simulate compares it as it is with milliseconds.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html#Conditions_Date",
		rewrite: func(q *peerCase) bool {
			return rewriteConditions(q, func(op, _ string, list value) bool {
				return strings.Contains(op, "Date") && mapValues(list, func(v string) string {
					n, err := strconv.ParseInt(v, 10, 64)
					if err != nil {
						return v
					}
					return time.Unix(n, 0).UTC().Format(time.RFC3339)
				})
			})
		},
	},
	{
		name:   "session-policy-resource-grant",
		reason: "What a resource policy grants to the session itself, or to everyone, is not limited by the session policy unless that denies; iam-simulate wants the session policy to allow always.",
		cite:   userGuide + "access_policies.html#policies_session",
		rewrite: func(q *peerCase) bool {
			if q.SessionPolicy == nil || q.ResourcePolicy == nil || q.crossAccount() {
				return false
			}
			// The grant alone decides: nothing else of the case may allow, and the
			// session policy keeps what it denies.
			q.IdentityPolicies = onlyDenies(q.IdentityPolicies)
			q.ResourcePolicy.Statement = slices.DeleteFunc(q.ResourcePolicy.Statement, func(s statement) bool {
				return s.Effect == "Allow" && !namesSession(q, s.Principal)
			})
			q.SessionPolicy.Statement = slices.DeleteFunc(q.SessionPolicy.Statement, func(s statement) bool { return s.Effect == "Allow" })
			q.SessionPolicy.Statement = append(q.SessionPolicy.Statement, allowAll().Statement...)
			return true
		},
	},
	{
		name:   "first-segment",
		reason: "A variable or a wildcard may stand anywhere in the last part of an ARN, as in policies that AWS itself manages; iam-simulate splits that part at the first colon or slash, which may be one inside a variable, and compares what stands before as plain text.",
		cite:   userGuide + "reference_policies_variables.html#policy-vars-where-to-use",
		rewrite: func(q *peerCase) bool {
			return rewriteDocs(q, func(d *policyDoc, s *statement) bool {
				spell := func(v string) string {
					if parts := strings.SplitN(v, ":", 6); len(parts) == 6 && strings.ContainsAny(parts[5], "$*?") {
						return spelled(q, d, parts)
					}
					return v
				}
				done := mapValues(s.Resource, spell)
				return mapValues(s.NotResource, spell) || done
			})
		},
	},
	{
		name:   "service-linked-role",
		reason: "A service-linked role can be changed by its service alone; iam-simulate knows that of the roles of IAM Identity Center only.",
		cite:   userGuide + "id_roles_create-service-linked-role.html",
		rewrite: func(q *peerCase) bool {
			arn := q.Request.Resource.ARN
			q.Request.Resource.ARN = strings.Replace(arn, ":role/aws-service-role/", ":role/aws-reserved/sso.amazonaws.com/", 1)
			return strings.HasPrefix(q.Request.Action, "iam:") && q.Request.Resource.ARN != arn
		},
	},
	{
		name:   "arn-operand",
		reason: "AWS does not say what an operand of an ARN operator means that is no ARN. We take * for every ARN, and any other for one that no ARN equals, so that the negated operators hold; iam-simulate lets neither kind hold.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html#Conditions_ARN",
		rewrite: func(q *peerCase) bool {
			return rewriteConditions(q, func(op, _ string, list value) bool {
				return strings.Contains(op, "Arn") && mapValues(list, func(v string) string {
					switch v = resolved(q, v); {
					case v == "*":
						return "arn:*:*:*:*:*"
					case strings.Count(v, ":") < 5:
						return "arn:aws:none:none:none:none"
					}
					return v
				})
			})
		},
	},
	{
		name:   "several-values-without-set",
		reason: "A key with several values requires ForAllValues or ForAnyValue, and AWS does not say what an operator without them does. We let it hold when any value matches, a negated one when none does; iam-simulate lets neither hold.",
		cite:   userGuide + "reference_policies_condition-single-vs-multi-valued-context-keys.html",
		rewrite: func(q *peerCase) bool {
			return rewriteOperators(q, func(op, key string, list value) (string, value) {
				have, is := q.context(key)
				switch {
				case !is || !have.isList() || strings.Contains(op, ":") || op == "Null":
					return op, list
				case strings.Contains(op, "Not"):
					return "ForAllValues:" + op, list
				}
				return "ForAnyValue:" + op, list
			})
		},
	},
	{
		name:   "for-any-value-if-exists",
		reason: "IfExists makes a condition on a missing key hold, after a set operator too; iam-simulate lets ForAnyValue fail first.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html#Conditions_IfExists",
		rewrite: func(q *peerCase) bool {
			return rewriteOperators(q, func(op, key string, list value) (string, value) {
				if _, is := q.context(key); !is && strings.HasPrefix(op, "ForAnyValue:") && strings.HasSuffix(op, "IfExists") {
					return strings.TrimPrefix(op, "ForAnyValue:"), list
				}
				return op, list
			})
		},
	},
	{
		name:   "value-of-another-type",
		reason: "A value of the request that is not of the operator's type equals no operand, so the negated operators hold and no other does. AWS does not say; iam-simulate lets no negated operator hold, and takes what begins with a number for that number.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html",
		rewrite: func(q *peerCase) bool {
			return rewriteOperators(q, func(op, key string, list value) (string, value) {
				have, is := q.context(key)
				if !is || slices.ContainsFunc(have.all(), func(v string) bool { return ofType(op, v) }) {
					return op, list
				}
				return untyped(op), one("no value")
			})
		},
	},
	{
		name:   "number-form",
		reason: "A number may have an exponent, and a text that is none equals no number; iam-simulate reads as far as it can.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html#Conditions_Numeric",
		rewrite: func(q *peerCase) bool {
			return rewriteConditions(q, func(op, _ string, list value) bool {
				return strings.Contains(op, "Numeric") && mapValues(list, func(v string) string {
					if n, err := strconv.ParseFloat(v, 64); err == nil {
						return strconv.FormatFloat(n, 'f', -1, 64)
					}
					return "not a number"
				})
			})
		},
	},
	{
		name:   "every-ipv4-address",
		reason: "0.0.0.0/0 holds every IPv4 address; iam-simulate shifts a 32-bit mask by 32, which leaves it whole, so that the range holds 0.0.0.0 alone.",
		cite:   userGuide + "reference_policies_elements_condition_operators.html#Conditions_IPAddress",
		rewrite: func(q *peerCase) bool {
			return rewriteDocs(q, func(_ *policyDoc, s *statement) (changed bool) {
				for op, keys := range s.Condition {
					for key, values := range keys {
						if strings.Contains(op, "IpAddress") && slices.Contains(values.all(), "0.0.0.0/0") {
							keys[key], changed = list(append(slices.DeleteFunc(slices.Clone(values.all()), func(v string) bool { return v == "0.0.0.0/0" }), "0.0.0.0/1", "128.0.0.0/1")...), true
						}
					}
				}
				return changed
			})
		},
	},
}

// untyped is an operator of the same form that compares plain texts.
func untyped(op string) string {
	set, rest, is := strings.Cut(op, ":")
	if !is {
		set, rest = "", op
	} else {
		set += ":"
	}
	to := "StringEquals"
	if strings.Contains(rest, "Not") {
		to = "StringNotEquals"
	}
	if strings.HasSuffix(rest, "IfExists") {
		to += "IfExists"
	}
	return set + to
}

// ofType reports whether a value of a request is of the type that an operator
// compares.
func ofType(op, v string) bool {
	switch {
	case op == "Null", strings.Contains(op, "String"):
		return true
	case strings.Contains(op, "Arn"):
		return strings.HasPrefix(v, "arn:") && strings.Count(v, ":") >= 5
	case strings.Contains(op, "Numeric"):
		_, err := strconv.ParseFloat(v, 64)
		return err == nil
	case strings.Contains(op, "Date"):
		_, err := time.Parse(time.RFC3339, v)
		return err == nil
	}
	if strings.Contains(op, "IpAddress") {
		_, err := netip.ParseAddr(v)
		return err == nil
	}
	return true
}

// rewriteOperators puts conditions under another operator or other values.
func rewriteOperators(q *peerCase, change func(op, key string, list value) (string, value)) bool {
	return rewriteDocs(q, func(_ *policyDoc, s *statement) (changed bool) {
		for _, op := range slices.Sorted(maps.Keys(s.Condition)) {
			for key, list := range s.Condition[op] {
				to, values := change(op, key, list)
				if to == op {
					continue
				}
				delete(s.Condition[op], key)
				if s.Condition[to] == nil {
					s.Condition[to] = map[string]value{}
				}
				for s.Condition[to][key] != nil { // the same key in another case is another condition
					key = strings.ToUpper(key)
				}
				s.Condition[to][key], changed = values, true
			}
		}
		return changed
	})
}

// spelled is the ARN asked for where its last part matches that of a pattern, and
// one that is never asked for where it does not.
func spelled(q *peerCase, d *policyDoc, pattern []string) string {
	asked := strings.SplitN(q.Request.Resource.ARN, ":", 6)
	last := pattern[5]
	if d.Version == "2012-10-17" {
		last = withoutValue(q, resolved(q, last), "none:none")
	}
	if len(asked) < 6 || !globbed(last, asked[5]) {
		return "arn:aws:none:none:none:none"
	}
	return strings.Join(append(slices.Clone(pattern[:5]), strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(asked[5])), ":")
}

// globbed matches a text with a pattern in which ${*}, ${?} and ${$} are plain.
func globbed(pattern, text string) bool {
	quoted := regexp.QuoteMeta(pattern)
	for from, to := range map[string]string{`\$\{\*\}`: "\x00", `\$\{\?\}`: "\x01", `\$\{\$\}`: "\x02"} {
		quoted = strings.ReplaceAll(quoted, from, to)
	}
	quoted = strings.NewReplacer(`\*`, ".*", `\?`, ".", "\x00", `\*`, "\x01", `\?`, "\x02", `\$`).Replace(quoted)
	return regexp.MustCompile("(?s)^" + quoted + "$").MatchString(text)
}

// resolved is an ARN with the values of its variables written out, where all
// have one.
func resolved(q *peerCase, arn string) string {
	literal := strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")
	for _, m := range variable.FindAllStringSubmatch(arn, -1) {
		if strings.Contains("*?$", m[1]) {
			continue
		}
		key, fallback, has := strings.Cut(m[1], ", '")
		if have, is := q.context(key); is && len(have.all()) == 1 {
			arn = strings.Replace(arn, m[0], literal.Replace(have.all()[0]), 1)
		} else if has {
			arn = strings.Replace(arn, m[0], strings.TrimSuffix(fallback, "'"), 1)
		}
	}
	return arn
}

func onlyDenies(docs []namedDoc) (out []namedDoc) {
	for _, d := range docs {
		d.Policy.Statement = slices.DeleteFunc(d.Policy.Statement, func(s statement) bool { return s.Effect == "Allow" })
		if len(d.Policy.Statement) > 0 {
			out = append(out, d)
		}
	}
	return append([]namedDoc{}, out...)
}

// namesSession reports whether a Principal element names everyone or the very
// session or federated user that asks.
func namesSession(q *peerCase, p any) bool {
	ids, is := p.(map[string]value)
	if !is {
		return p == "*"
	}
	return slices.ContainsFunc(ids["AWS"].all(), func(id string) bool { return id == "*" || q.kind != "role" && id == q.Request.Principal })
}

const rcpServices = `aoss appconfig appstream autoscaling cloudfront cloudsearch codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical cost-optimization-hub
	dax dynamodb ecr events firehose fis health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor
	opensearch pca-connector-ad polly pricing s3 secretsmanager signin sqs sts support textract timestream-influxdb transcribe transfer
	translate wafv2`

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// withoutValue is none where v holds a variable that has no value in the request.
func withoutValue(q *peerCase, v, none string) string {
	for _, m := range variable.FindAllStringSubmatch(v, -1) {
		if strings.Contains("*?$", m[1]) || strings.Contains(m[1], ",") {
			continue
		}
		if have, is := q.context(strings.TrimSpace(m[1])); !is || len(have.all()) != 1 {
			return none
		}
	}
	return v
}

// mapValues changes texts in place and reports whether any changed.
func mapValues(v value, change func(string) string) (changed bool) {
	for i := range v {
		if v[i] == listMark {
			continue
		}
		if to := change(v[i]); to != v[i] {
			v[i], changed = to, true
		}
	}
	return changed
}

// rewriteDocs changes the statements of a case in place.
func rewriteDocs(q *peerCase, change func(*policyDoc, *statement) bool) (changed bool) {
	q.documents(func(d *policyDoc) {
		for i := range d.Statement {
			changed = change(d, &d.Statement[i]) || changed
		}
	})
	return changed
}

// rewriteConditions changes the values of conditions in place.
func rewriteConditions(q *peerCase, change func(op, key string, list value) bool) bool {
	return rewriteDocs(q, func(_ *policyDoc, s *statement) (changed bool) {
		for op, keys := range s.Condition {
			for key, list := range keys {
				changed = change(op, key, list) || changed
			}
		}
		return changed
	})
}

// named reports whether an ARN in a policy names the one who asks, not through
// the account.
func (q *peerCase) named(id string) bool {
	role, _ := q.context("aws:PrincipalArn")
	return id == q.Request.Principal || q.kind != "user" && slices.Contains(role.all(), id)
}

// crossAccount reports whether the resource is another account's.
func (q *peerCase) crossAccount() bool {
	account, is := q.context("aws:PrincipalAccount")
	return !is || account[0] != q.Request.Resource.Account
}

// documents visits every document of the case.
func (q *peerCase) documents(visit func(*policyDoc)) {
	for _, list := range slices.Concat([][]namedDoc{q.IdentityPolicies, q.Boundary, q.EndpointPolicies}, policiesOf(q.ServiceControl), policiesOf(q.ResourceControl)) {
		for _, d := range list {
			visit(d.Policy)
		}
	}
	for _, d := range []*policyDoc{q.SessionPolicy, q.ResourcePolicy} {
		if d != nil {
			visit(d)
		}
	}
}

func policiesOf(levels []orgLevel) (lists [][]namedDoc) {
	for _, l := range levels {
		lists = append(lists, l.Policies)
	}
	return lists
}

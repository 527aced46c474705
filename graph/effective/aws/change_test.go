package aws

import (
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/graph/effective"
)

// versions is a customer managed policy whose first version is the default one.
func versions(name string, documents ...object) object {
	p := managed(name, documents[0])
	list := p["PolicyVersionList"].([]object)
	for i, d := range documents[1:] {
		v := object{"VersionId": "v" + string(rune('2'+i)), "IsDefaultVersion": false}
		if d != nil {
			v["Document"] = d
		}
		list = append(list, v)
	}
	p["PolicyVersionList"] = list
	return p
}

var (
	little = statement("s3:ListAllMyBuckets", "*", nil)
	ruling = []object{statement("iam:CreateRole", "*", nil), statement("iam:AttachRolePolicy", "*", nil)}
	noRole = object{"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*"}
)

// starts is an account with one user who has an inline policy and is attached to
// managed ones.
func starts(t *testing.T, inline object, names []string, policies ...object) world {
	t.Helper()
	for i := range names {
		names[i] = home + "policy/" + names[i]
	}
	return written(t, details(account1([]object{user("start", "AIDASTART00000000000", inline, attachedTo(names...))}, nil, policies...)))
}

// Of other versions only one that was read, binds the taker and makes an
// administrator counts; one that was not read is a gap.
func TestSetDefaultVersion(t *testing.T) {
	may := policyOf(statement("iam:SetDefaultPolicyVersion", home+"policy/*", nil))
	all, edge := policyOf(statement("*", "*", nil)), "user/start "+itself+" set-version-001 "
	for name, c := range map[string]struct {
		w    world
		want []string
		gap  bool
	}{
		"third version": {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), policyOf(little), all)), want: []string{edge + "proven"}},
		"not attached":  {w: starts(t, may, nil, versions("own", policyOf(little), all))},
		"no more":       {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), policyOf(statement("s3:*", "*", nil))))},
		"unread":        {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), nil)), gap: true},
		"one unread":    {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), nil, all)), want: []string{edge + "proven"}, gap: true},
		"other policy":  {w: starts(t, policyOf(statement("iam:SetDefaultPolicyVersion", home+"policy/other", nil)), []string{"own"}, versions("own", policyOf(little), all))},
		"with MFA":      {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), policyOf(statement("*", "*", object{"Bool": object{"aws:MultiFactorAuthPresent": "true"}})))), want: []string{edge + "inferred"}},
		"denied there":  {w: starts(t, may, []string{"own"}, versions("own", policyOf(little), policyOf(statement("*", "*", nil), object{"Effect": "Deny", "Action": "iam:*", "Resource": "*"})))},
		"denies elsewhere": {w: starts(t, may, []string{"guard", "own"}, managed("guard", policyOf(object{"Effect": "Deny", "Action": "iam:Attach*", "Resource": "*"})),
			versions("own", policyOf(little), all))},
	} {
		t.Run(name, func(t *testing.T) {
			wantSaid(t, c.w, c.want...)
			l := evaluate(t, snapshot(c.w.Result))
			got := slices.ContainsFunc(l.model.Gaps, func(g effective.Gap) bool { return strings.Contains(g.Why, "older version") })
			if got != c.gap {
				t.Errorf("a gap of versions: got %v, want %v", got, c.gap)
			}
		})
	}
}

// An organization that forbids the change, or what it would give, leaves nothing.
func TestChangeWithinOrganization(t *testing.T) {
	w := starts(t, policyOf(statement("iam:SetDefaultPolicyVersion", "*", nil)), []string{"own"}, versions("own", policyOf(little), policyOf(statement("*", "*", nil))))
	wantSaid(t, organize(w, fullAccess, fullAccess), "user/start "+itself+" set-version-001 proven")
	for _, action := range []string{"iam:SetDefaultPolicyVersion", "iam:Attach*"} {
		deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"` + action + `","Resource":"*"}]}`
		wantSaid(t, organize(w, deny, fullAccess))
	}
}

// A boundary is taken off only if it lets itself be, and matters only if there is
// more behind it.
func TestDropBoundary(t *testing.T) {
	drop := statement("iam:DeleteUserPermissionsBoundary", "*", nil)
	for name, c := range map[string]struct {
		inline, boundary object
		want             []string
	}{
		"off":          {policyOf(slices.Concat(ruling, []object{drop})...), policyOf(little, drop), []string{"drop-boundary-001"}},
		"keeps itself": {policyOf(slices.Concat(ruling, []object{drop})...), policyOf(little), nil},
		"nothing more": {policyOf(little, drop), policyOf(little, drop), nil},
		"leaves all":   {policyOf(slices.Concat(ruling, []object{drop})...), policyOf(statement("iam:*", "*", nil)), []string{"new-role-001"}},
		"no wider one": {policyOf(slices.Concat(ruling, []object{drop, noRole})...), policyOf(little, drop), nil},
		"only of its own kind": {policyOf(slices.Concat(ruling, []object{drop})...),
			policyOf(little, statement("iam:DeleteUserPermissionsBoundary", "*", object{"StringEquals": object{"iam:PermissionsBoundary": home + "policy/other"}})), nil},
	} {
		t.Run(name, func(t *testing.T) {
			u := bounded(user("start", "AIDASTART00000000000", c.inline, nil), "bound")
			var want []string
			for _, id := range c.want {
				want = append(want, "user/start "+itself+" "+id+" proven")
			}
			wantSaid(t, written(t, details(account1([]object{u}, nil, managed("bound", c.boundary)))), want...)
		})
	}
}

// A denial is lifted by one removal or not at all.
func TestDropDeny(t *testing.T) {
	may := func(condition object) object {
		return policyOf(slices.Concat(ruling, []object{statement("iam:DetachUserPolicy", home+"user/start", condition)})...)
	}
	guard := func(name string) object { return managed(name, policyOf(noRole)) }
	edge := "user/start " + itself + " drop-deny-001 "
	arnIs := func(name string) object {
		return object{"ArnEquals": object{"iam:PolicyARN": home + "policy/" + name}}
	}
	for name, c := range map[string]struct {
		w    world
		want []string
	}{
		"one":              {starts(t, may(nil), []string{"guard"}, guard("guard")), []string{edge + "proven"}},
		"two":              {starts(t, may(nil), []string{"guard", "second"}, guard("guard"), guard("second")), nil},
		"named":            {starts(t, may(arnIs("guard")), []string{"guard"}, guard("guard")), []string{edge + "proven"}},
		"another is named": {starts(t, may(arnIs("other")), []string{"guard"}, guard("guard")), nil},
		"denies detaching": {starts(t, may(nil), []string{"guard"}, managed("guard", policyOf(noRole, object{"Effect": "Deny", "Action": "iam:Detach*", "Resource": "*"}))), nil},
		"holds nothing back": {starts(t, may(nil), []string{"guard"}, managed("guard", policyOf(object{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}))),
			[]string{"user/start " + itself + " new-role-001 proven"}},
		"holds the rights": {starts(t, policyOf(statement("iam:DetachUserPolicy", "*", nil)), []string{"guard"}, managed("guard", policyOf(slices.Concat(ruling, []object{noRole})...))), nil},
		"unless MFA": {starts(t, may(nil), []string{"guard"}, managed("guard", policyOf(object{"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*", "Condition": object{"BoolIfExists": object{"aws:MultiFactorAuthPresent": "false"}}}))),
			[]string{edge + "proven", "user/start " + itself + " new-role-001 inferred"}},
	} {
		t.Run(name, func(t *testing.T) { wantSaid(t, c.w, c.want...) })
	}
}

// A policy that denies by a group, too, is not lifted by detaching it from oneself.
func TestDropDenyOfGroup(t *testing.T) {
	inline := policyOf(slices.Concat(ruling, []object{statement("iam:DetachUserPolicy", "*", nil)})...)
	for _, both := range []bool{false, true} {
		u := user("start", "AIDASTART00000000000", inline, attachedTo(home+"policy/guard"), "g")
		d := account1([]object{u}, nil, managed("guard", policyOf(noRole)))
		var list, want []string
		if both {
			list = append(list, home+"policy/guard")
		} else {
			want = append(want, "user/start "+itself+" drop-deny-001 proven")
		}
		d["GroupDetailList"].([]object)[0]["AttachedManagedPolicies"] = attachedTo(list...)
		wantSaid(t, written(t, details(d)), want...)
	}
}

package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// The shapes of GetAccountAuthorizationDetails (IAM API Reference), as the AWS
// CLI prints them; what the SDK returns is brought into the same JSON. Fields
// that are not needed, or that change without anybody doing anything
// (AttachmentCount), are left out.

type userDetail struct {
	UserName, UserId, Arn, Path string
	CreateDate                  when
	PasswordLastUsed            when // ListUsers only
	GroupList                   []string
	UserPolicyList              []inlinePolicy
	AttachedManagedPolicies     []attachedPolicy
	PermissionsBoundary         *boundary
	Tags                        []tag

	era string // tells it apart from the present user of its name where it has no id
}

type groupDetail struct {
	GroupName, GroupId, Arn, Path string
	CreateDate                    when
	GroupPolicyList               []inlinePolicy
	AttachedManagedPolicies       []attachedPolicy
}

type roleDetail struct {
	RoleName, RoleId, Arn, Path string
	CreateDate                  when
	AssumeRolePolicyDocument    body
	RolePolicyList              []inlinePolicy
	AttachedManagedPolicies     []attachedPolicy
	InstanceProfileList         []instanceProfile
	PermissionsBoundary         *boundary
	RoleLastUsed                *lastUsed // nil: nobody asked
	Tags                        []tag
	Description                 string // ListRoles only
	MaxSessionDuration          int64  // ListRoles only, seconds
}

type policyDetail struct {
	PolicyName, PolicyId, Arn, Path string
	Description, DefaultVersionId   string
	CreateDate, UpdateDate          when
	PolicyVersionList               []policyVersion
}

type policyVersion struct {
	VersionId        string
	IsDefaultVersion bool
	CreateDate       when
	Document         body
}

type inlinePolicy struct {
	PolicyName     string
	PolicyDocument body
}

type attachedPolicy struct{ PolicyName, PolicyArn string }

type boundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

type instanceProfile struct {
	InstanceProfileName, InstanceProfileId, Arn, Path string
	CreateDate                                        when
	Roles                                             []roleDetail
	Tags                                              []tag
}

type lastUsed struct {
	LastUsedDate        when
	Region, ServiceName string
}

type tag struct{ Key, Value string }

// A when is a time in any of the forms in which the AWS CLI writes one: ISO
// 8601, or seconds since 1970 (its version 1, "cli_timestamp_format = none").
type when struct {
	time.Time
	odd string // what stood there, when it is no time
}

func (w *when) UnmarshalJSON(b []byte) error {
	*w = when{}
	var s string
	if json.Unmarshal(b, &s) != nil {
		if seconds, err := strconv.ParseFloat(string(b), 64); err == nil && seconds > 0 && seconds < 1e11 {
			w.Time = time.Unix(int64(seconds), 0).UTC()
		} else if string(b) != "null" {
			w.odd = text(string(b))
		}
		return nil
	}
	*w = parseTime(s)
	return nil
}

// parseTime reads a time as AWS or its tools write it. The words for none are
// those of the credential report.
func parseTime(s string) when {
	switch s {
	case "", "N/A", "n/a", "no_information", "not_supported", "None", "null":
		return when{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return when{Time: t.UTC().Truncate(time.Second)}
		}
	}
	return when{odd: text(s)}
}

// A body is a policy: an object, or its text, URL-encoded or not.
type body string

func (d *body) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case bytes.Equal(b, []byte("null")):
		*d = ""
	case json.Unmarshal(b, &s) == nil:
		*d = body(unescaped(s))
	default:
		*d = body(compact(string(b)))
	}
	return nil
}

// A problem is a place in what was read that could not be.
type problem struct {
	where string
	err   error
	note  bool // it weakens nothing
}

// details are the principals and policies of one account.
type details struct {
	users    []userDetail
	groups   []groupDetail
	roles    []roleDetail
	policies []policyDetail

	seen     map[string]string     // "<list> <arn>" -> the item, as JSON
	ids      map[string]string     // "<list> <id>" -> its key in seen
	refs     map[string]drover.Ref // by ARN, and by "user/<name>", "group/<name>"
	problems map[string][]problem  // by list

	former []userDetail             // whose names are now others'
	lives  map[string][]*userDetail // all that had a name, newest first
}

const (
	listUsers    = "UserDetailList"
	listGroups   = "GroupDetailList"
	listRoles    = "RoleDetailList"
	listPolicies = "Policies"
)

func newDetails() *details {
	return &details{seen: map[string]string{}, ids: map[string]string{}, refs: map[string]drover.Ref{}, problems: map[string][]problem{}, lives: map[string][]*userDetail{}}
}

func (d *details) trouble(list, where string, err error) {
	d.problems[list] = append(d.problems[list], problem{where: where, err: err})
}

func (d *details) note(list, where, text string) {
	d.problems[list] = append(d.problems[list], problem{where: where, err: errors.New(text), note: true})
}

// add takes one item of one list. Repeated reports whether it was there before:
// then nothing is added.
func (d *details) add(list, where string, raw json.RawMessage) (repeated bool) {
	switch list {
	case listUsers:
		return take(d, list, where, raw, &d.users, func(v *userDetail) (id *string, arn, name string) { return &v.UserId, v.Arn, v.UserName })
	case listGroups:
		return take(d, list, where, raw, &d.groups, func(v *groupDetail) (id *string, arn, name string) { return &v.GroupId, v.Arn, v.GroupName })
	case listRoles:
		return take(d, list, where, raw, &d.roles, func(v *roleDetail) (id *string, arn, name string) { return &v.RoleId, v.Arn, v.RoleName })
	}
	return take(d, list, where, raw, &d.policies, func(v *policyDetail) (id *string, arn, name string) { return &v.PolicyId, v.Arn, v.PolicyName })
}

// take appends an item that is not there yet. What makes it one is its ARN: ids
// that are made up, as in examples, repeat.
func take[T any](d *details, list, where string, raw json.RawMessage, to *[]T, names func(*T) (id *string, arn, name string)) (repeated bool) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		d.trouble(list, where, fmt.Errorf("not what IAM calls one: %s: %w", sayable(err.Error()), drover.ErrInvalid))
		return false
	}
	id, arn, name := names(&v)
	if *id == "" && name == "" && arn == "" {
		d.trouble(list, where, fmt.Errorf("neither an id nor a name: %w", drover.ErrInvalid))
		return false
	}
	key, whole := list+" "+firstOf(arn, drover.Named(name), *id), compact(string(raw))
	if before, ok := d.seen[key]; ok {
		if other := idOf(before, list); list == listUsers && *id != "" && other != "" && other != *id {
			d.replace(raw, where)
		} else if before != whole {
			d.note(list, where, fmt.Sprintf("%s is described twice, differently; the first is taken", sayable(firstOf(name, arn))))
		}
		return true
	}
	d.seen[key] = whole
	if other, taken := d.ids[list+" "+*id]; taken && *id != "" && other != key {
		d.note(list, where, fmt.Sprintf("%s has the id of another; it is known by its name", sayable(firstOf(name, arn))))
		*id = ""
	} else {
		d.ids[list+" "+*id] = key
	}
	*to = append(*to, v)
	return false
}

// idOf is the immutable id in an item of a list of users.
func idOf(item, list string) string {
	var u struct{ UserId string }
	if list == listUsers {
		_ = json.Unmarshal([]byte(item), &u)
	}
	return u.UserId
}

// replace takes a user whose name another has already: the one created last has
// it now.
func (d *details) replace(raw json.RawMessage, where string) {
	var u userDetail
	if json.Unmarshal(raw, &u) != nil {
		return // take has read it before
	}
	for i := range d.users {
		o := &d.users[i]
		if o.UserName != u.UserName || o.Arn != u.Arn {
			continue
		}
		switch c := u.CreateDate.Compare(o.CreateDate.Time); {
		case c == 0 || u.CreateDate.IsZero() || o.CreateDate.IsZero():
			d.trouble(listUsers, where, fmt.Errorf("%s has two ids, and nothing says which is the present user's; the first is taken: %w", sayable(u.UserName), drover.ErrInvalid))
		case c > 0:
			d.former = append(d.former, *o)
			*o = u
			d.seen[listUsers+" "+firstOf(u.Arn, drover.Named(u.UserName), u.UserId)] = compact(string(raw))
		default:
			d.former = append(d.former, u)
		}
		return
	}
}

// index names every node by what others in the account call it.
func (d *details) index(a *account) {
	for i := range d.users {
		u := &d.users[i]
		u.Arn = firstOf(u.Arn, a.arnOf("user", u.Path, u.UserName))
		d.name("user", u.Arn, u.UserName, a.userRef(u))
		d.live(u)
	}
	for i := range d.former {
		d.live(&d.former[i])
	}
	for i := range d.groups {
		g := &d.groups[i]
		g.Arn = firstOf(g.Arn, a.arnOf("group", g.Path, g.GroupName))
		d.name("group", g.Arn, g.GroupName, a.principalRef("group", g.GroupId, g.GroupName))
	}
	for i := range d.roles {
		r := &d.roles[i]
		r.Arn = firstOf(r.Arn, a.arnOf("role", r.Path, r.RoleName))
		d.name("role", r.Arn, r.RoleName, a.principalRef("role", r.RoleId, r.RoleName))
	}
	for i := range d.policies {
		p := &d.policies[i]
		d.name("policy", p.Arn, "", a.policyRef(p))
	}
}

func (d *details) name(sort, arn, name string, ref drover.Ref) {
	if arn != "" {
		d.refs[arn] = ref
	}
	if _, taken := d.refs[sort+"/"+name]; name != "" && !taken {
		d.refs[sort+"/"+name] = ref
	}
}

func firstOf(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

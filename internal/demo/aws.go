package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// AWS is written as the AWS CLI prints it: pages of get-account-authorization-details,
// lists of access keys, and a credential report.

type object = map[string]any

// An account collects one page at a time.
type account struct {
	dir                string
	id                 string
	users, roles, keys []object
	policies           []object
	page               int
	report             *bufio.Writer
	close              func() error
	err                error
}

// principalsOfPage bounds what is held in memory.
const principalsOfPage = 500

const reportHead = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"

func (w *world) awsAccount() *account {
	if w.aws != nil {
		return w.aws
	}
	a := &account{dir: filepath.Join(w.dir, "aws"), id: w.org.account}
	w.aws = a
	if a.err = os.MkdirAll(a.dir, 0o755); a.err != nil {
		return a
	}
	f, err := os.Create(filepath.Join(a.dir, "credential-report.csv"))
	if err != nil {
		a.err = err
		return a
	}
	a.report = bufio.NewWriter(f)
	a.close = func() error { return errors.Join(a.report.Flush(), f.Close()) }
	_, a.err = a.report.WriteString(reportHead)
	return a
}

func (a *account) arn(rest string) string { return "arn:aws:iam::" + a.id + ":" + rest }

// flush writes a page.
func (a *account) flush(last bool) {
	if len(a.users)+len(a.roles) == 0 && !last || a.err != nil {
		return
	}
	a.page++
	number := fmt.Sprintf("-%04d.json", a.page)
	a.write("get-account-authorization-details"+number, object{"UserDetailList": list(a.users), "RoleDetailList": list(a.roles), "GroupDetailList": []object{}, "Policies": list(a.policies), "IsTruncated": !last})
	a.write("list-access-keys"+number, object{"AccessKeyMetadata": list(a.keys)})
	a.users, a.roles, a.keys, a.policies = nil, nil, nil, nil
}

func list(l []object) []object {
	if l == nil {
		return []object{}
	}
	return l
}

func (a *account) write(name string, v any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(filepath.Join(a.dir, name), b, 0o644)
	}
	a.err = errors.Join(a.err, err)
}

// end writes the last page and closes the report.
func (a *account) end(w *world) error {
	o := w.org
	w.file("places").edge(o.teams[0].ref, drover.NewRef("aws", a.id, "iam.root", a.id), drover.EdgeOwns, "alternate contact of the account")
	if a.err == nil {
		_, a.err = a.report.WriteString(w.rootRow())
	}
	a.flush(true)
	a.write("list-open-id-connect-providers.json", object{"OpenIDConnectProviderList": []object{{"Arn": a.arn("oidc-provider/" + githubIssuer)}, {"Arn": a.arn("oidc-provider/" + o.issuer)}}})
	if a.close != nil {
		a.err = errors.Join(a.err, a.close())
	}
	if a.err != nil {
		return fmt.Errorf("write the AWS account: %w", a.err)
	}
	return nil
}

// rootRow is what the credential report says of the root user.
func (w *world) rootRow() string {
	made, key := awsTime(w.ago(2000)), "false,N/A,N/A,N/A,N/A"
	if w.rootKey {
		used := "N/A,N/A,N/A"
		if w.rootUse {
			used = awsTime(w.ago(max(2, w.age()))) + ",us-east-1,iam"
		}
		key = "true," + awsTime(w.ago(max(9, w.age()+1))) + "," + used
	}
	return "<root_account>,arn:aws:iam::" + w.org.account + ":root," + made + ",not_supported,no_information,not_supported,not_supported," + strconv.FormatBool(!w.rootNoMFA) + "," + key + ",false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
}

const githubIssuer = "token.actions.githubusercontent.com"

func awsTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func awsTags(m map[string]string) []object {
	out := []object{}
	for _, k := range sortedKeys(m) {
		out = append(out, object{"Key": k, "Value": m[k]})
	}
	return out
}

func policyDocument(statements ...object) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}

func allow(resource any, actions ...string) object {
	return object{"Effect": "Allow", "Action": actions, "Resource": resource}
}

// needs is what a good identity may do: read one prefix of its team's own bucket.
func (w *world) needs(i *identity) object {
	bucket := "arn:aws:s3:::" + w.org.slug + "-" + i.team.name + "-" + i.env
	return policyDocument(allow([]string{bucket + "/" + i.function + "/*"}, "s3:GetObject"), allow([]string{bucket}, "s3:ListBucket"))
}

var awsUser = &platform{source: "aws", label: "AWS", share: 30,
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = w.org.style.name(i.function, i.env, 0), "AIDA"+d.text(upperNum, 17)
		i.ref = drover.NewRef("aws", w.org.account, "iam.user", i.id)
		c := &credential{id: d.text(upperNum, 16), born: i.born, rotated: float64(d.between(2, 26)), every: 28, use: i.use}
		c.ref = w.awsKey(c)
		i.creds = []*credential{c}
		i.attrs = map[string]any{"policy": w.needs(i), "path": "/service/" + i.team.name + "/"}
	},
	write: writeUser,
}

// awsKey is the ref of an access key as the moment knew it: rotation makes another.
func (w *world) awsKey(c *credential) drover.Ref {
	return drover.NewRef("aws", w.org.account, "iam.access_key", w.keyID(c))
}

func (w *world) keyID(c *credential) string {
	ago, ok := w.last(c.rotated, c.every, c.born)
	if !ok || c.rotated == 0 || c.every == 0 {
		return "AKIA" + c.id
	}
	return "AKIA" + c.id[:13] + fmt.Sprintf("%03d", int((ago-c.rotated)/c.every))
}

func writeUser(w *world, i *identity) {
	a := w.awsAccount()
	path, _ := i.attrs["path"].(string)
	arn := a.arn("user" + path + i.name)
	u := object{"UserName": i.name, "UserId": i.id, "Arn": arn, "Path": path, "CreateDate": awsTime(w.ago(i.born)), "GroupList": []string{}, "UserPolicyList": []object{}, "AttachedManagedPolicies": []object{}, "Tags": awsTags(w.tagged(i))}
	w.policies(u, i, "UserPolicyList")
	a.users = append(a.users, u)
	row := []string{i.name, arn, awsTime(w.ago(i.born)), "false", "N/A", "N/A", "N/A", "false"}
	if i.attrs["console"] != nil {
		console, _ := i.attrs["console"].(float64)
		row[3], row[4], row[5] = "true", awsTime(w.ago(console)), awsTime(w.ago(i.born))
	}
	for n := range 2 {
		if n >= len(i.creds) || !w.seen(i.creds[n].born, 0) {
			row = append(row, "false", "N/A", "N/A", "N/A", "N/A")
			continue
		}
		row = append(row, w.writeKey(a, i, i.creds[n])...)
	}
	for n, v := range append(row, "false", "N/A", "false", "N/A") {
		if n > 0 {
			v = "," + v
		}
		_, err := a.report.WriteString(v)
		a.err = errors.Join(a.err, err)
	}
	a.err = errors.Join(a.err, a.report.WriteByte('\n'))
	w.around(w.file("places"), i)
	a.full()
}

// writeKey lists a key, and returns what the report says of it.
func (w *world) writeKey(a *account, i *identity, c *credential) []string {
	created := w.ago(c.born)
	if ago, ok := w.last(c.rotated, c.every, c.born); ok && c.rotated > 0 {
		created = w.ago(ago)
	}
	status := "Active"
	if c.off {
		status = "Inactive"
	}
	id := w.keyID(c)
	a.keys = append(a.keys, object{"UserName": i.name, "AccessKeyId": id, "Status": status, "CreateDate": awsTime(created)})
	c.ref = w.awsKey(c)
	for _, p := range c.places {
		w.stored(c.ref, p)
	}
	out := []string{strconv.FormatBool(!c.off), awsTime(created), "no_information", "N/A", "N/A"}
	if c.use.never {
		out[2] = "N/A"
	} else if ago, ok := w.last(c.use.ago, c.use.every, c.born); ok && !c.use.unknown {
		out[2], out[3], out[4] = awsTime(w.ago(ago)), "eu-central-1", "s3"
	}
	return out
}

// around tells who made what AWS itself does not say, as its audit log does, and
// what else was planted.
func (w *world) around(out *file, i *identity) {
	if i.creator != nil {
		out.edge(i.creator.ref(), i.ref, drover.EdgeCreated, "CloudTrail CreateUser")
	}
	if i.extra != nil {
		i.extra(w, out)
	}
}

// policies attaches what an identity may do.
func (w *world) policies(p object, i *identity, inline string) {
	if doc, ok := i.attrs["policy"].(object); ok {
		p[inline] = []object{{"PolicyName": i.function, "PolicyDocument": doc}}
	}
	for _, g := range i.grants {
		attached, _ := p["AttachedManagedPolicies"].([]object)
		p["AttachedManagedPolicies"] = append(attached, object{"PolicyName": g, "PolicyArn": "arn:aws:iam::aws:policy/" + g})
	}
}

func (a *account) full() {
	if len(a.users)+len(a.roles) >= principalsOfPage {
		a.flush(false)
	}
}

var awsRole = &platform{source: "aws", label: "AWS", share: 90,
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = w.org.style.name(i.function, i.env, 0), "AROA"+d.text(upperNum, 17)
		i.ref = drover.NewRef("aws", w.org.account, "iam.role", i.id)
		i.attrs = map[string]any{"policy": w.needs(i), "path": "/"}
		switch d.n(3) {
		case 0:
			i.attrs["trust"] = trustOf(object{"Service": pick(d, []string{"lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"})}, "sts:AssumeRole", nil)
		case 1:
			i.attrs["trust"] = w.trustGitHub("repo:" + w.org.slug + "/" + i.team.name + "-" + i.function + ":environment:" + i.env)
		case 2:
			i.attrs["trust"] = trustOf(object{"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", nil)
		}
	},
	write: writeRole,
}

func trustOf(principal object, action string, condition object) object {
	s := object{"Effect": "Allow", "Principal": principal, "Action": action}
	if condition != nil {
		s["Condition"] = condition
	}
	return policyDocument(s)
}

// trustGitHub trusts the builds of one subject.
func (w *world) trustGitHub(sub string) object {
	return trustOf(object{"Federated": "arn:aws:iam::" + w.org.account + ":oidc-provider/" + githubIssuer}, "sts:AssumeRoleWithWebIdentity",
		object{"StringEquals": object{githubIssuer + ":aud": "sts.amazonaws.com", githubIssuer + ":sub": sub}})
}

func writeRole(w *world, i *identity) {
	a := w.awsAccount()
	r := object{"RoleName": i.name, "RoleId": i.id, "Arn": a.arn("role" + i.attrs["path"].(string) + i.name), "Path": i.attrs["path"], "CreateDate": awsTime(w.ago(i.born)), "AssumeRolePolicyDocument": i.attrs["trust"], "InstanceProfileList": []object{},
		"RolePolicyList": []object{}, "AttachedManagedPolicies": []object{}, "Tags": awsTags(w.tagged(i))}
	w.policies(r, i, "RolePolicyList")
	switch ago, ok := w.last(i.use.ago, i.use.every, i.born); {
	case i.use.unknown:
	case ok && !i.use.never:
		r["RoleLastUsed"] = object{"LastUsedDate": awsTime(w.ago(ago)), "Region": "eu-central-1"}
	default:
		r["RoleLastUsed"] = object{}
	}
	a.roles = append(a.roles, r)
	w.around(w.file("places"), i)
	a.full()
}

package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/droverhq/drover"
)

// An export is one file that the AWS CLI, or a tool of the same shapes, wrote.
type export struct {
	path    string
	at      time.Time // of its last change
	account string    // 12 digits, "" when nothing in it says
	items   map[string][]json.RawMessage
	values  map[string]json.RawMessage
	rows    []reportRow // of a credential report
	written time.Time   // when IAM wrote the report
	damage  []problem
	odd     []json.RawMessage // policies that lack what a list of policies has
	more    bool              // its last page says that more follows
	json    bool              // it begins as JSON does

	resources []resource // of a list of what Terraform manages

	older map[string]*export // by list: a newer reading of the same list, see supersede
}

// lists are the keys of answers that hold several things of IAM, and what each
// of these has at least. Other services use some of the same keys.
var lists = map[string][]string{
	listUsers: nil, listGroups: nil, listRoles: nil,
	listPolicies: {"PolicyName"}, "Users": {"UserName"}, "Roles": {"RoleName", "AssumeRolePolicyDocument"}, "Groups": {"GroupName"},
	"AccessKeyMetadata": {"AccessKeyId"}, "MFADevices": {"SerialNumber"}, "ServiceSpecificCredentials": {"ServiceSpecificCredentialId"}, "Certificates": {"CertificateId", "UserName"},
	"SSHPublicKeys": {"SSHPublicKeyId"}, "ServerCertificateMetadataList": {"ServerCertificateId"}, "OpenIDConnectProviderList": {"Arn"}, "SAMLProviderList": {"Arn"},
	"InstanceProfiles": {"InstanceProfileName"}, "AccountAliases": nil,
}

// singles are the keys of answers that hold one thing.
var singles = []string{"LoginProfile", "SSHPublicKey", "SummaryMap", "PasswordPolicy", "AccessKeyLastUsed", "UserName", "Content", "GeneratedTime", "ReportFormat", "Account", "Arn", "UserId", "IsTruncated", "NextToken", "Marker", "Role", "User"}

// ours reports whether anything in the export is IAM's.
func (e *export) ours() bool {
	return len(e.items) > 0 || e.rows != nil || len(e.resources) > 0 || e.identity() ||
		slices.ContainsFunc([]string{"LoginProfile", "SSHPublicKey", "SummaryMap", "PasswordPolicy", "AccessKeyLastUsed", "Role", "User"}, func(k string) bool { return e.values[k] != nil })
}

// identity reports whether it is the answer of sts get-caller-identity.
func (e *export) identity() bool {
	return isAccount(e.text("Account")) && e.text("Arn") != "" && e.text("UserId") != ""
}

func (e *export) text(key string) string {
	var s string
	_ = json.Unmarshal(e.values[key], &s)
	return s
}

// maxItem bounds one thing in a file: a role of AWS has some hundred KB at most.
const maxItem = 16 << 20

// maxPagesInFile bounds how many answers one file may hold.
const maxPagesInFile = 100_000

// readExport reads what IAM answered, from JSON (one answer, several behind each
// other, or a list of them) or a credential report in CSV. What could be read of
// a broken file stays; the damage says where it broke.
func readExport(r io.Reader, path string) *export {
	e := &export{path: path, items: map[string][]json.RawMessage{}, values: map[string]json.RawMessage{}}
	in := decoded(r)
	head, _ := in.Peek(64)
	e.json = looksLikeJSON(head)
	switch {
	case bytes.HasPrefix(head, []byte("user,arn,")), bytes.HasPrefix(head, []byte("dXNlcixh")): // "user,a" in base64
		b, err := io.ReadAll(io.LimitReader(in, maxReport+1))
		e.rows, err = parseReportOr(b, err)
		e.fail(path, err)
	default:
		e.fail(path, e.readJSON(in))
	}
	if e.detailed() {
		e.items[listPolicies] = append(e.items[listPolicies], e.odd...)
	}
	e.odd = nil
	e.report()
	e.account = e.accountOf()
	return e
}

func parseReportOr(b []byte, err error) ([]reportRow, error) {
	if err != nil {
		return nil, err
	}
	rows, err := parseReport(b)
	if rows == nil {
		rows = []reportRow{}
	}
	return rows, err
}

func (e *export) fail(where string, err error) {
	if err != nil {
		e.damage = append(e.damage, problem{where: where, err: err})
	}
}

func (e *export) readJSON(r io.Reader) error {
	g := &gate{r: r, left: maxItem}
	d := jsontext.NewDecoder(g, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for range maxPagesInFile {
		switch d.PeekKind() {
		case '[':
			if _, err := d.ReadToken(); err != nil {
				return e.broke(d, err)
			}
			for d.PeekKind() == '{' {
				if err := e.page(g, d); err != nil {
					return err
				}
			}
			for d.PeekKind() != ']' {
				if err := d.SkipValue(); err != nil {
					return e.broke(d, err)
				}
			}
			if _, err := d.ReadToken(); err != nil {
				return e.broke(d, err)
			}
		case '{':
			if err := e.page(g, d); err != nil {
				return err
			}
		default:
			if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return e.broke(d, err)
			}
		}
	}
	return fmt.Errorf("%s: more than %d answers in one file: %w", e.path, maxPagesInFile, drover.ErrInvalid)
}

func (e *export) broke(d *jsontext.Decoder, err error) error {
	if errors.Is(err, drover.ErrInvalid) {
		return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
	}
	return fmt.Errorf("byte %d: the JSON breaks off or is none (%s); what stands before it is read: %w", d.InputOffset(), sayable(innermost(err).Error()), drover.ErrInvalid)
}

// page reads one answer.
func (e *export) page(g *gate, d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return e.broke(d, err)
	}
	e.more = false
	var managed resource
	for d.PeekKind() == '"' {
		g.left = maxItem
		key, err := d.ReadToken()
		if err != nil {
			return e.broke(d, err)
		}
		name := key.String()
		needs, isList := lists[name]
		switch kind := d.PeekKind(); {
		case isList && kind == '[':
			err = e.list(g, d, name, needs)
		case slices.Contains(singles, name):
			var v jsontext.Value
			if v, err = d.ReadValue(); err == nil {
				e.values[name] = json.RawMessage(slices.Clone(v))
				e.more = e.more || name == "IsTruncated" && string(v) == "true" || name == "NextToken" && kind == '"'
			}
		case managed.field(name) != nil:
			var v jsontext.Value
			if v, err = d.ReadValue(); err == nil {
				*managed.field(name) = json.RawMessage(slices.Clone(v))
			}
		default:
			err = d.SkipValue()
		}
		if err != nil {
			return e.broke(d, err)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return e.broke(d, err)
	}
	if managed.ours() {
		if len(e.resources) >= maxObjects {
			return fmt.Errorf("%s: more than %d resources: %w", e.path, maxObjects, drover.ErrInvalid)
		}
		e.resources = append(e.resources, managed)
	}
	return nil
}

// list reads the items of one list, each bounded.
func (e *export) list(g *gate, d *jsontext.Decoder, name string, needs []string) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	foreign := false
	for first := true; d.PeekKind() != ']'; first = false {
		g.left = maxItem
		v, err := d.ReadValue()
		if err != nil {
			return err
		}
		// Another service has a list of this name: its items are not of IAM.
		foreign = foreign || first && !hasKeys(v, needs)
		if foreign && name == listPolicies {
			e.odd = append(e.odd, json.RawMessage(slices.Clone(v))) // ours if the rest of the answer is
		} else if !foreign {
			e.items[name] = append(e.items[name], json.RawMessage(slices.Clone(v)))
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if len(needs) == 0 && e.items[name] == nil {
		e.items[name] = []json.RawMessage{} // an empty list says that there are none
	}
	return nil
}

func hasKeys(v []byte, keys []string) bool {
	if len(keys) == 0 {
		return true
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(v, &m) != nil {
		return false
	}
	for _, k := range keys {
		if _, ok := m[k]; !ok {
			return false
		}
	}
	return true
}

// A gate lets through a bounded number of bytes between two items, for the
// decoder holds a whole one in memory.
type gate struct {
	r    io.Reader
	left int64
}

func (g *gate) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("one item of more than %d MiB: %w", maxItem>>20, drover.ErrInvalid)
	}
	n, err := g.r.Read(b[:min(int64(len(b)), g.left)])
	g.left -= int64(n)
	return n, err
}

// report reads the credential report in the answer of get-credential-report: in
// base64, or plain where a tool has decoded it.
func (e *export) report() {
	content := e.text("Content")
	if content == "" || e.values["GeneratedTime"] == nil {
		return
	}
	var err error
	e.rows, err = parseReportOr([]byte(content), nil)
	e.fail(e.path, err)
	var w when
	if json.Unmarshal(e.values["GeneratedTime"], &w) == nil {
		e.written = w.Time
	}
}

var inARN = regexp.MustCompile(`arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):`)

// accountOf is the account that the ARNs of the things in the export agree on
// most, else the one in the file's name.
func (e *export) accountOf() string {
	if e.identity() {
		return e.text("Account")
	}
	votes := map[string]int{}
	for name, list := range e.items {
		for _, item := range list {
			var v struct{ Arn, SerialNumber string }
			if json.Unmarshal(item, &v) == nil && name != "AccountAliases" {
				if m := inARN.FindStringSubmatch(v.Arn + " " + v.SerialNumber); m != nil {
					votes[m[1]]++
				}
			}
		}
	}
	for _, k := range []string{"Role", "User"} {
		if m := inARN.FindSubmatch(e.values[k]); m != nil {
			votes[string(m[1])]++
		}
	}
	for _, r := range e.rows {
		if m := inARN.FindStringSubmatch(r["arn"]); m != nil {
			votes[m[1]]++
		}
	}
	best := ""
	for id, n := range votes {
		if n > votes[best] || n == votes[best] && id < best {
			best = id
		}
	}
	if best == "" {
		best = digits(filepath.Base(e.path))
	}
	return best
}

var twelve = regexp.MustCompile(`(?:^|[^0-9])([0-9]{12})(?:[^0-9]|$)`)

// digits is the account number in a name.
func digits(name string) string {
	if m := twelve.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// partitionIn is the partition of the ARNs in an export.
func (e *export) partitionIn() string {
	for _, list := range e.items {
		for _, item := range list {
			var v struct{ Arn string }
			if json.Unmarshal(item, &v) != nil {
				continue
			}
			if a, ok := parseARN(v.Arn); ok && strings.HasPrefix(a.partition, "aws") {
				return a.partition
			}
		}
	}
	return ""
}

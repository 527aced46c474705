package aws

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

// ref names a thing of the account by its immutable id, or by drover.Named.
func (a *account) ref(typ, id string) drover.Ref { return drover.NewRef("aws", a.id, typ, id) }

// regional names a thing that has no immutable id and is unique in one region.
func (a *account) regional(typ, region, name string) drover.Ref {
	return a.ref(typ, drover.Named(region+":"+text(name)))
}

// arnEnd is the end of an edge that only its ARN names.
func (a *account) arnEnd(arn string) drover.Ref {
	if scheme, _, ok := strings.Cut(arn, ":"); !ok || scheme == "" {
		arn = "aws-name:" + arn // what files hold in its place
	}
	return drover.UnseenRef(text(arn))
}

// root is the root user of the account.
func (a *account) root() drover.Ref { return a.ref("iam.root", a.id) }

// self is the account itself.
func (a *account) self() drover.Ref { return a.ref("account", a.id) }

// arn spells an ARN of IAM in this account.
func (a *account) arn(resource string) string {
	return "arn:" + a.partition + ":iam::" + a.id + ":" + resource
}

// An arn is what stands between the colons of one.
type arn struct{ partition, service, region, account, resource string }

// parseARN splits "arn:<partition>:<service>:<region>:<account>:<resource>".
func parseARN(s string) (arn, bool) {
	p := strings.SplitN(s, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" {
		return arn{}, false
	}
	return arn{p[1], p[2], p[3], p[4], p[5]}, true
}

// isAccount reports whether s is an account id.
func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// last is what stands behind the last slash: the name in an ARN with a path.
func last(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// maxText bounds a name or a description in bytes; IAM's longest have 1000.
const maxText = 4096

// text bounds a string of the API and makes it valid UTF-8.
func text(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return clean(s)
}

// clean makes a string valid UTF-8, so that it is the same before and after it
// was written as JSON.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// unescaped undoes the URL encoding in which IAM hands out policies (RFC 3986, so a
// plus sign is one). What is not encoded stays as it is.
func unescaped(s string) string {
	if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") || !strings.Contains(s, "%") {
		return s
	}
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

// compact takes the white space out of JSON; what is none stays as it is.
func compact(s string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(s)) != nil {
		return s
	}
	return b.String()
}

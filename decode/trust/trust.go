// Package trust reads documents that say whom a resource of AWS lets in: the
// trust policy of a role (AssumeRolePolicyDocument), and the principals of any
// policy in the same grammar (AWS IAM User Guide, "Grammar of the IAM JSON policy
// language" and "AWS JSON policy elements: Principal").
//
// It asks no network. It tells who is named, in the spelling by which other
// sources know them, and under which condition; whom every line of a condition,
// or a Deny statement, surely keeps out is not told.
package trust

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// The kinds of principal.
const (
	KindAny       = "any"       // everyone, or everyone but NotPrincipal
	KindAWS       = "aws"       // a user, role, session or account of AWS
	KindService   = "service"   // a service of AWS
	KindOIDC      = "oidc"      // a subject of an OpenID Connect issuer, or a pattern of subjects
	KindSAML      = "saml"      // whoever a SAML provider vouches for
	KindCanonical = "canonical" // an account, by the id that S3 knows it by
)

const (
	// MaxBody is the longest document taken, in bytes of JSON. A trust policy of IAM
	// has 4,096 characters at most, a bucket policy 20 KB, a key policy 32 KB.
	MaxBody = 64 << 10
	// MaxPrincipals is how many one document may name.
	MaxPrincipals = 10_000
)

// A Principal is one whom an Allow statement names and lets in.
type Principal struct {
	Kind string
	// Alias is the end of the edge, for [drover.UnseenRef]:
	//
	//	arn:aws:iam::123456789012:role/ci       a user, role or session, as written
	//	arn:aws:iam::123456789012:root          an account, written in either way, see ParseIn
	//	aws-principal-id:AROA…                  a principal that has been deleted
	//	aws-service:lambda.amazonaws.com        a service; aws-service:* any
	//	aws-any:*                               everyone
	//	aws-canonical-user:<id>                 an account of S3
	//	arn:aws:iam::…:saml-provider/<name>     a SAML provider
	//	oidc:https://<issuer>|<sub>             a subject; * and ? make it a pattern
	//
	// A star or question mark that AWS takes literally is written %2A or %3F, so
	// that * and ? always are what they mean to AWS.
	Alias string
	// Statement is the Sid of the statement, or its index from 0.
	Statement string
	// Cond is nil where the statement holds at any time. Otherwise it has the
	// statement's "Condition" and "Action" or "NotAction" as written, its
	// "NotPrincipal", and in "Deny" the statements that take something away. Then
	// what was concluded: "subject", the [Filter] of what a pattern covers;
	// "undecided", a list of what may keep the principal out and cannot be decided
	// from the document; "expired", since when the statement lets nobody in.
	Cond drover.Attrs
	// Grade is inferred where something is undecided, else empty.
	Grade drover.Grade
	// Assume says that the statement lets the principal take the role: its actions
	// have the AssumeRole that is meant for its kind. Not for KindCanonical.
	Assume bool
	// WebIdentity says that nothing but a token of the issuer is needed to take the
	// role: the trust alone suffices, no policy on the other side has a say.
	WebIdentity bool
}

type statement struct {
	Sid          json.RawMessage
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       json.RawMessage
	NotAction    json.RawMessage
	Condition    json.RawMessage
	Resource     json.RawMessage
	NotResource  json.RawMessage

	label     string
	partition string
	variables bool // ${…} stands for something
	now       time.Time
	deny      []string // the labels of denials
	denials   []*statement
	conds     map[condKey]drover.Attrs
	assumes   map[string]bool // by action
	filters   map[string]*narrowing
	spoken    map[*statement]bool            // of which it speaks of every action
	lists     map[string]map[string][]string // what a list of principals says, by sort
}

// Parse returns whom the Allow statements of body name, in its order. body is
// JSON, percent-encoded or not (IAM's API encodes it as RFC 3986 says). What
// could be read is returned beside an error; errors wrap [drover.ErrInvalid] and
// name the statement. Accounts are those of the partition "aws"; see [ParseIn].
// Now tells what has expired; zero: nothing is known to have.
func Parse(body string, now time.Time) ([]Principal, error) { return ParseIn("aws", body, now) }

// ParseIn is [Parse] for a document of a resource in another partition, such as
// "aws-cn" or "aws-us-gov": an account that is written as its number is one of
// that partition, for none of another can be named (AWS General Reference,
// "Amazon Resource Names"). An empty partition is "aws".
func ParseIn(partition, body string, now time.Time) ([]Principal, error) {
	list, err := statements(body)
	if err != nil {
		return nil, err
	}
	var deny []string
	var denials []*statement
	for _, s := range list {
		s.now = now
		if s.Effect == "Deny" {
			deny, denials = append(deny, s.label), append(denials, s)
		}
	}
	var out []Principal
	var errs []error
	for _, s := range list {
		s.partition = cmp.Or(partition, "aws")
		if s.Effect != "Allow" {
			if s.Effect != "Deny" {
				errs = append(errs, bad(s.label, "effect is neither Allow nor Deny"))
			}
			continue
		}
		s.deny, s.denials = deny, denials
		p, err := s.principals()
		if err != nil {
			errs = append(errs, err)
		}
		if out = append(out, p...); len(out) > MaxPrincipals {
			return out[:MaxPrincipals], errors.Join(append(errs, bad(s.label, "more than %d principals", MaxPrincipals))...)
		}
	}
	return out, errors.Join(errs...)
}

func bad(label, why string, args ...any) error {
	return fmt.Errorf("read trust policy: statement %q: %s: %w", label, fmt.Sprintf(why, args...), drover.ErrInvalid)
}

// statements takes the document apart; one statement may stand without a list.
func statements(body string) ([]*statement, error) {
	if body = strings.TrimSpace(body); strings.HasPrefix(body, "%") && len(body) <= 3*MaxBody {
		plain, err := url.PathUnescape(body)
		if err != nil {
			return nil, fmt.Errorf("read trust policy: percent-encoding is broken: %w", drover.ErrInvalid)
		}
		body = plain
	}
	if len(body) > MaxBody {
		return nil, fmt.Errorf("read trust policy: %d bytes are over the limit of %d: %w", len(body), MaxBody, drover.ErrInvalid)
	}
	var doc struct {
		Version   any
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		return nil, fmt.Errorf("read trust policy: not a JSON object of a policy: %w", drover.ErrInvalid)
	}
	raw := []json.RawMessage{doc.Statement}
	if strings.HasPrefix(string(doc.Statement), "[") {
		raw = nil
		if err := json.Unmarshal(doc.Statement, &raw); err != nil {
			return nil, fmt.Errorf("read trust policy: statements are no list: %w", drover.ErrInvalid)
		}
	}
	var list []*statement
	var errs []error
	for i, r := range raw {
		if len(r) == 0 || string(r) == "null" {
			continue
		}
		s := &statement{label: strconv.Itoa(i), variables: doc.Version == "2012-10-17", conds: map[condKey]drover.Attrs{}, assumes: map[string]bool{},
			filters: map[string]*narrowing{}, spoken: map[*statement]bool{}, lists: map[string]map[string][]string{}}
		if err := json.Unmarshal(r, s); err != nil {
			errs = append(errs, bad(s.label, "not a JSON object of a statement"))
			continue
		}
		if sid := texts(s.Sid); len(sid) == 1 && sid[0] != "" {
			s.label = clip(sid[0])
		}
		list = append(list, s)
	}
	return list, errors.Join(errs...)
}

// clip bounds a label that people write.
func clip(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// texts are the values of an element that is one value or a list of them.
// Numbers and truth values count as their text, as in conditions.
func texts(raw json.RawMessage) []string {
	var one any
	if len(raw) == 0 || json.Unmarshal(raw, &one) != nil {
		return nil
	}
	list, ok := one.([]any)
	if !ok {
		list = []any{one}
	}
	var out []string
	for _, v := range list {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case bool:
			out = append(out, strconv.FormatBool(v))
		case float64:
			out = append(out, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return out
}

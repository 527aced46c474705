package effective

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// documentAttr is the attribute that names a node's document: of a policy or role
// of Kubernetes its own, of a role of AWS its trust policy.
func documentAttr(a drover.Attrs) string {
	for _, k := range []string{"document", "trust_document"} {
		if a.Str(k) != "" {
			return k
		}
	}
	return ""
}

// attrsOf are a row's attributes as the change leaves them so far.
func (e *edit) attrsOf(row uint32) drover.Attrs {
	if a, ok := e.attrs[row]; ok {
		return a
	}
	for _, n := range e.nodes {
		if n.Ref == e.in.refOf(row) {
			return n.Attrs
		}
	}
	return e.in.Attrs(int(row))
}

func (e *edit) document(hash string) (drover.Document, bool) {
	if d, ok := e.docs[hash]; ok {
		return d, true
	}
	return e.in.Document(hash)
}

// replace gives a row another document.
func (e *edit) replace(row uint32, body string) error {
	if int(row) >= e.in.Seen() {
		return fmt.Errorf("%s was never read: %w", e.in.refOf(row), drover.ErrNotFound)
	}
	attrs := e.attrsOf(row)
	key := documentAttr(attrs)
	language := ""
	if d, ok := e.document(attrs.Str(key)); ok {
		language = d.Language
	}
	if key == "" {
		key = "document"
		if e.in.Type(int(row)) == "aws.iam.role" {
			key = "trust_document"
		}
	}
	if language == "" {
		switch system, _, _ := strings.Cut(e.in.Type(int(row)), "."); system {
		case "aws":
			language = "aws-iam"
		case "kubernetes":
			language = "k8s-rbac"
		default:
			return fmt.Errorf("%s has no document of a language that is known: %w", e.in.refOf(row), drover.ErrInvalid)
		}
	}
	d := drover.NewDocument(language, body)
	e.docs[d.Hash] = d
	e.attrs[row] = attrs.With(key, d.Hash)
	if key == "trust_document" {
		e.retrust(row, body)
	}
	return nil
}

// cutStatement takes statement n out of a row's document: of aws-iam
// Statement[n], of k8s-rbac rules[n].
func (e *edit) cutStatement(row uint32, n int) error {
	attrs := e.attrsOf(row)
	d, ok := e.document(attrs.Str(documentAttr(attrs)))
	if !ok {
		return fmt.Errorf("the document of %s was not read: %w", e.in.refOf(row), drover.ErrNotFound)
	}
	body, err := WithoutStatement(d, n)
	if err != nil {
		return fmt.Errorf("%s: %w", e.in.refOf(row), err)
	}
	return e.replace(row, body)
}

// statementLists is where a language keeps its list of statements.
var statementLists = map[string]string{"aws-iam": "Statement", "k8s-rbac": "rules"}

// WithoutStatement returns a document's body without statement n. Errors wrap
// drover.ErrNotFound, or ErrInvalid for a language without statements.
func WithoutStatement(d drover.Document, n int) (string, error) {
	key, ok := statementLists[d.Language]
	if !ok {
		return "", fmt.Errorf("documents in %q have no statements: %w", d.Language, drover.ErrInvalid)
	}
	m, order, err := members(d.Body)
	if err != nil {
		return "", fmt.Errorf("read document: %w", drover.ErrInvalid)
	}
	var list []json.RawMessage
	if raw := bytes.TrimSpace(m[key]); len(raw) > 0 && raw[0] == '{' {
		list = []json.RawMessage{raw} // one statement may stand without a list
	} else if json.Unmarshal(raw, &list) != nil {
		return "", fmt.Errorf("%s is no list: %w", key, drover.ErrInvalid)
	}
	if n < 0 || n >= len(list) {
		return "", fmt.Errorf("statement %d of %d: %w", n, len(list), drover.ErrNotFound)
	}
	rest := append(append([]json.RawMessage{}, list[:n]...), list[n+1:]...)
	if m[key], err = json.Marshal(rest); err != nil {
		return "", fmt.Errorf("write document: %w", err)
	}
	var b bytes.Buffer
	for i, k := range order {
		name, err := json.Marshal(k)
		if err != nil {
			return "", fmt.Errorf("write document: %w", err)
		}
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		b.Write(name)
		b.WriteByte(':')
		b.Write(m[k])
	}
	b.WriteByte('}')
	return b.String(), nil
}

// members are the fields of a JSON object and their order.
func members(body string) (m map[string]json.RawMessage, order []string, err error) {
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(strings.NewReader(body))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return nil, nil, err
		}
		if k, ok := t.(string); ok && !seen[k] {
			seen[k] = true
			order = append(order, k)
		}
	}
	return m, order, nil
}

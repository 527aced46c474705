package awsiam

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/droverhq/drover"
)

// Bounds of a document. AWS takes 20 KiB at most (bucket policies) and nests six
// deep; what is past these is hostile.
const (
	maxBody       = 1 << 20
	maxDepth      = 24
	maxStatements = 10_000
	maxPattern    = 2048 // bytes of a text with wildcards, as of an ARN: matching takes time in the product of two
)

// A value is one JSON value, with the order and the repetition of keys that
// encoding/json's maps lose.
type value struct {
	kind byte // '{' '[' '"' '0' 't' 'n'
	text string
	keys []string
	list []value
}

// decode reads exactly one JSON value.
func decode(body string) (value, error) {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return value{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return value{}, fmt.Errorf("something follows the policy: %w", drover.ErrInvalid)
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (value, error) {
	if depth > maxDepth {
		return value{}, fmt.Errorf("policy nests deeper than %d: %w", maxDepth, drover.ErrInvalid)
	}
	t, err := d.Token()
	if err != nil {
		return value{}, unread(d, err)
	}
	switch t := t.(type) {
	case string:
		return value{kind: '"', text: t}, nil
	case json.Number:
		return value{kind: '0', text: t.String()}, nil
	case bool:
		return value{kind: 't', text: fmt.Sprint(t)}, nil
	case nil:
		return value{kind: 'n'}, nil
	case json.Delim:
		return decodeNested(d, byte(t), depth)
	}
	return value{}, fmt.Errorf("read policy at byte %d: unexpected %T: %w", d.InputOffset(), t, drover.ErrInvalid)
}

// unread says where a body stops being JSON, and why.
func unread(d *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("policy is no complete JSON: it ends at byte %d, before it is closed: %w", d.InputOffset(), drover.ErrInvalid)
	}
	return fmt.Errorf("read policy at byte %d: %v: %w", d.InputOffset(), err, drover.ErrInvalid)
}

func decodeNested(d *json.Decoder, open byte, depth int) (value, error) {
	v := value{kind: open}
	for d.More() {
		if open == '{' {
			k, err := d.Token()
			if err != nil {
				return value{}, unread(d, err)
			}
			name, ok := k.(string)
			if !ok {
				return value{}, fmt.Errorf("read policy at byte %d: a key is no string: %w", d.InputOffset(), drover.ErrInvalid)
			}
			v.keys = append(v.keys, name)
		}
		e, err := decodeValue(d, depth+1)
		if err != nil {
			return value{}, err
		}
		v.list = append(v.list, e)
	}
	if _, err := d.Token(); err != nil {
		return value{}, unread(d, err)
	}
	return v, nil
}

// plainText undoes the URL encoding in which IAM's API returns documents (RFC
// 3986; iam:GetPolicyVersion), and a byte order mark.
func plainText(body []byte) (string, error) {
	if len(body) > maxBody {
		return "", fmt.Errorf("policy of %d bytes is over the limit of %d: %w", len(body), maxBody, drover.ErrInvalid)
	}
	s := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	if strings.HasPrefix(s, "%") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return "", fmt.Errorf("undo URL encoding of policy: %v: %w", err, drover.ErrInvalid)
		}
		s = strings.TrimSpace(plain)
	}
	return s, nil
}

// scalar is the text of a string, number or bool.
func (v value) scalar() (string, bool) {
	switch v.kind {
	case '"', '0', 't':
		return v.text, true
	}
	return "", false
}

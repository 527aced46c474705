package tfstate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// raw is what all versions of the format have at the top.
type raw struct {
	Version   *int            `json:"version"`
	Terraform string          `json:"terraform_version"`
	Serial    json.Number     `json:"serial"`
	Lineage   string          `json:"lineage"`
	Resources json.RawMessage `json:"resources"` // version 4
	Modules   []module        `json:"modules"`   // versions 1 to 3
	Outputs   json.RawMessage `json:"outputs"`
	Encrypted string          `json:"encrypted_data"` // OpenTofu
}

// Parse reads a state of any version. Attributes are kept with their sensitive
// values replaced; the values are in Secrets. What could be read is returned
// even beside an error, which wraps [drover.ErrInvalid].
func Parse(data []byte) (State, error) {
	var s State
	if len(data) > MaxSize {
		return s, fmt.Errorf("read state: %d bytes are over the limit of %d: %w", len(data), MaxSize, drover.ErrInvalid)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return s, nil // a state that was never written
	}
	var r raw
	if err := json.Unmarshal(data, &r); err != nil {
		return s, fmt.Errorf("read state: %s: %w", where(data, err), drover.ErrInvalid)
	}
	s.Terraform, s.Lineage = r.Terraform, r.Lineage
	s.Serial, _ = r.Serial.Int64()
	if r.Encrypted != "" {
		s.Encrypted = true
		return s, nil
	}
	if r.Version == nil {
		return s, fmt.Errorf("read state: no version: %w", drover.ErrInvalid)
	}
	s.Version = *r.Version
	var errs []error
	switch {
	case s.Version == 4:
		errs = s.current(r)
	case s.Version >= 1 && s.Version <= 3:
		errs = s.older(r)
	default:
		errs = append(errs, fmt.Errorf("read state: version %d is not known: %w", s.Version, drover.ErrInvalid))
	}
	if len(errs) > 0 {
		return s, errs[0]
	}
	return s, nil
}

// where describes a JSON error without the text it stumbled over.
func where(data []byte, err error) string {
	at := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	if at < 0 || at > int64(len(data)) {
		return "not valid JSON"
	}
	return fmt.Sprintf("line %d: not valid JSON, or not a state", 1+bytes.Count(data[:at], []byte("\n")))
}

type block struct {
	Module    string            `json:"module"`
	Mode      string            `json:"mode"`
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Provider  string            `json:"provider"`
	Instances []json.RawMessage `json:"instances"`
}

type instance struct {
	Index        json.RawMessage   `json:"index_key"`
	Status       string            `json:"status"`
	Deposed      string            `json:"deposed"`
	Attributes   json.RawMessage   `json:"attributes"`
	Flat         map[string]string `json:"attributes_flat"`
	Sensitive    json.RawMessage   `json:"sensitive_attributes"`
	Dependencies []string          `json:"dependencies"`
}

// current reads version 4 (Terraform 0.12 and on, OpenTofu).
func (s *State) current(r raw) (errs []error) {
	var blocks []json.RawMessage
	if len(r.Resources) > 0 {
		if err := json.Unmarshal(r.Resources, &blocks); err != nil {
			errs = append(errs, fmt.Errorf("read state: resources are no list: %w", drover.ErrInvalid))
		}
	}
	for i, raw := range blocks {
		var b block
		if err := json.Unmarshal(raw, &b); err != nil {
			errs = append(errs, fmt.Errorf("read state: resources[%d]: not a resource: %w", i, drover.ErrInvalid))
			continue
		}
		for j, raw := range b.Instances {
			var in instance
			if err := json.Unmarshal(raw, &in); err != nil {
				errs = append(errs, fmt.Errorf("read state: resources[%d].instances[%d]: not an instance: %w", i, j, drover.ErrInvalid))
				continue
			}
			s.Resources = append(s.Resources, b.resource(in))
		}
	}
	s.outputs(r.Outputs)
	return errs
}

func (b block) resource(in instance) Resource {
	r := Resource{Module: b.Module, Mode: b.Mode, Type: b.Type, Name: b.Name, Provider: provider(b.Provider), Deposed: in.Deposed, Tainted: in.Status == "tainted", Dependencies: in.Dependencies}
	if r.Mode == "" {
		r.Mode = "managed"
	}
	if k := strings.TrimSpace(string(in.Index)); k != "" && k != "null" {
		r.Index = k
	}
	r.address()
	attrs := decodeMap(in.Attributes)
	if attrs == nil && in.Flat != nil {
		attrs = unflatten(in.Flat)
	}
	r.fill(attrs, sensitivePaths(in.Sensitive))
	return r
}

// address follows Terraform's resource addressing.
func (r *Resource) address() {
	parts := []string{r.Type, r.Name}
	if r.Mode == "data" {
		parts = []string{"data", r.Type, r.Name}
	}
	if r.Module != "" {
		parts = append([]string{r.Module}, parts...)
	}
	r.Address = strings.Join(parts, ".")
	if r.Index != "" {
		r.Address += "[" + r.Index + "]"
	}
}

// provider shortens provider["registry.terraform.io/hashicorp/aws"].alias and
// the older provider.aws.alias; another registry is kept.
func provider(p string) string {
	if i := strings.LastIndex(p, "provider"); i >= 0 {
		p = p[i+len("provider"):]
	}
	if _, rest, ok := strings.Cut(p, `["`); ok {
		p, _, _ = strings.Cut(rest, `"]`)
		return strings.TrimPrefix(strings.TrimPrefix(p, "registry.terraform.io/"), "registry.opentofu.org/")
	}
	p, _, _ = strings.Cut(strings.TrimPrefix(p, "."), ".")
	return p
}

func decodeMap(raw json.RawMessage) map[string]any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var m map[string]any
	if d.Decode(&m) != nil {
		return nil
	}
	return m
}

// fill takes the secrets out of the attributes, then the identities.
func (r *Resource) fill(attrs map[string]any, marked map[string]bool) {
	if attrs == nil {
		return
	}
	r.ID = text(attrs["id"])
	f := finder{typ: r.Type, marked: marked}
	clean, _ := f.scrub(attrs, "", "", 0).(map[string]any)
	r.Secrets = f.secrets
	slices.SortFunc(r.Secrets, func(a, b Secret) int { return strings.Compare(a.Path, b.Path) })
	r.Identities = identities(r.Type, r.Mode, attrs)
	if b, err := json.Marshal(clean); err == nil {
		if a, err := drover.CanonicalAttrs(b); err == nil {
			r.Attributes = a
		}
	}
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// sensitivePaths reads sensitive_attributes: a list of paths, each a list of
// steps; the early 0.15 form had strings.
func sensitivePaths(raw json.RawMessage) map[string]bool {
	var paths []json.RawMessage
	if json.Unmarshal(raw, &paths) != nil {
		return nil
	}
	out := make(map[string]bool, len(paths))
	for _, p := range paths {
		var steps []struct {
			Type  string `json:"type"`
			Value any    `json:"value"`
		}
		if json.Unmarshal(p, &steps) != nil {
			var name string
			if json.Unmarshal(p, &name) == nil {
				out[name] = true
			}
			continue
		}
		path := ""
		for _, s := range steps {
			switch v := s.Value.(type) {
			case string:
				path = join(path, v)
			case float64:
				path += "[" + strconv.Itoa(int(v)) + "]"
			case map[string]any: // {"value": 0, "type": "number"}
				switch x := v["value"].(type) {
				case string:
					path = join(path, x)
				case float64:
					path += "[" + strconv.Itoa(int(x)) + "]"
				}
			}
		}
		out[path] = true
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// outputs reads the root outputs; before version 4 a plain value may stand
// where an object does now.
func (s *State) outputs(raw json.RawMessage) {
	all := decodeMap(raw)
	for _, name := range slices.Sorted(keys(all)) {
		v := all[name]
		o := Output{Name: name}
		value := v
		if m, ok := v.(map[string]any); ok {
			if _, has := m["value"]; has {
				value = m["value"]
				o.Sensitive, _ = m["sensitive"].(bool)
			}
		}
		f := finder{all: o.Sensitive}
		f.scrub(map[string]any{name: value}, "", "", 0)
		o.Secrets = f.secrets
		s.Outputs = append(s.Outputs, o)
	}
}

package rolebased

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Vault is the table of HashiCorp Vault and OpenBao ACL policies: a role is a
// policy (VaultPolicy), assigned to entities, groups and tokens; actions are
// capabilities, scopes the paths of the API without /v1/ and, in a namespace,
// with its path in front. Of all policies only the path pattern of highest
// priority counts, `deny` there takes everything away, and what no path matches is
// denied. The policy "root" allows everything.
//
// https://developer.hashicorp.com/vault/docs/concepts/policies
func Vault() *Table {
	return &Table{
		System: "vault", Specific: true, Levels: vaultLevels,
		Roles: map[string]Role{"root": {Name: "root", Permissions: []Permission{{Actions: []string{"*"}, Paths: []string{"*"}}}}},
	}
}

var vaultLevels = []Level{
	{listing, access.LevelList}, {scanning, access.LevelList}, {"read", access.LevelSecrets}, {"subscribe", access.LevelRead},
	{"delete", access.LevelDelete}, {"sudo", access.LevelEscalate}, {"*", access.LevelWrite},
}

// vaultCapabilities are those of the documentation, and OpenBao's scan; others
// are refused.
var vaultCapabilities = []string{"create", "read", "update", "patch", "delete", "list", "sudo", DenyAll, "subscribe", "recover", scanning}

// vaultLegacy are the policies that `policy = "…"` stood for before there were
// capabilities.
var vaultLegacy = map[string][]string{
	"deny":  {DenyAll},
	"read":  {"read", "list"},
	"write": {"create", "read", "update", "delete", "list"},
	"sudo":  {"create", "read", "update", "delete", "list", "sudo"},
}

// VaultPolicy reads the text of a policy, HCL or JSON. Constraints on parameters,
// wrapping, control groups and MFA become a condition of their path. A templated
// path ({{identity.entity.name}}) must have been resolved before: with one left,
// the role is Unread. An error wraps drover.ErrInvalid and names the line.
func VaultPolicy(name, text string) (Role, error) {
	body, err := parseHCL(text)
	if err != nil {
		return Role{}, fmt.Errorf("read policy %q: %w", clip(name), err)
	}
	r := Role{Name: name}
	for _, b := range body {
		if b.key != "path" || b.label == "" && b.body == nil {
			continue // `name`, and what later versions may add
		}
		if b.label == "" { // JSON: "path": {"x": {…}}
			for _, inner := range b.body {
				if err := r.addVaultPath(inner.key, inner.body); err != nil {
					return Role{}, fmt.Errorf("read policy %q: %w", clip(name), err)
				}
			}
			continue
		}
		if err := r.addVaultPath(b.label, b.body); err != nil {
			return Role{}, fmt.Errorf("read policy %q: %w", clip(name), err)
		}
	}
	return r, nil
}

func (r *Role) addVaultPath(path string, body []hclItem) error {
	if strings.Contains(path, "{{") {
		r.Unread = true
	}
	if strings.Contains(path, "+*") {
		return fmt.Errorf("path %q: +* is no wildcard: %w", clip(path), drover.ErrInvalid)
	}
	p := Permission{Paths: []string{path}}
	limits := map[string]any{}
	for _, item := range body {
		switch item.key {
		case "capabilities":
			for _, c := range item.strings() {
				if !slices.Contains(vaultCapabilities, c) {
					return fmt.Errorf("line %d: %q is no capability: %w", item.line, clip(c), drover.ErrInvalid)
				}
				p.Actions = append(p.Actions, c)
			}
		case "policy":
			for _, c := range item.strings() {
				if vaultLegacy[c] == nil {
					return fmt.Errorf("line %d: %q is no policy: %w", item.line, clip(c), drover.ErrInvalid)
				}
				p.Actions = append(p.Actions, vaultLegacy[c]...)
			}
		case "allowed_parameters", "denied_parameters", "required_parameters", "min_wrapping_ttl", "max_wrapping_ttl", "control_group", "mfa_methods":
			limits[item.key] = item.plain()
		}
	}
	if len(limits) > 0 {
		p.Condition = drover.NewAttrs(map[string]any{"vault": limits})
	}
	r.Permissions = append(r.Permissions, p)
	return nil
}

// strings are the strings of a value.
func (i *hclItem) strings() []string {
	var out []string
	switch v := i.value.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// plain is the value of an item, or its block, as JSON would have it.
func (i *hclItem) plain() any {
	if i.body == nil {
		return i.value
	}
	m := map[string]any{}
	for k := range i.body {
		key := i.body[k].key
		if i.body[k].label != "" {
			key += " " + i.body[k].label
		}
		m[key] = i.body[k].plain()
	}
	return m
}

// fromJSON turns a JSON policy into items.
func fromJSON(text string) ([]hclItem, error) {
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("policy is no JSON object: %w", drover.ErrInvalid)
	}
	return jsonItems(m, 0), nil
}

func jsonItems(m map[string]any, depth int) []hclItem {
	out := []hclItem{}
	for k, v := range m {
		item := hclItem{key: k, value: v, line: 1}
		if inner, ok := v.(map[string]any); ok && depth < maxHCLDepth {
			item.value, item.body = nil, jsonItems(inner, depth+1)
		}
		if list, ok := v.([]any); ok && k == "path" { // [{"x": {…}}, …]
			item.value, item.body = nil, []hclItem{}
			for _, e := range list {
				if inner, ok := e.(map[string]any); ok {
					item.body = append(item.body, jsonItems(inner, depth+1)...)
				}
			}
		}
		out = append(out, item)
	}
	slices.SortFunc(out, func(a, b hclItem) int { return strings.Compare(a.key, b.key) })
	return out
}

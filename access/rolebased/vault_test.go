package rolebased

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// vault makes a table of policies, all of which u has.
func vault(t interface{ Fatal(...any) }, policies ...string) *Table {
	table := Vault()
	for i, text := range policies {
		name := string(rune('a' + i))
		r, err := VaultPolicy(name, text)
		if err != nil {
			t.Fatal(err)
		}
		table.Roles[name] = r
		table.Assignments = append(table.Assignments, Assignment{Principals: []string{"u"}, Role: name, Ref: drover.Ref("vault/-/policy/" + name)})
	}
	return table
}

// https://developer.hashicorp.com/vault/docs/concepts/policies, "Policy syntax",
// "Priority matching", "Capabilities".
func TestVault(t *testing.T) {
	for _, c := range []struct {
		what     string
		policies []string
		asked    []question
	}{
		{"an exact path", []string{`path "secret/foo" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "secret/foo", access.Allow}, {"", "u", "read", "/secret/foo", access.Allow},
			{"", "u", "read", "secret/foo/bar", access.Deny}, {"", "u", "update", "secret/foo", access.Deny}, {"", "v", "read", "secret/foo", access.Deny},
		}},
		{"the page's first example: an exact path and deny win over a glob", []string{
			`# This section grants all access on "secret/*".
			path "secret/*" { capabilities = ["create", "read", "update", "patch", "delete", "list"] }
			path "secret/super-secret" { capabilities = ["deny"] }`}, []question{
			{"", "u", "read", "secret/x", access.Allow}, {"", "u", "read", "secret/super-secret", access.Deny}, {"", "u", "read", "secret/super-secret/x", access.Allow}, {"", "u", "list", "secret/", access.Allow},
		}},
		{"a glob is a prefix", []string{`path "secret/zip-*" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "secret/zip-zap", access.Allow}, {"", "u", "read", "secret/zip-zap/zong", access.Allow}, {"", "u", "read", "secret/zip", access.Deny},
		}},
		{"an asterisk within a path is itself", []string{`path "secret/*/x" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "secret/a/x", access.Deny}, {"", "u", "read", "secret/*/x", access.Allow},
		}},
		{"a plus is one segment", []string{`path "secret/+/teamb" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "secret/foo/teamb", access.Allow}, {"", "u", "read", "secret/foo/bar/teamb", access.Deny}, {"", "u", "read", "secret/foo/teamb/x", access.Deny},
		}},
		{"plus and glob", []string{`path "secret/+/+/team*" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "secret/a/b/teams/x", access.Allow}, {"", "u", "read", "secret/a/teams", access.Deny},
		}},
		{"1. the first wildcard earlier is lower", []string{`path "secret/*" { capabilities = ["read"] } path "secret/+/+/foo/*" { capabilities = ["list"] }`, `path "secret/a/*" { capabilities = ["update"] }`}, []question{
			{"", "u", "update", "secret/a/b/foo/x", access.Allow}, {"", "u", "list", "secret/a/b/foo/x", access.Deny},
		}},
		{"2. a glob at the end is lower", []string{`path "secret/+/x" { capabilities = ["read"] } path "secret/*" { capabilities = ["list"] }`}, []question{
			{"", "u", "read", "secret/a/x", access.Allow}, {"", "u", "list", "secret/a/x", access.Deny}, {"", "u", "list", "secret/a/y", access.Allow},
		}},
		{"3. more plus segments are lower", []string{`path "a/+/b/c" { capabilities = ["read"] } path "a/+/+/c" { capabilities = ["list"] }`}, []question{
			{"", "u", "read", "a/x/b/c", access.Allow}, {"", "u", "list", "a/x/b/c", access.Deny}, {"", "u", "list", "a/x/y/c", access.Allow},
		}},
		{"4. the shorter is lower", []string{`path "a/+/b*" { capabilities = ["read"] } path "a/+/bc*" { capabilities = ["list"] }`}, []question{
			{"", "u", "list", "a/x/bcd", access.Allow}, {"", "u", "read", "a/x/bcd", access.Deny}, {"", "u", "read", "a/x/bd", access.Allow},
		}},
		{"the same path in several policies is their union", []string{`path "a/*" { capabilities = ["read"] }`, `path "a/*" { capabilities = ["list"] }`}, []question{
			{"", "u", "read", "a/b", access.Allow}, {"", "u", "list", "a/b", access.Allow},
		}},
		{"deny in one of them takes all away", []string{`path "a/*" { capabilities = ["read"] }`, `path "a/*" { capabilities = ["deny"] }`}, []question{
			{"", "u", "read", "a/b", access.Deny},
		}},
		{"deny on a less specific path does not", []string{`path "a/*" { capabilities = ["deny"] }`, `path "a/b" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "a/b", access.Allow},
		}},
		{"listing falls back to the path without its slash", []string{`path "a/b" { capabilities = ["list", "read"] }`}, []question{
			{"", "u", "list", "a/b/", access.Allow}, {"", "u", "read", "a/b/", access.Deny}, {"", "u", "list", "a/b", access.Allow},
		}},
		{"constraints on parameters leave it open", []string{`path "a/b" { capabilities = ["update"] allowed_parameters = { "x" = ["1"] } }`}, []question{
			{"", "u", "update", "a/b", access.Conditional},
		}},
		{"what is not resolved is not known", []string{`path "a/{{identity.entity.id}}/*" { capabilities = ["read"] }`}, []question{
			{"", "u", "read", "a/b", access.Unknown},
		}},
		{"legacy policies", []string{`path "a/*" { policy = "write" }`}, []question{
			{"", "u", "delete", "a/b", access.Allow}, {"", "u", "sudo", "a/b", access.Deny},
		}},
	} {
		for i := range c.asked {
			c.asked[i].what = c.what
		}
		ask(t, vault(t, c.policies...), c.asked)
	}
	root := Vault()
	root.Assignments = []Assignment{{Principals: []string{"u"}, Role: "root"}}
	ask(t, root, []question{{"root", "u", "sudo", "sys/raw/x", access.Allow}})
}

func TestVaultPolicy(t *testing.T) {
	r, err := VaultPolicy("p", `
/* a policy */ name = "p"
path "a/\"b\"" {      // trailing
  capabilities = ["read", "list",]
  required_parameters = ["x"]
  min_wrapping_ttl = "1s"
  control_group = { factor "ops" { identity { group_names = ["g"] approvals = 1 } } }
}
path "c" { capabilities = [ "sudo" ] , comment = <<EOT
text } "
EOT
}`)
	if err != nil {
		t.Fatal(err)
	}
	want := Role{Name: "p", Permissions: []Permission{
		{Actions: []string{"read", "list"}, Paths: []string{`a/"b"`}, Condition: drover.NewAttrs(map[string]any{"vault": map[string]any{
			"control_group":    map[string]any{"factor ops": map[string]any{"identity": map[string]any{"approvals": 1, "group_names": []string{"g"}}}},
			"min_wrapping_ttl": "1s", "required_parameters": []string{"x"},
		}})},
		{Actions: []string{"sudo"}, Paths: []string{"c"}},
	}}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
	j, err := VaultPolicy("p", `{"path":{"a/*":{"capabilities":["read"]},"b":{"policy":"deny"}}}`)
	if err != nil || len(j.Permissions) != 2 || !slices.Equal(j.Permissions[1].Actions, []string{"deny"}) {
		t.Errorf("JSON: got %+v (%v)", j, err)
	}
	for _, bad := range []string{`path "a" { capabilities = ["fly"] }`, `path "a" {`, `path "a" { capabilities = `, `path "+*" { capabilities = ["read"] }`, `path "a`, "\xff", `{"path":`, `path "a" { policy = "x" }`, strings.Repeat(`a {`, 1000)} {
		if r, err := VaultPolicy("p", bad); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%.40q: got %+v, %v, want an error", bad, r, err)
		}
	}
}

var vaultPaths = rapid.Custom(func(t *rapid.T) string {
	s := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "+", "+a", ""}), 1, 4).Draw(t, "segments"), "/")
	return s + rapid.SampledFrom([]string{"", "", "*", "/", "/*"}).Draw(t, "end")
})

func drawVault(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "paths") {
			path := vaultPaths.Filter(func(p string) bool { return !strings.Contains(p, "+*") }).Draw(t, "path")
			caps := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"create", "read", "update", "delete", "list", "sudo", "patch", "scan", "deny"}), 1, 3, rapid.ID).Draw(t, "capabilities")
			b.WriteString(`path "` + path + `" { capabilities = ["` + strings.Join(caps, `","`) + "\"] }\n")
		}
		return b.String()
	}), 1, 3).Draw(t, "policies")
}

// Grants of path policies say of every path what a question answers.
func TestVaultGrantsAgainstEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policies := drawVault(t)
		c := Compile(vault(t, policies...))
		grants := c.Grants("u", Principal{ID: "u"})
		for range 30 {
			path := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "abc", "+", "+a", ""}), 1, 4).Draw(t, "path"), "/")
			path = strings.TrimLeft(path, "/")
			for _, action := range []string{"read", "list", "scan", "sudo"} {
				want := c.Evaluate(Principal{ID: "u"}, action, path).Verdict == access.Allow
				got := slices.ContainsFunc(grants, func(g access.Grant) bool { return g.Actions.Contains(action) && g.Resources.Contains(path) })
				if got != want {
					t.Fatalf("%s on %q: grants say %v, the evaluator %v\n%s\n%v", action, path, got, want, strings.Join(policies, "\n"), grants)
				}
			}
		}
	})
}

func FuzzVaultPolicy(f *testing.F) {
	f.Add(`path "secret/+/x*" { capabilities = ["read", "list"] allowed_parameters = { "a" = [1, true, {}] } }`)
	f.Add("# c\npath a { policy = <<-E\nwrite\nE\n}")
	f.Add(`{"path":[{"a":{"capabilities":["deny"]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := VaultPolicy("p", text)
		if err != nil {
			if !errors.Is(err, drover.ErrInvalid) {
				t.Fatalf("got %v, want ErrInvalid", err)
			}
			return
		}
		table := Vault()
		table.Roles["p"] = r
		table.Assignments = []Assignment{{Principals: []string{"u"}, Role: "p"}}
		c := Compile(table)
		for _, p := range r.Permissions {
			c.Evaluate(Principal{ID: "u"}, "read", p.Paths[0])
		}
		if len(text) < 500 {
			c.Grants("u", Principal{ID: "u"})
		}
	})
}

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/google/go-cmp/cmp"
)

// The pages in the tree are those that the connectors make.
func TestFresh(t *testing.T) {
	for _, c := range builtin.Connectors {
		got, err := os.ReadFile(file("../..", c.Name))
		if err != nil {
			t.Errorf("run go generate ./builtin: %v", err)
			continue
		}
		if diff := cmp.Diff(string(page(c)), string(got)); diff != "" {
			t.Errorf("the page of %s is stale, run go generate ./builtin:\n%s", c.Name, diff)
		}
	}
}

// The list of aliases in the tree is the one that the contract suite holds
// connectors to, in order and each scheme once.
func TestAliases(t *testing.T) {
	got, err := os.ReadFile(aliasFile("../.."))
	if err != nil {
		t.Fatalf("run go generate ./builtin: %v", err)
	}
	if diff := cmp.Diff(string(aliases()), string(got)); diff != "" {
		t.Errorf("the page is stale, run go generate ./builtin:\n%s", diff)
	}
	for i, s := range connectortest.Schemes {
		if i > 0 && s.Name <= connectortest.Schemes[i-1].Name {
			t.Errorf("scheme %s is not in order, or listed twice", s.Name)
		}
		if !strings.HasPrefix(s.Form, s.Name+":") {
			t.Errorf("scheme %s is spelled %q", s.Name, s.Form)
		}
	}
}

// Every field that a user must know is on the page, and none breaks its tables.
func TestPage(t *testing.T) {
	got := string(page(&connector.Connector{
		Name: "acme", Title: "Acme|", Doc: "# Head\nReads\nall.", Verified: "real: Acme 3",
		Options: []connector.Option{{Name: "token", Help: "a\nkey", Secret: true, Required: true}, {Name: "mode", Help: "how|so", Values: []string{"a", "b"}, Default: "a"}},
		Scopes:  []connector.Scope{{Name: "read", Why: "sees all", Grant: "GRANT read"}},
	}))
	for _, want := range []string{
		"# acme: Acme|\n\nVerified against: real: Acme 3.\n", "## Head\nReads\nall.\n", "| `token` | a reference: `${env:…}`, `${file:…}`, `${vault:…}`, required |  | a key |\n",
		"| `mode` | one of a, b | `a` | how\\|so |\n", "**read**: sees all\n\n```\nGRANT read\n```\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// The README has a row for each connector, and says what it was verified against.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(readmeFile("../.."))
	if err != nil {
		t.Fatal(err)
	}
	page, rows := readme(string(text), builtin.Connectors)
	if page != string(text) {
		t.Errorf("README.md is not what the connectors say: run go generate ./builtin\n%s", cmp.Diff(page, string(text)))
	}
	var names []string
	for _, c := range builtin.Connectors {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff(names, rows); diff != "" {
		t.Errorf("rows of README.md, what it reads (-connectors +page):\n%s", diff)
	}
}

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/google/go-cmp/cmp"
)

// The page in the tree is the one that the connectors make.
func TestFresh(t *testing.T) {
	got, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page(builtin.Connectors)), string(got)); diff != "" {
		t.Errorf("%s is stale, run go generate ./builtin:\n%s", file, diff)
	}
}

// Every field that a user must know is on the page, and none breaks its tables.
func TestPage(t *testing.T) {
	got := string(page([]*connector.Connector{{
		Name: "acme", Title: "Acme|", Doc: "# Head\nReads\nall.", Verified: "real: Acme 3",
		Options: []connector.Option{{Name: "token", Help: "a\nkey", Secret: true, Required: true}, {Name: "mode", Help: "how", Values: []string{"a", "b"}, Default: "a"}},
		Scopes:  []connector.Scope{{Name: "read", Why: "sees all", Grant: "GRANT read"}},
	}}))
	for _, want := range []string{
		"| [`acme`](#acme) | Acme\\| | real: Acme 3 |\n", "### Head\nReads\nall.\n", "| `token` | a reference: `${env:…}`, `${file:…}`, `${vault:…}`, required |  | a key |\n",
		"| `mode` | one of a, b | `a` | how |\n", "**read**: sees all\n\n```\nGRANT read\n```\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// Command refresh replaces secret/rules/gitleaks.toml by a newer one, if our
// scanner understands all of it.
//
//	go run ./secret/refresh gitleaks.toml
//
// Take the file from config/gitleaks.toml of a gitleaks release; note the release
// in docs/reference/secrets.md and run the tests of package secret, with
// DROVER_GITLEAKS naming that release's binary.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"

	"github.com/droverhq/drover/secret"
)

const target = "secret/rules/gitleaks.toml"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./secret/refresh FILE   (in the module's root)")
		os.Exit(2)
	}
	if err := refresh(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func refresh(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	next, err := secret.ParseRules(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := secret.New(next, secret.Own()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	before, after := ids(secret.Gitleaks()), ids(next)
	for _, id := range after {
		if !slices.Contains(before, id) {
			fmt.Println("new rule:", id)
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			fmt.Println("gone rule:", id)
			if class, named := secret.Own().Classes[id]; named {
				return fmt.Errorf("rule %q is gone, but [classes] of drover.toml calls it %q: remove it there first", id, class)
			}
		}
	}
	old, err := os.ReadFile(target)
	if err != nil {
		return fmt.Errorf("run this in the module's root: %w", err)
	}
	if bytes.Equal(old, data) {
		fmt.Printf("%d rules, unchanged\n", len(after))
		return nil
	}
	if err := os.WriteFile(target, data, 0o644); err != nil {
		return fmt.Errorf("replace rules: %w", err)
	}
	fmt.Printf("%d rules, sha256 %x\n", len(after), sha256.Sum256(data))
	return nil
}

func ids(r *secret.Rules) []string {
	var out []string
	for _, rule := range r.Rules {
		out = append(out, rule.ID)
	}
	return out
}

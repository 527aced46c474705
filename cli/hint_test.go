package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is hinted at as the next command is of use where it is hinted.
func TestNextHints(t *testing.T) {
	dir := account(t)
	for _, c := range []struct {
		args []string
		cut  bool
	}{{[]string{"blast-radius", "ci"}, true}, {[]string{"blast-radius", "reader"}, false}} {
		if _, errs, code := run(t, c.args...); code != 0 || strings.Contains(errs, "drover cut") != c.cut {
			t.Errorf("drover %s: exit code %d, %s", strings.Join(c.args, " "), code, errs)
		}
	}
	for _, c := range []struct {
		args  []string
		perms bool
	}{{[]string{"source", "add", "x", "aws", "path=" + filepath.Join(dir, "exports")}, false}, {[]string{"source", "add", "y", "aws", "profile=audit"}, true}} {
		if _, errs, code := run(t, c.args...); code != 0 || strings.Contains(errs, "source perms") != c.perms || !strings.Contains(errs, "drover scan "+c.args[2]) {
			t.Errorf("drover %s: exit code %d, %s", strings.Join(c.args, " "), code, errs)
		}
	}
}

// A statement is named once, and a number that is refused says which are not.
func TestSaidOnce(t *testing.T) {
	dir := fresh(t)
	policy := write(t, filepath.Join(dir, "p.json"), `{"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`)
	if out := must(t, 0, "access", "simulate", "--policy", policy, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::a/b"); strings.Count(out, "statement A (0)") != 1 {
		t.Errorf("got\n%s", out)
	}
	if _, errs, code := run(t, "blast-radius", "x", "--max-hops", "-1"); code == 0 || !strings.Contains(errs, "0 (no limit) or more") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

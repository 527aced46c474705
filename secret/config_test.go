package secret

import (
	"errors"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// TestConfig: a repository adds rules, changes some, switches some off and allows
// what is none; the rest of the default rules holds.
func TestConfig(t *testing.T) {
	c, err := ParseConfig([]byte(`
title = "ours"
unheardOf = 1
[extend]
useDefault = true
disabledRules = ["gitlab-pat"]
[[rules]]
id = "acme"
regex = '''acme_([a-z0-9]{12})'''
keywords = ["acme_"]
[[rules]]
id = "github-pat"
[[rules.allowlists]]
regexes = ['''ghp_AAAA''']
[[rules]]
id = "broken"
regex = '''('''
[[rules]]
id = "composite"
regex = '''x'''
[[rules.required]]
id = "acme"
[allowlist]
paths = ['''^fixtures/''']
stopwords = ["sample"]
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Scanner()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) != 2 {
		t.Errorf("notes %q, want one for each rule that cannot be used", c.Notes)
	}
	for _, tc := range []struct {
		path, text, rule string
	}{
		{"a", "x acme_abcdefgh1234 x", "acme"},
		{"fixtures/a", "x acme_abcdefgh1234 x", ""},
		{"a", "x acme_samplegh1234 x", ""},
		{"a", gitlabPAT, ""},
		{"a", awsKeyID, "aws-access-token"},
		{"a", "ghp_" + fill("{a62:36}"), "github-pat"},
		{"a", "ghp_AAAA" + fill("{a62:32}"), ""},
	} {
		got := ""
		if hits := s.Scan(tc.path, []byte(tc.text)); len(hits) > 0 {
			got = hits[0].Rule
		}
		if got != tc.rule {
			t.Errorf("%s: %s: got %q, want %q", tc.path, tc.text[:8], got, tc.rule)
		}
	}
	for _, bad := range []string{"[[", strings.Repeat("#", maxConfigFile+1)} {
		if _, err := ParseConfig([]byte(bad)); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte("[extend]\nuseDefault=true\n[[rules]]\nid='a'\nregex='''a(b)c'''\nkeywords=['a']\n[allowlist]\nregexes=['x']\n"))
	f.Add([]byte("[[rules]]\nid='private-key'\npath='''\\.pem$'''\nsecretGroup=9\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err != nil || len(data) > 4096 {
			return
		}
		if s, err := c.Scanner(); err == nil {
			s.Scan("a/b.yml", data)
		}
	})
}

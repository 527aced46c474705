package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/droverhq/drover/check"
)

// No word of a type is said twice, and none is swallowed.
func TestNamed(t *testing.T) {
	for _, tt := range []struct{ typ, name, want string }{
		{"aws.iam.user", "ci", "IAM user ci"},
		{"aws.iam.user", "user", `IAM user "user"`},
		{"github.personal_access_token", "token of ann", "GitHub token of ann"},
		{"github.personal_access_token", "GitHub token of ann", "GitHub token of ann"},
		{"github.personal_access_token", "token", "GitHub token"},
		{"postgres.password", "password of orders", "password of orders"},
		{"postgres.password", "password", "password"},
		{"kubernetes.cluster", "Kubernetes cluster test", "Kubernetes cluster test"},
		{"kubernetes.cluster", "test", "cluster test"},
		{"kubernetes.service_account", "account x", "service account x"},
		{"machine.host", "hostess", "host hostess"},
		{"machine.host", "host-7", "host-7"},
		{"x.role", "role\xff", "role\xff"},
		{"hr.person", "Ann", "Ann"},
		{"", "x", "x"},
	} {
		if got := check.Named(tt.typ, tt.name); got != tt.want {
			t.Errorf("Named(%q, %q) = %q, want %q", tt.typ, tt.name, got, tt.want)
		}
	}
}

// The sentences of all checks say no word twice in a row. "all all" is what stands
// in pg_hba.conf; "how old it is is not known" is said so.
func TestNoWordTwice(t *testing.T) {
	files, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	word := regexp.MustCompile(`[\pL\pN_]+(?: [\pL\pN_]+)*`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if !strings.HasPrefix(line, "  ") {
				continue
			}
			line, _, _ = strings.Cut(line, " | $ ")
			for _, run := range word.FindAllString(line, -1) {
				list := strings.Fields(run)
				for i := 1; i < len(list); i++ {
					if list[i] == list[i-1] && list[i] != "all" && !(list[i] == "is" && strings.Contains(line, "how old it is is not known")) {
						t.Errorf("%s: %q twice in %q", file, list[i], strings.TrimSpace(line))
					}
				}
			}
		}
	}
}

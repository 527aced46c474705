package classify_test

import (
	"strings"
	"testing"

	"github.com/droverhq/drover/classify"
)

func TestEnv(t *testing.T) {
	for word, want := range map[string]string{"stage": "staging", "Production": "prod", "prd": "prod", "live": "prod", "pre": "staging", "testing": "test", "qa": "qa", "": "", "Blue": "blue"} {
		if got := classify.Env(word); got != want {
			t.Errorf("Env(%q) = %q, want %q", word, got, want)
		}
	}
	for _, e := range classify.Envs() {
		if classify.Env(e) != e || strings.ContainsAny(e, "? ") {
			t.Errorf("%q is not canonical", e)
		}
	}
}

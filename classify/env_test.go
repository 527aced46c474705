package classify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
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

// A person's name is no name of an environment.
func TestEnvOfPeople(t *testing.T) {
	c, err := classify.New(classify.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	in := classify.Input{Kind: drover.KindHuman, Type: "hr.person", Name: "Dev Petrov"}
	if got := c.Classify(&in, time.Now()).Env; got.Value != "" {
		t.Errorf("got environment %q", got.Value)
	}
}

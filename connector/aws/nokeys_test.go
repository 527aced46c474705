package aws

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

func probed(t *testing.T, config map[string][]string) error {
	t.Helper()
	var logs bytes.Buffer
	return probe(t.Context(), connectortest.Session(t, Connector, config, &logs))
}

// Who has no credentials is told where they were looked for and what to do.
func TestNoCredentials(t *testing.T) {
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"blocked":"by the gateway"}`)
	}))
	defer odd.Close()
	home(t, "[profile dev]\nregion = eu-west-1\n")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", odd.URL)
	at := map[string][]string{"endpoint": {odd.URL}, "max_attempts": {"1"}}
	for name, c := range map[string]struct {
		env    string
		config map[string][]string
		want   []string
	}{
		"nothing":     {"", at, []string{"no credentials for AWS", "profile default", "IMDS", "aws configure"}},
		"empty":       {"AWS_ACCESS_KEY_ID=", at, []string{"are empty", "aws configure"}},
		"another":     {"AWS_PROFILE=dev", at, []string{"profile dev"}},
		"odd answers": {"", map[string][]string{"endpoint": {odd.URL}, "access_key_id": {"AKIAX"}, "secret_access_key": {"y"}, "max_attempts": {"1"}}, []string{"HTTP status 403", "not in the words of AWS"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
				t.Setenv(k, "")
				os.Unsetenv(k)
			}
			if k, v, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(k, v)
			}
			err := probed(t, c.config)
			if !errors.Is(err, drover.ErrPermission) {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("no %q in %v", w, err)
				}
			}
		})
	}
}

// The role of a profile is asked for where the profile, or the environment, says
// that AWS is.
func TestEndpointOfRole(t *testing.T) {
	for name, env := range map[string]bool{"profile": false, "environment": true} {
		t.Run(name, func(t *testing.T) { // the environment of one is not the other's
			d := &doorway{}
			s := httptest.NewServer(d)
			defer s.Close()
			config := "[profile keys]\naws_access_key_id = AKIAKEYS\naws_secret_access_key = x\n[profile acting]\nrole_arn = arn:aws:iam::" + fakeAccount + ":role/reader\nsource_profile = keys\nregion = eu-west-1\n"
			if !env {
				config += "endpoint_url = " + s.URL + "\n"
			}
			home(t, config)
			if env {
				t.Setenv("AWS_ENDPOINT_URL", s.URL)
			}
			if err := probed(t, map[string][]string{"profile": {"acting"}, "max_attempts": {"1"}}); err != nil {
				t.Error(err)
			}
			if len(d.asked) != 1 {
				t.Errorf("AssumeRole was asked %d times: %v", len(d.asked), d.asked)
			}
		})
	}
}

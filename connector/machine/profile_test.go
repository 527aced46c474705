package machine

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
)

// A key is that of a profile where something acts as the profile: another one by
// name, in either file, or the profile itself in the other. A key that is only
// used as it is has its principal and no more.
func TestProfilesThatAct(t *testing.T) {
	p := newPlanter(t)
	var keys []string
	for _, name := range []string{"plain", "base", "self", "here"} {
		id, secret := p.aws()
		keys = append(keys, fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", name, id, secret))
	}
	p.file(".aws/credentials", strings.Join(keys, "")+"[local]\nrole_arn = arn:aws:iam::123456789012:role/l\nsource_profile = here\n")
	p.file(".aws/config", "[profile plain]\nregion = eu-west-1\n[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = base\n[profile self]\nrole_arn = arn:aws:iam::123456789012:role/s\n")
	got := keyProfiles(connectortest.Collect(t, Connector, p.config()))
	if want := []string{"base", "here", "self"}; !slices.Equal(got, want) {
		t.Errorf("keys of the profiles %v, want %v", got, want)
	}

	// The files may lie apart.
	dir := newPlanter(t)
	dir.file("elsewhere/config", "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/a\nsource_profile = plain\n")
	dir.file("home/.aws/credentials", keys[0])
	t.Setenv("HOME", filepath.Join(dir.root, "home"))
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir.root, "elsewhere", "config"))
	r := connectortest.Collect(t, Connector, map[string][]string{"machine": {"testhost"}, "include": {"aws"}, "walk": {"false"}, "homes": {filepath.Join(dir.root, "home")}})
	if got := keyProfiles(r); !slices.Equal(got, []string{"plain"}) {
		t.Errorf("keys of the profiles %v, want plain", got)
	}
}

// keyProfiles are the profiles that keys are said to be of.
func keyProfiles(r *connectortest.Result) []string {
	var out []string
	for _, e := range r.Edges {
		if _, name, ok := strings.Cut(string(e.To), "/aws-profile/"); ok && e.Kind == "authenticates" {
			out = append(out, name[strings.LastIndex(name, "%2F")+3:])
		}
	}
	slices.Sort(out)
	return out
}

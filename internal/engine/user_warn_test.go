package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// Who adds a user whose name looks like another's, or grants what nobody knows, is
// warned; it is done all the same.
func TestUserWarnings(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	b.run = func(ctx context.Context, s *connector.Scan) error {
		return s.Section(ctx, "things", "scripted:things", func(_ context.Context, out *connector.Out) error {
			n := account("a")
			n.Attrs = drover.NewAttrs(map[string]any{"env": "prod"})
			out.Node(n)
			out.Node(drover.Node{Ref: "org/-/team/team-bi", Kind: drover.KindGroup, Type: "org.team", Name: "team-bi"})
			return nil
		})
	}
	if _, err := b.Scan(ctx, engine.ScanRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SetTags(ctx, "a", map[string]string{"env": "prod"}, nil); err != nil {
		t.Fatal(err)
	}
	add := func(name, email string, grants ...authz.Grant) string {
		t.Helper()
		u, err := b.AddUser(ctx, engine.NewUser{Name: name, Email: email, Grants: grants})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(u.Warnings, "\n")
	}
	if got := add("adm", "adm@example.com", authz.Grant{Role: authz.Admin}); got != "" {
		t.Errorf("of the first user: %s", got)
	}
	for _, twin := range []string{"аdm", "аԁm", "adrn", "ádm"} { // Cyrillic a; Cyrillic a and d; r and n; an accent
		if got := add(twin, ""); !strings.Contains(got, "looks like adm, which is the user u-") {
			t.Errorf("%q beside adm: %q", twin, got)
		}
	}
	if got := add("somebody", "аdm@example.com"); !strings.Contains(got, "looks like adm@example.com") {
		t.Errorf("a mail address like another's: %q", got)
	}
	for _, other := range []string{"admin", "bob", "ад"} {
		if got := add(other, ""); got != "" {
			t.Errorf("%q beside adm: %q", other, got)
		}
	}
	known := authz.Grant{Role: authz.Engineer, Sources: []string{"s"}, Teams: []string{"team-bi"}, Envs: []string{"prod"}}
	if got := add("known", "", known); got != "" {
		t.Errorf("%s: %s", known, got)
	}
	u, err := b.GrantUser(ctx, "known", []authz.Grant{known, {Role: authz.Engineer, Sources: []string{"nosuch"}, Teams: []string{"no-team"}, Envs: []string{"prd"}}})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(u.Warnings, "\n")
	if len(u.Warnings) != 3 || !strings.Contains(got, `source "nosuch" is not configured`) || !strings.Contains(got, `team "no-team" is not known`) || !strings.Contains(got, `environment "prd"`) {
		t.Errorf("of bounds that nobody knows: %s", got)
	}
	list, err := b.Users(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.Warnings != nil {
			t.Errorf("a list warns: %+v", x)
		}
	}
}

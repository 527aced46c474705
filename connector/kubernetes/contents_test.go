package kubernetes

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// A host that lies in two Secrets is no credential in two places; the passwords
// beside it are one each.
func TestHostsInSecrets(t *testing.T) {
	r := dump(t, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"db"},"stringData":{"DB_HOST":"db.acme.io","DB_USER":"app","DB_PASSWORD":"Zx81kk-db-9Q","value":"db.acme.io"}}`,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web","namespace":"web"},"stringData":{"DB_HOST":"db.acme.io","DB_PORT":"5432","DB_PASSWORD":"Zx81kk-web-9Q","REGION":"eu-west-1","anything":"Zx81kk-any-9Q"}}`)
	var keys []string
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeStoredIn {
			keys = append(keys, e.Part)
		}
	}
	slices.Sort(keys)
	if want := []string{"DB_PASSWORD", "DB_PASSWORD", "anything"}; !slices.Equal(keys, want) {
		t.Errorf("credentials are in %q, want %q", keys, want)
	}
}

// What a token says of itself counts, not the annotation beside it.
func TestTokenOfAnother(t *testing.T) {
	for claimed, told := range map[string]bool{"a": false, "b": true} {
		part := func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) }
		token := part(`{"alg":"RS256"}`) + "." + part(`{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:ns:`+claimed+`"}`) + "." + part("signature of the test")
		r := dump(t, accountA, strings.ReplaceAll(accountA, `"a"`, `"b"`),
			fmt.Sprintf(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"t","namespace":"ns","annotations":{"kubernetes.io/service-account.name":"a"}},"type":"kubernetes.io/service-account-token","stringData":{"token":%q}}`, token))
		var ends []string
		for _, e := range r.Edges {
			if e.Kind == drover.EdgeAuthenticates && e.From.Type() == "service_account_token" {
				ends = append(ends, e.To.ID())
			}
		}
		if !slices.Equal(ends, []string{"name:ns/" + claimed}) {
			t.Errorf("a token of %s authenticates as %q", claimed, ends)
		}
		noted := slices.ContainsFunc(r.Sections[0].Notes, func(n drover.Note) bool { return strings.Contains(n.Text, "the claim counts") })
		if noted != told {
			t.Errorf("a token of %s: contradiction noted: %v", claimed, noted)
		}
	}
}

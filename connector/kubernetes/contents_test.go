package kubernetes

import (
	"slices"
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

package machine

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/secret"
)

// Names are shown and stored through a search for secrets: what lies in a key
// store is not called like one.
func TestNamesLookLikeNoSecrets(t *testing.T) {
	p := newPlanter(t)
	c := p.certificate("app.example.com", nil, nil)
	p.keyPEM(c)
	p.file("app.jks", p.jks(c, "changeit"))
	p.file("both.pem", c.pem+p.keyPEM(c))
	r := connectortest.Collect(t, Connector, p.config())
	keys := 0
	for _, n := range r.Nodes {
		name := strings.TrimPrefix(n.Name, p.root+string(filepath.Separator))
		if got := secret.RedactString(name); got != name {
			t.Errorf("%s is stored as %s", name, got)
		}
		if strings.Contains(name, "#key/") {
			keys++
		}
	}
	if keys != 2 {
		t.Errorf("%d places of keys, want 2", keys)
	}
}

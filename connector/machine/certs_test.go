package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
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

// chain is who was issued by whom, by names.
func chain(r *connectortest.Result) []string {
	names := map[drover.Ref]string{}
	for _, n := range r.Nodes {
		names[n.Ref] = n.Name
	}
	var out []string
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeIssuedBy {
			to := names[e.To]
			if to == "" {
				to = e.To.Type()
			}
			out = append(out, names[e.From]+" < "+to)
		}
	}
	slices.Sort(out)
	return out
}

// A chain is joined by key identifiers over files, by signatures within one; a
// root issues itself and is no edge; of two with the name of the issuer only the
// one that signed is it.
func TestChains(t *testing.T) {
	p := newPlanter(t)
	root := p.certificate("root", nil, authority)
	middle := p.certificate("middle", root, authority)
	leaf := p.certificate("leaf", middle, spiffe("spiffe://example.com/web"))
	p.identity("spiffe.id", "spiffe://example.com/web")
	p.file("a/root.pem", root.pem)
	p.file("b/chain.pem", leaf.pem+middle.pem)

	// Without identifiers.
	old := p.certificate("old", nil, authority)
	other := p.certificate("old", nil, authority)
	plain := *old.cert
	plain.SubjectKeyId = nil
	child := p.certificate("child", &planted{cert: &plain, key: old.key}, nil)
	if len(child.cert.AuthorityKeyId) > 0 {
		t.Fatal("the child names the key of its issuer; want one that does not")
	}
	p.file("c/bundle.pem", other.pem+child.pem+old.pem)
	p.file("d/alone.pem", p.certificate("alone", &planted{cert: &plain, key: old.key}, nil).pem)
	r := p.check()
	want := []string{"child < old", "leaf < middle", "middle < x509-ski"}
	if got := chain(r); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	sum := sha256.Sum256(old.cert.Raw)
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeIssuedBy && e.From.ID() != "" && e.To.System() == "x509" && strings.Contains(string(e.To), hex.EncodeToString(sum[:])) {
			return
		}
	}
	t.Error("the child was issued by the certificate that has the name and not by the one that signed it")
}

package cert

import (
	"os"
	"testing"
)

// TestSamples reads files that puttygen and keytool wrote, where those are not
// at hand: throw-away keys of nothing. The values are what the tools print.
func TestSamples(t *testing.T) {
	data, err := os.ReadFile("testdata/fake.ppk")
	if err != nil {
		t.Fatal(err)
	}
	b := mustParse(t, data, Options{})
	if len(b.Keys) != 1 || b.Keys[0].SSH != "SHA256:vnPs1lhAqJtwJFwkeiQ+tjdZUtQuipRexkZ9BJf6jeI" || !b.Keys[0].Encrypted || b.Keys[0].Comment != "fake key for tests" {
		t.Errorf("PuTTY: %+v", b.Keys)
	}
	if data, err = os.ReadFile("testdata/fake.jceks"); err != nil {
		t.Fatal(err)
	}
	b = mustParse(t, data, Options{})
	if len(b.Certs) != 1 || b.Certs[0].SHA256 != "5236c16065d4d6e800ff008845740fed8eb45a2b0cbd36dc72b2f455b261d445" || len(b.Aliases) != 2 || !b.Locked {
		t.Errorf("JCEKS: %d certificates, aliases %q", len(b.Certs), b.Aliases)
	}
	// Without its digest, and cut inside an entry: what stands before is there.
	for _, cut := range []int{len(data) - 20, len(data) - 200} {
		if b, err := Parse(data[:cut], Options{}); err != nil || len(b.Aliases) == 0 {
			t.Errorf("cut at %d: %+v, %v", cut, b.Aliases, err)
		}
	}
}

package api_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
)

func proxies(list ...string) (p api.Proxies) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// Only a proxy that is named is believed, and only about the one before it.
func TestProxies(t *testing.T) {
	trusted := proxies("10.1.0.0/24", "2001:db8::/64", "127.0.0.1/32")
	calls := 0
	for _, c := range []struct {
		peer, want string
		says       []string
	}{
		{"203.0.113.9:1", "203.0.113.9", nil},
		{"203.0.113.9:1", "203.0.113.9", []string{"198.51.100.1"}},          // nobody that is named
		{"10.1.0.7:1", "198.51.100.1", []string{"198.51.100.1"}},            // ours
		{"10.1.1.7:1", "10.1.1.7", []string{"198.51.100.1"}},                // beside the network
		{"10.1.0.7:1", "198.51.100.1", []string{"1.2.3.4, 198.51.100.1"}},   // what the client wrote itself
		{"10.1.0.7:1", "198.51.100.1", []string{"1.2.3.4", "198.51.100.1"}}, // the same in two headers
		{"10.1.0.7:1", "198.51.100.1", []string{"10.1.0.9, 198.51.100.1"}},  // a client that plays a proxy
		{"10.1.0.7:1", "198.51.100.1", []string{"198.51.100.1, 10.1.0.9"}},  // two of ours
		{"10.1.0.7:1", "10.1.0.9", []string{"10.1.0.9"}},                    // a proxy that calls by itself
		{"10.1.0.7:1", "10.1.0.7", []string{""}},
		{"10.1.0.7:1", "10.1.0.7", []string{"unknown"}},
		{"10.1.0.7:1", "10.1.0.7", []string{"198.51.100.1, _hidden"}}, // what follows garbage is not reached
		{"10.1.0.7:1", "10.1.0.7", []string{"198.51.100.1,"}},
		{"10.1.0.7:1", "10.1.0.7", []string{"0.0.0.0"}},
		{"10.1.0.7:1", "198.51.100.1", []string{"198.51.100.1:4711"}},
		{"[2001:db8::1]:1", "2001:db8:1::9", []string{"[2001:db8:1::9]:80"}},
		{"[2001:db8::1]:1", "2001:db8:1::9", []string{"2001:db8:1::9"}},
		{"[::ffff:10.1.0.7]:1", "198.51.100.1", []string{"::ffff:198.51.100.1"}},
		{"10.1.0.7:1", "fe80::1", []string{"fe80::1%eth0"}},
		{"10.1.0.7:1", "10.1.0.7", []string{"198.51.100.1\x00"}},
		{"10.1.0.7:1", "10.1.0.9", []string{strings.Repeat("10.1.0.9,", 5000) + "10.1.0.9"}}, // bounded
		{"10.1.0.7:1", "10.1.0.7", []string{strings.Repeat(",", 60_000)}},
		{"", "", []string{"198.51.100.1"}}, // the private socket
		{"@", "", []string{"198.51.100.1"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.says
		r.Header.Set("Forwarded", "for=192.0.2.66")
		r.Header.Set("X-Real-Ip", "192.0.2.66")
		r.Header.Set("True-Client-Ip", "192.0.2.66")
		calls++
		if got := trusted.Client(r); got != c.want {
			t.Errorf("%s saying %.80q: %q, want %q", c.peer, c.says, got, c.want)
		}
		if peer, err := netip.ParseAddrPort(c.peer); err == nil {
			if got := (api.Proxies)(nil).Client(r); got != peer.Addr().Unmap().String() {
				t.Errorf("where nobody is believed, %s saying %.80q: %q", c.peer, c.says, got)
			}
		}
	}
	// Whatever a stranger writes, the address is the stranger's own.
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		says := make([]byte, random.IntN(60))
		for i := range says {
			says[i] = "0123456789abcdef.:,[]% \t\x00é"[random.IntN(26)]
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.1.0.7:1"
		r.Header.Set("X-Forwarded-For", string(says)+", 198.51.100.7")
		calls++
		if got := trusted.Client(r); got != "198.51.100.7" {
			t.Fatalf("a client that wrote %q is taken for %q", says, got)
		}
	}
	t.Logf("%d requests, each taken for whom it came from", calls)
}

// Who writes X-Forwarded-For escapes no limit and puts nobody else's address into
// the audit log; behind a proxy that is named each client has a limit of its own.
func TestForwardedLimits(t *testing.T) {
	home := t.TempDir()
	call := func(b *bench, peer, says string) int {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/identities", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", says)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code
	}
	few := func(o *api.Options) {
		o.Rate, o.Burst = 1e-6, 5
		o.Authenticate = func(*http.Request) (authz.Caller, error) { return authz.Caller{}, errors.New("nobody") }
	}
	alone := open(t, home, few)
	refused := 0
	for i := range 50 {
		if call(alone, "203.0.113.9:1", fmt.Sprintf("198.51.100.%d", i)) == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 45 {
		t.Errorf("by writing other addresses %d of 50 calls were let in, want 5", 50-refused)
	}
	behind := open(t, t.TempDir(), few, func(o *api.Options) { o.Proxies = proxies("203.0.113.0/24") })
	for i := range 50 {
		if code := call(behind, "203.0.113.9:1", fmt.Sprintf("1.2.3.4, 198.51.100.%d", i)); code != http.StatusUnauthorized {
			t.Errorf("client %d of the proxy: %d", i, code)
		}
	}
}

package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover"
)

// metadata are ways to write addresses that hand out credentials, or that are no
// single host.
var metadata = []string{
	"169.254.169.254", "169.254.170.2", "169.254.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
	"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::a9fe:a9fe",
}

// Nothing is ever sent to where clouds hand out credentials, however it is written;
// other addresses are the administrator's choice.
func TestOutsideAddresses(t *testing.T) {
	for _, text := range metadata {
		if why := refusedAddress(netip.MustParseAddr(text)); why == "" {
			t.Errorf("%s may be called", text)
		}
	}
	for _, text := range []string{"127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "203.0.113.9", "2001:db8::1", "64:ff9b::cb00:7109"} {
		if why := refusedAddress(netip.MustParseAddr(text)); why != "" {
			t.Errorf("%s is refused: %s", text, why)
		}
	}
	client := Outside()
	urls := []string{"http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://169.254.43518/", "gopher://127.0.0.1:70/", "file:///etc/passwd", "unix:///var/run/docker.sock", "ftp://127.0.0.1/", "http://[::ffff:a9fe:a9fe]/", "http://[fe80::1%25lo]/"}
	for _, text := range metadata {
		urls = append(urls, "http://"+net.JoinHostPort(strings.ReplaceAll(text, "%", "%25"), "80")+"/latest/meta-data")
	}
	for _, url := range urls {
		resp, err := client.Get(url)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s was called", url)
		}
	}
	t.Logf("%d addresses and %d URLs refused", len(metadata), len(urls))
}

// A redirect is not followed, wherever it leads, and a proxy of the environment is
// not used: what was checked is what is called.
func TestOutsideDetours(t *testing.T) {
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	for _, to := range []string{"http://169.254.169.254/", "http://localhost:1/", "file:///etc/passwd", "//169.254.169.254/", "gopher://x/"} {
		hop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}))
		resp, err := Outside().Get(hop.URL)
		hop.Close()
		if err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusFound {
			t.Errorf("the redirect to %s was followed: %d", to, resp.StatusCode)
		}
	}
	if n := proxied.Load(); n != 0 {
		t.Errorf("the proxy of the environment heard %d calls", n)
	}
}

// A name that means a harmless host when it is looked at and another when it is
// called (DNS rebinding) gains nothing: what counts is the address that is dialled.
func TestOutsideRebinding(t *testing.T) {
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer sink.Close()
	_, port, err := net.SplitHostPort(sink.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	answers := []string{"127.0.0.1", "169.254.169.254", "127.0.0.1", "168.63.129.16", "0.0.0.0", "100.100.100.200"}
	var at atomic.Int64
	names := resolver(t, func() netip.Addr { return netip.MustParseAddr(answers[at.Load()]) })
	before := net.DefaultResolver
	net.DefaultResolver = names
	defer func() { net.DefaultResolver = before }()
	client := Outside()
	for i, answer := range answers {
		at.Store(int64(i))
		client.CloseIdleConnections()
		resp, err := client.Get("http://rebind.drover.test:" + port + "/")
		if answer == "127.0.0.1" {
			if err != nil {
				t.Fatalf("as %s: %v", answer, err)
			}
			resp.Body.Close()
			continue
		}
		if err == nil {
			resp.Body.Close()
			t.Errorf("as %s: it was called", answer)
		} else if !errors.Is(err, drover.ErrPermission) {
			t.Errorf("as %s: %v, want it refused before it is called", answer, err)
		}
	}
}

// resolver asks a name server of its own, which says of every name what answer
// says (RFC 1035).
func resolver(t *testing.T, answer func() netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := replyTo(buf[:n], answer()); reply != nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	d := &net.Dialer{}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// replyTo answers the one question of a query with an A record that holds no
// longer than it takes to read it, and other types with nothing.
func replyTo(query []byte, addr netip.Addr) []byte {
	end := 12
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root, type, class
	if end > len(query) {
		return nil
	}
	reply := append([]byte(nil), query[:end]...)
	binary.BigEndian.PutUint16(reply[2:], 0x8180) // an answer, recursion available, no error
	clear(reply[6:12])
	if binary.BigEndian.Uint16(query[end-4:]) == 1 {
		reply[7] = 1
		ip := addr.As4()
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip[:]...)
	}
	return reply
}

package connectortest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover/connector"
)

// reads proves that Reads lists what would be read and asks nobody: it is run
// over the case's configuration, and again with every address in it replaced by
// one that nobody may call. Then Probe must find the source readable.
func reads(t *testing.T, c Case) {
	t.Helper()
	list(t, c.Connector, Session(t, c.Connector, c.Config, new(bytes.Buffer)))

	addr, calls := trap(t)
	s := Session(t, c.Connector, astray(c.Config, addr), new(bytes.Buffer))
	var requests atomic.Int64
	s.HTTP = &http.Client{Transport: refuse{&requests}}
	list(t, c.Connector, s)
	if n := requests.Load() + calls(); n > 0 {
		t.Errorf("reads made %d calls: it lists what would be read without contacting the source", n)
	}
	if err := c.Connector.Probe(t.Context(), Session(t, c.Connector, c.Config, new(bytes.Buffer))); err != nil {
		t.Errorf("probe: %v", err)
	}
}

func list(t *testing.T, c *connector.Connector, s *connector.Session) {
	t.Helper()
	n := 0
	if err := c.Reads(t.Context(), s, func(r connector.Read) {
		n++
		if r.What == "" || r.Where == "" {
			t.Errorf("a read says not what or where: %+v", r)
		}
	}); err != nil {
		t.Errorf("reads: %v", err)
	}
	if n == 0 {
		t.Error("lists nothing that it would read")
	}
}

type refuse struct{ n *atomic.Int64 }

func (r refuse) RoundTrip(*http.Request) (*http.Response, error) {
	r.n.Add(1)
	return nil, fmt.Errorf("the network is not to be used here")
}

// trap listens on loopback, hangs up on everybody, and counts them.
func trap(t *testing.T) (addr string, calls func() int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			conn.Close()
		}
	}()
	// Who connected before this is counted: connections are accepted in order, so
	// when our own has been, theirs were.
	return l.Addr().String(), func() int64 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Read(make([]byte, 1)) // until it is hung up on
		conn.Close()
		l.Close()
		<-done
		return n.Load() - 1
	}
}

var (
	hostKeyword = regexp.MustCompile(`\b(host|hostaddr)=('[^']*'|\S+)`)
	portKeyword = regexp.MustCompile(`\bport=('[^']*'|\S+)`)
)

// astray copies the configuration with every address replaced by addr: URLs,
// host:port, libpq keywords, and options named host and port.
func astray(config map[string][]string, addr string) map[string][]string {
	host, port, _ := net.SplitHostPort(addr)
	out := map[string][]string{}
	for name, values := range config {
		for _, v := range values {
			switch {
			case name == "host":
				v = host
			case name == "port":
				v = port
			case strings.Contains(v, "://"):
				if u, err := url.Parse(v); err == nil && u.Host != "" {
					u.Host = addr
					v = u.String()
				}
			case hostKeyword.MatchString(v):
				v = hostKeyword.ReplaceAllString(v, "${1}="+host)
				v = portKeyword.ReplaceAllString(v, "port="+port)
			default:
				if h, p, err := net.SplitHostPort(v); err == nil && h != "" && p != "" {
					v = addr
				}
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

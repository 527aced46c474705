package postgres_test

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy stands between the connector and the real server and does harm at the
// page it was told.
type proxy struct {
	ln     net.Listener
	target string
	mark   []byte // what the query bears: "/* drover: roles */"
	page   int64  // at which query with the mark, from 1
	once   bool   // harm one query; otherwise every one from there on
	after  int64  // cut: bytes of the answer that still pass
	harm   func(client, server net.Conn)

	seen   atomic.Int64
	harmed atomic.Int64
	refuse atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

// start listens; dsn is the way to the server through the proxy, without TLS so
// that the proxy can read along.
func (p *proxy) start(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p.target = u.Host
	if p.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := p.ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		p.ln.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	u.Host = p.ln.Addr().String()
	u.RawQuery = "sslmode=disable"
	return u.String()
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	if p.refuse.Load() {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	p.mu.Unlock()
	var left atomic.Int64 // bytes of answers that may still pass; below zero: all
	left.Store(-1)
	var wg sync.WaitGroup
	wg.Go(func() { p.answers(client, server, &left) })
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if n > 0 && bytes.Contains(buf[:n], p.mark) && len(p.mark) > 0 {
			if k := p.seen.Add(1); k >= p.page && (!p.once || p.harmed.Load() == 0) {
				p.harmed.Add(1)
				if p.harm != nil {
					p.harm(client, server)
				} else {
					left.Store(p.after)
				}
			}
		}
		if n > 0 {
			if _, err := server.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	server.Close()
	wg.Wait()
}

func (p *proxy) answers(client, server net.Conn, left *atomic.Int64) {
	buf := make([]byte, 4<<10)
	for {
		n, err := server.Read(buf)
		if l := left.Load(); l >= 0 {
			n = int(min(int64(n), l))
			left.Add(-int64(n))
			if _, werr := client.Write(buf[:n]); werr != nil || left.Load() == 0 {
				client.Close()
				server.Close()
				return
			}
			continue
		}
		if n > 0 {
			if _, werr := client.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			client.Close()
			return
		}
	}
}

func mark(section string) []byte { return fmt.Appendf(nil, "/* drover: %s */", section) }

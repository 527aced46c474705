package engine_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// line is a TCP proxy that can be cut: once the server has said so many bytes,
// every connection breaks and none is accepted until it is mended.
type line struct {
	port   string
	target string
	left   atomic.Int64 // bytes until the cut; negative: whole
	mu     sync.Mutex
	conns  map[net.Conn]bool
}

func newLine(t *testing.T, target string) *line {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p := &line{port: port, target: target, conns: map[net.Conn]bool{}}
	p.left.Store(-1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *line) cutAfter(n int64) { p.left.Store(n) }
func (p *line) mend()            { p.left.Store(-1) }

func (p *line) serve(client net.Conn) {
	defer client.Close()
	if p.left.Load() == 0 {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() { io.Copy(server, client); server.Close() }()
	buf := make([]byte, 4096)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if left := p.left.Load(); left >= 0 {
			if int64(n) >= left {
				client.Write(buf[:left])
				p.left.Store(0)
				p.breakAll()
				return
			}
			p.left.Add(-int64(n))
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *line) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

package engine_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// line is a TCP proxy that can be cut: once the server has said so many bytes,
// every connection breaks and none is accepted until it is mended.
type line struct {
	port   string
	target string
	mu     sync.Mutex
	left   int64 // bytes until the cut; negative: whole
	conns  map[net.Conn]bool
}

func newLine(t *testing.T, target string) *line {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p := &line{port: port, target: target, left: -1, conns: map[net.Conn]bool{}}
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

func (p *line) mend() { p.cutAfter(-1) }

func (p *line) cutAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = n
}

// pass says how many of n bytes get through, and which connections break after
// them; nil: none.
func (p *line) pass(n int) (through int, broken map[net.Conn]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.left < 0:
		return n, nil
	case int64(n) < p.left:
		p.left -= int64(n)
		return n, nil
	}
	through, broken = int(p.left), p.conns
	p.left, p.conns = 0, map[net.Conn]bool{}
	return through, broken
}

func (p *line) serve(client net.Conn) {
	defer client.Close()
	if _, broken := p.pass(0); broken != nil {
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
		through, broken := p.pass(n)
		_, err = client.Write(buf[:through])
		for c := range broken {
			c.Close()
		}
		if err != nil || broken != nil {
			return
		}
	}
}

package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
)

// Limits of connections. Slow peers are cut off at each of these, so that none
// holds a connection by sending or reading one byte at a time.
const (
	headerWithin = 10 * time.Second // the header of a request
	bodyWithin   = 2 * time.Minute  // its body
	pieceWithin  = 30 * time.Second // each piece of the answer, see pieceSize
	idleWithin   = 2 * time.Minute  // between two requests
	maxHeader    = 64 << 10
	pieceSize    = 64 << 10
)

// listenTCP takes the address, and learns what the server is called.
func (x *server) listenTCP(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", x.Listen)
	if err != nil {
		return nil, taken(x.Listen, err)
	}
	x.listen = ln.Addr().String()
	scheme := "http"
	if x.secure {
		scheme = "https"
	}
	x.url = scheme + "://" + browserHost(x.Listen, x.listen)
	if x.Config.Server.PublicURL != "" {
		if x.url, err = config.Resolve(x.Config.Server.PublicURL); err != nil {
			return nil, errors.Join(fmt.Errorf("server.public_url: %w", err), ln.Close())
		}
		x.url = strings.TrimSuffix(x.url, "/")
	}
	x.hosts = x.allowedHosts()
	most := x.Config.Server.Connections
	if most == 0 {
		most = config.DefaultConnections
	}
	return x.withTLS(newGate(ln, most)), nil
}

// browserHost is what a browser on this machine calls the address: the name that
// was asked for, with the port that was given.
func browserHost(asked, given string) string {
	host, _, err := net.SplitHostPort(asked)
	if err != nil {
		return given
	}
	_, port, err := net.SplitHostPort(given)
	if err != nil {
		return given
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// taken says who has the address, where that can be known, and what to do.
func taken(listen string, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		if errors.Is(err, syscall.EACCES) {
			return fmt.Errorf("listen on %s: only the administrator may use this port; take one from 1024 up: --listen %s: %w", listen, config.DefaultListen, drover.ErrPermission)
		}
		return fmt.Errorf("listen on %s: %w (%w)", listen, err, drover.ErrInvalid)
	}
	host, port, serr := net.SplitHostPort(listen)
	who := ""
	if n, perr := strconv.Atoi(port); serr == nil && perr == nil {
		if name := holder(n); name != "" {
			who = " by " + name
		}
	}
	return fmt.Errorf("%s is taken%s; stop that, or take a free port: --listen %s: %w", listen, who, net.JoinHostPort(host, "0"), drover.ErrConflict)
}

// A gate is a listener that lets only so many connections in at a time, and of
// one far address a quarter of them, so that one peer does not shut out the rest.
type gate struct {
	net.Listener
	places chan struct{}

	mu    sync.Mutex
	of    map[netip.Addr]int
	share int
}

func newGate(ln net.Listener, most int) *gate {
	return &gate{Listener: ln, places: make(chan struct{}, most), of: map[netip.Addr]int{}, share: max(1, most/4)}
}

// Accept waits for a connection and a place for it.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.places <- struct{}{}
		c, err := g.Listener.Accept()
		if err != nil {
			<-g.places
			return nil, err
		}
		from := addrOf(c.RemoteAddr())
		if g.enter(from) {
			return &guest{Conn: c, leave: sync.OnceFunc(func() { g.exit(from); <-g.places })}, nil
		}
		_ = c.Close() // over its share
		<-g.places
	}
}

func (g *gate) enter(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[from] >= g.share && !from.IsLoopback() {
		return false
	}
	g.of[from]++
	return true
}

func (g *gate) exit(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[from]--; g.of[from] <= 0 {
		delete(g.of, from)
	}
}

// A guest is a connection whose answers must be taken in time: each piece of one
// has a deadline of its own, so that a long download goes on while it moves.
type guest struct {
	net.Conn
	leave func()
}

func (c *guest) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(pieceWithin)); err != nil {
			return n, err
		}
		m, err := c.Conn.Write(p[:min(len(p), pieceSize)])
		n += m
		if err != nil {
			return n, err
		}
		p = p[m:]
	}
	return n, nil
}

func (c *guest) Close() error {
	c.leave()
	return c.Conn.Close()
}

func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// httpServer is the server of all listeners.
func (x *server) httpServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Server{
		Handler: x.door(), ReadHeaderTimeout: headerWithin, IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader, Protocols: protocols,
		// Failed handshakes and the like: at debug, since everybody who can connect can
		// cause them.
		ErrorLog: slog.NewLogLogger(x.Log.Handler(), slog.LevelDebug), ConnContext: peerContext,
	}
}

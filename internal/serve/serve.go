// Package serve runs the faces together in one process: it listens, on an address
// and on a private socket, hands requests to the API and the page, runs the scans
// that are due, says how it is, and stops in an orderly way.
//
// `drover up` is one person's server: loopback, the embedded store, a link to
// sign in by. `drover serve` is a team's, and refuses to be reached from other
// machines without TLS and sign-in (see Options checks in guard.go).
//
// What one request passes, outermost first: the limits of the listener
// (listen.go), the door (door.go: request id, host, headers, deadlines, log,
// metrics, trace), then health, metrics, the local routes of the socket, the
// API, the page (mount.go).
package serve

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// stopWithin is how long requests and scans that run may take to end after the
// server was told to stop.
const stopWithin = 20 * time.Second

// downloadsWithin is how much of that an answer may take that is read slowly, such as
// an export. It was a read: whoever wants it asks again.
const downloadsWithin = 5 * time.Second

// anchorLast is how long the end of the audit log may take to be anchored after all
// that: no reader takes a share of it.
const anchorLast = 20 * time.Second

// anchorEvery is how often the end of the audit log is anchored.
const anchorEvery = 5 * time.Minute

// A server is one that runs.
type server struct {
	cli.Serving

	engine   *engine.Engine
	instance string
	started  time.Time
	url      string // what a browser calls it
	listen   string // host:port, the port that was taken
	secure   bool   // TLS
	tls      *tls.Config
	hosts    hosts

	stopping context.Context // ends when it is told to stop: streams end then
	halt     context.CancelFunc
	cut      context.Context // ends a while later: answers to reads end then
	cutNow   context.CancelFunc
	within   time.Duration // instead of stopWithin; 0: that
	download time.Duration // instead of downloadsWithin; 0: that
	ready    atomic.Bool   // the first snapshot is loaded
	room     atomic.Value  // string: the state of the disk that was logged last

	metricsToken string

	calls   sync.Map       // request id -> *call, of requests that run
	outside *http.Client   // for webhooks
	sending sync.WaitGroup // webhooks on their way
	metrics *metrics
	traces  *traces
	mounted http.Handler
}

// Run serves until ctx ends, then lets what runs end, and returns nil. The error
// wraps drover.ErrConflict when the address is taken or another server has the
// store, drover.ErrInvalid for settings that would not be safe.
func Run(ctx context.Context, s cli.Serving) (err error) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	x := &server{Serving: s, instance: rand.Text(), started: s.Now(), outside: engine.Outside()}
	x.stopping, x.halt = context.WithCancel(context.WithoutCancel(ctx))
	defer x.halt()
	x.cut, x.cutNow = context.WithCancel(context.WithoutCancel(ctx))
	defer x.cutNow()
	var undo closers
	defer func() { err = errors.Join(err, undo.close()) }()
	if err := errors.Join(x.guard(), x.tokens(), x.openTLS()); err != nil {
		return err
	}
	// The address first: it is the most likely to be refused, and costs nothing.
	ln, err := x.listenTCP(ctx)
	if err != nil {
		return err
	}
	undo.add(ignoreClosed(ln.Close))
	if x.engine, err = s.Open(ctx); err != nil {
		return err
	}
	undo.add(x.engine.Close)
	sock, err := x.listenSocket(ctx)
	if err != nil {
		return err
	}
	if sock != nil {
		undo.add(ignoreClosed(sock.Close))
	}
	if err := x.mount(ctx, &undo); err != nil {
		return err
	}
	return x.run(ctx, ln, sock)
}

// run serves the listeners until ctx ends or one of them fails.
func (x *server) run(ctx context.Context, ln, sock net.Listener) error {
	if err := x.engine.Preload(ctx); err != nil {
		return err
	}
	link, err := x.wayIn(ctx)
	if err != nil {
		return err
	}
	https, errs := x.httpServer(), make(chan error, 2)
	serve := func(l net.Listener) {
		if err := https.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			errs <- fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
	}
	go serve(ln)
	socket := ""
	if sock != nil {
		socket = sock.Addr().String()
		go serve(sock)
	}
	here := local.Server{Schema: local.Schema, PID: os.Getpid(), URL: x.url, Listen: x.listen, Socket: socket, Instance: x.instance, Version: x.Version, Started: x.started.UTC()}
	if err := local.Announce(x.Home, here); err != nil {
		return errors.Join(err, https.Close())
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() {
		x.warm(background)
		x.firstCheck(background)
	})
	work.Go(func() { x.schedule(background) })
	work.Go(func() { x.anchor(background) })
	work.Go(func() { x.retain(background) })
	work.Go(func() { x.compareViews(background) })
	x.announceReady(ctx, here, link)
	select {
	case <-ctx.Done():
	case err = <-errs:
	}
	x.Log.InfoContext(background, "stopping", "within", stopWithin.String())
	return errors.Join(err, x.stop(https, cancel, &work))
}

// wayIn makes the link that the person at this machine signs in by; for a team the
// one of its first administrator, in a file.
func (x *server) wayIn(ctx context.Context) (*local.Link, error) {
	if x.Local {
		return x.loginLink(ctx, "")
	}
	return nil, x.bootstrap(ctx)
}

// announceReady tells whoever started it where it is.
func (x *server) announceReady(ctx context.Context, here local.Server, link *local.Link) {
	x.Log.InfoContext(ctx, "ready", "url", x.url, "listen", x.listen, "socket", here.Socket, "tls", x.secure, "took", x.Now().Sub(x.started).Round(time.Millisecond).String())
	if x.Ready != nil {
		x.Ready(cli.Served{Server: here, Login: link, Driver: driver(x.Config)})
	}
}

// bootstrap lets the first administrator into a server that nobody can enter yet.
func (x *server) bootstrap(ctx context.Context) error {
	path, err := x.engine.Bootstrap(ctx, x.url)
	if errors.Is(err, drover.ErrConflict) {
		return nil // another server of this store did it at the same moment
	}
	if err == nil && path != "" {
		x.Log.WarnContext(ctx, "nobody can sign in yet: the file holds a link for the first administrator, once, for half an hour", "file", path)
	}
	return err
}

// anchor writes the signed end of the audit log outside the store every so often,
// until ctx ends.
func (x *server) anchor(ctx context.Context) {
	t := time.NewTicker(anchorEvery)
	defer t.Stop()
	for {
		err := x.engine.AnchorAudit(context.WithoutCancel(ctx))
		if err != nil {
			x.Log.ErrorContext(ctx, "the end of the audit log was not anchored", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// cutEvery is how often old entries of the audit log are removed.
const cutEvery = 24 * time.Hour

// retain removes what is older than audit.retention says, at the start and every
// day, until ctx ends.
func (x *server) retain(ctx context.Context) {
	if x.Config == nil || x.Config.Audit.Retention == "" {
		return
	}
	t := time.NewTicker(cutEvery)
	defer t.Stop()
	for {
		v, err := x.engine.CutAuditDue(engine.WithRequest(context.WithoutCancel(ctx), engine.Request{Door: "schedule"}))
		switch {
		case errors.Is(err, drover.ErrConflict):
			// The log was changed, or another server of this store was faster; who looks
			// at the log finds out which.
			x.Log.ErrorContext(ctx, "the audit log was not cut", "err", err)
		case err != nil:
			x.Log.ErrorContext(ctx, "the audit log was not cut; trying again tomorrow", "err", err)
		case v != nil && v.Cut != nil:
			x.Log.InfoContext(ctx, "the audit log was cut", "entries", v.Entries, "from", v.Cut.From, "to", v.Cut.Seq, "key_id", v.Cut.Key)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// stop lets requests and scans end: streams are told at once, answers to reads are cut
// after a while, so that who reads slowly holds nothing up, acts may finish, scans store
// what they have read as partial. The audit log is anchored whatever came before.
func (x *server) stop(https *http.Server, cancel context.CancelFunc, work *sync.WaitGroup) error {
	// The file first, so that nobody is sent to a server that goes.
	err := local.Withdraw(x.Home, x.instance)
	x.halt()
	cancel()
	within, done := context.WithTimeout(context.Background(), cmp.Or(x.within, stopWithin))
	defer done()
	defer time.AfterFunc(cmp.Or(x.download, downloadsWithin), x.cutNow).Stop()
	if serr := https.Shutdown(within); serr != nil {
		// Somebody holds on: what they wrote is in the store or it is not, and they
		// will see a broken connection.
		x.Log.WarnContext(within, "some requests did not end in time", "err", serr)
		err = errors.Join(err, https.Close())
	}
	work.Wait()
	x.sending.Wait()
	last, ended := context.WithTimeout(context.Background(), anchorLast)
	defer ended()
	if aerr := x.engine.AnchorAudit(last); aerr != nil { // what was written last, too
		x.Log.Error("the end of the audit log was not anchored", "err", aerr)
	}
	return err
}

// warm loads the snapshot that answers are made from, so that the first request
// does not wait for it.
func (x *server) warm(ctx context.Context) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		_, err := x.engine.Snapshot(ctx, time.Time{})
		if err == nil {
			x.ready.Store(true)
			return
		}
		x.Log.ErrorContext(ctx, "the estate could not be loaded; trying again", "err", err, "in", wait.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// firstCheck runs the checks over an estate that was scanned and never looked at, so
// that its first page is no clean bill.
func (x *server) firstCheck(ctx context.Context) {
	if x.Config.Schedule.Disabled {
		return
	}
	never, err := x.engine.NeverChecked(ctx)
	if err == nil && never {
		_, err = x.engine.StartCheck(engine.WithRequest(ctx, engine.Request{Door: "schedule"}))
	}
	switch {
	case ctx.Err() != nil, errors.Is(err, drover.ErrConflict): // stopping; somebody runs them already
	case err != nil:
		x.Log.WarnContext(ctx, "what was scanned is not checked yet; drover check does it", "err", err)
	case never:
		x.Log.InfoContext(ctx, "the checks are run for the first time")
	}
}

func driver(c *config.Config) string {
	if c != nil && c.Store.Driver == "postgres" {
		return "postgres"
	}
	return "sqlite"
}

// closers are undone in reverse order, each once.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c *closers) close() (err error) {
	for i := len(*c) - 1; i >= 0; i-- {
		err = errors.Join(err, (*c)[i]())
	}
	*c = nil
	return err
}

func ignoreClosed(f func() error) func() error {
	return func() error {
		if err := f(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

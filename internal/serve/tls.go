package serve

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"github.com/droverhq/drover"
)

// A certificate is read from its files again when they change, so that renewal
// needs no restart. While the new files do not belong together, such as between
// the writing of the one and the other, the old pair serves.
type certificate struct {
	cert, key string
	failed    func(error) // told of a pair that cannot be used

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  [2]fs.FileInfo
	looked time.Time
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = time.Second

func openCertificate(cert, key string, failed func(error)) (*certificate, error) {
	c := &certificate{cert: cert, key: key, failed: failed}
	stamp, err := c.stat()
	if err != nil {
		return nil, err
	}
	return c, c.load(stamp)
}

func (c *certificate) stat() (stamp [2]fs.FileInfo, err error) {
	for i, path := range []string{c.cert, c.key} {
		if stamp[i], err = os.Stat(path); err != nil {
			return stamp, fmt.Errorf("read the certificate: %w (%w)", err, drover.ErrInvalid)
		}
	}
	return stamp, nil
}

func (c *certificate) load(stamp [2]fs.FileInfo) error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("read the certificate of server.tls: %w (%w)", err, drover.ErrInvalid)
	}
	c.pair, c.stamp = &pair, stamp
	return nil
}

// get is tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.looked) < lookEvery {
		return c.pair, nil
	}
	c.looked = now
	stamp, err := c.stat()
	if err == nil && !same(stamp, c.stamp) {
		err = c.load(stamp)
	}
	if err != nil {
		c.failed(err)
	}
	if c.pair == nil {
		return nil, errors.New("there is no certificate")
	}
	return c.pair, nil
}

func same(a, b [2]fs.FileInfo) bool {
	for i := range a {
		if !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}

// openTLS reads the certificate, where there is one.
func (x *server) openTLS() error {
	if !x.secure {
		return nil
	}
	c, err := openCertificate(x.Config.Server.TLS.Cert, x.Config.Server.TLS.Key, func(err error) {
		x.Log.Error("the changed certificate cannot be used; the one before serves on", "err", err)
	})
	if err != nil {
		return err
	}
	// The library's own choice of suites and curves is the modern one, and is kept
	// up with it.
	x.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
	return nil
}

func (x *server) withTLS(ln net.Listener) net.Listener {
	if x.tls == nil {
		return ln
	}
	return tls.NewListener(ln, x.tls)
}

//go:build unix

package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
)

// maxSocketPath is the longest path of a socket that every Unix takes.
const maxSocketPath = 103

// socketPath is in the data directory, or, where that path is too long for the
// system, in a private folder of its own.
func socketPath(home string) (string, error) {
	path := filepath.Join(home, local.Socket)
	if len(path) <= maxSocketPath {
		return path, nil
	}
	room := os.Getenv("XDG_RUNTIME_DIR")
	if room == "" {
		room = os.TempDir()
	}
	sum := sha256.Sum256([]byte(home))
	dir := filepath.Join(room, fmt.Sprintf("drover-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:6])))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make the folder of the local socket: %w", err)
	}
	// In a folder that everybody may write, somebody may have been there first.
	if err := ownRoom(dir); err != nil {
		return "", err
	}
	return filepath.Join(dir, local.Socket), nil
}

// listenSocket listens on the private socket. A socket that a killed server left
// is removed; one that somebody answers on is a conflict.
func (x *server) listenSocket(ctx context.Context) (net.Listener, error) {
	path, err := socketPath(x.Home)
	if err != nil {
		return nil, err
	}
	if fi, err := os.Lstat(path); err == nil {
		if fi.Mode().Type() != fs.ModeSocket {
			return nil, fmt.Errorf("%s is no socket; move it away: %w", path, drover.ErrConflict)
		}
		d := net.Dialer{Timeout: time.Second}
		if c, err := d.DialContext(ctx, "unix", path); err == nil {
			_ = c.Close()
			return nil, fmt.Errorf("another server runs for %s: %w", x.Home, drover.ErrConflict)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the socket that a killed server left: %w", err)
		}
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on the local socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on the local socket: %w", err), ln.Close())
	}
	// Until the mode was set others could have connected, so every connection says
	// who is behind it.
	return &ownListener{Listener: ln}, nil
}

// An ownListener lets in connections of this user and of root only.
type ownListener struct{ net.Listener }

// Accept waits for a connection of ours.
func (l *ownListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		uid, known := peerUser(c)
		if known && uid != os.Geteuid() && uid != 0 {
			_ = c.Close()
			continue
		}
		return &ownConn{Conn: &guest{Conn: c, leave: func() {}}, uid: uid}, nil
	}
}

// An ownConn is a connection by the private socket.
type ownConn struct {
	net.Conn
	uid int
}

package serve

import (
	"context"
	"net"
)

// listenSocket says that there is none: what Windows calls a Unix socket tells
// nothing about who is at the other end.
func (x *server) listenSocket(ctx context.Context) (net.Listener, error) {
	x.Log.InfoContext(ctx, "no local socket on Windows: commands that write while this server runs need --server "+x.url+" and a token")
	return nil, nil
}

// An ownConn does not occur here.
type ownConn struct{ net.Conn }

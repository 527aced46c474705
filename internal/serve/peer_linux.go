package serve

import (
	"net"
	"syscall"
)

// peerUser is the user of the process at the other end of a Unix socket, as the
// kernel knows it (SO_PEERCRED, unix(7)).
func peerUser(c net.Conn) (uid int, known bool) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) {
		cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		if err == nil {
			uid, known = int(cred.Uid), true
		}
	})
	return uid, known && err == nil
}

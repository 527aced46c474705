package serve

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUser is the user of the process at the other end of a Unix socket, as the
// kernel knows it (LOCAL_PEERCRED, unix(4)).
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
		cred, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err == nil {
			uid, known = int(cred.Uid), true
		}
	})
	return uid, known && err == nil
}

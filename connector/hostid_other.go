//go:build !windows

package connector

import (
	"os"
	"strings"
)

// hostID reads the machine id that systemd and D-Bus make once at installation
// (machine-id(5)). macOS keeps IOPlatformUUID in the I/O registry, which cannot
// be read without cgo or running a program: there the host name has to do.
func hostID() string {
	for _, p := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(p); err == nil {
			if id := strings.TrimSpace(string(b)); id != "" && id != "uninitialized" {
				return id
			}
		}
	}
	return ""
}

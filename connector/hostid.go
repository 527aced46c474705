package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
)

// ThisMachine names the computer that Drover runs on, the same in every run and
// in every connector: as tenant of what lies on it, and as the machine in the
// aliases of what only means something on it, such as its loopback addresses
// (decode.HostName). It is MachineName of its machine id, or of its host name
// where it has none, so it changes with that name on macOS.
func ThisMachine() string {
	id := hostID()
	if id == "" {
		name, _ := os.Hostname()
		id = "hostname " + name
	}
	return MachineName(id)
}

// MachineName names the computer with this machine id. The id itself is not
// shown: machine-id(5) asks to keep it confidential.
func MachineName(id string) string {
	sum := sha256.Sum256([]byte("drover machine\x00" + id))
	return hex.EncodeToString(sum[:8])
}

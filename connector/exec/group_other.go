//go:build !unix

package exec

import "os/exec"

// Where there are no process groups only the command itself is ended.
func group(*exec.Cmd) {}

func killGroup(c *exec.Cmd) {
	if c.Process != nil {
		_ = c.Process.Kill()
	}
}

//go:build unix

package exec

import (
	"os/exec"
	"syscall"
)

// group makes the command the head of its own process group, so that what it
// starts can be ended with it.
func group(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { killGroup(c); return c.Process.Kill() }
}

func killGroup(c *exec.Cmd) {
	if c.Process != nil && c.Process.Pid > 1 {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it fails when the group is gone, which is as well
	}
}

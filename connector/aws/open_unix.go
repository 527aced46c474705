//go:build unix

package aws

import "syscall"

const nonblock = syscall.O_NONBLOCK

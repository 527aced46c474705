//go:build unix

package file

import "syscall"

const nonblock = syscall.O_NONBLOCK

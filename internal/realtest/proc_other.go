//go:build !unix

package realtest

import (
	"errors"
	"io/fs"
	"os/exec"
)

var errNotHere = errors.New("servers are started on Linux and macOS only")

func lock(string) (func(), error)           { return nil, errNotHere }
func ownedByUs(fs.FileInfo) bool            { return false }
func serverUser() (uid, gid int, err error) { return 0, 0, errNotHere }
func runAs(cmd *exec.Cmd, uid, gid int)     {}

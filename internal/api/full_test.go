package api

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/droverhq/drover"
)

// A full disk is no fault of drover: it is said, with what to do, and no path of the
// server.
func TestStorageFull(t *testing.T) {
	for _, err := range []error{
		fmt.Errorf("set tag: %w", fmt.Errorf("the disk of /srv/drover/drover.db is full: %w", drover.ErrFull)),
		&fs.PathError{Op: "write", Path: "/srv/drover/spool", Err: syscall.ENOSPC},
	} {
		p := problemOf(err)
		if p.Status != 507 || p.Code != "storage_full" || p.Detail == "" || strings.Contains(p.Detail, "/srv") {
			t.Errorf("%v: %+v", err, p)
		}
	}
}

package drover

import "errors"

// The errors a caller may act on; everything else is internal. Wrap them with
// fmt.Errorf("…: %w", …) and ask with errors.Is. The command line turns them
// into exit codes and the API into HTTP statuses, each in one table.
var (
	ErrNotFound   = errors.New("not found")
	ErrConflict   = errors.New("conflict")
	ErrInvalid    = errors.New("invalid")
	ErrPermission = errors.New("permission denied")
	ErrTransient  = errors.New("try again")
	ErrFull       = errors.New("no space left") // nothing was written
)

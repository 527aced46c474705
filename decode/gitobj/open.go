package gitobj

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/droverhq/drover"
)

// openRegular opens a file and refuses what is none: opening a pipe would wait
// for its writer.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no regular file: %w", filepath.Base(path), drover.ErrInvalid)
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("%s has %d bytes: %w", filepath.Base(path), size, ErrTooLarge)
	}
	b := make([]byte, size)
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // it became shorter; parsers see that
	}
	return b[:n], err
}

// listDir lists a folder, sorted; at most limit names.
func listDir(path string, limit int) ([]os.DirEntry, error) {
	list, err := os.ReadDir(path)
	if err == nil && len(list) > limit {
		return list[:limit], fmt.Errorf("%s has %d entries: %w", filepath.Base(path), len(list), ErrTooLarge)
	}
	return list, err
}

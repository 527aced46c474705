package engine

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
)

// fingerprintKey reads the installation's fingerprint key, and makes it once. It
// lies in fingerprint.key of the data directory, 32 bytes in hex, mode 0600.
// Losing it makes every stored fingerprint useless, so it is part of a backup.
func fingerprintKey(home string) ([]byte, error) {
	path := filepath.Join(home, "fingerprint.key")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make the fingerprint key: %w", err)
		}
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the fingerprint key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s does not hold 32 bytes in hex; restore it from a backup: without it no fingerprint in the store can be matched: %w", path, drover.ErrInvalid)
	}
	return key, nil
}

// makeKey writes a new key so that it is there whole or not at all, and never
// over one that another process made meanwhile.
func makeKey(path string) error {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand
	tmp, err := os.CreateTemp(filepath.Dir(path), ".fingerprint-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path)
}

package engine

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// DerivedKey is a key of 32 bytes for one purpose. It is made from the fingerprint
// key, so that every server of one store has the same and a restart changes
// nothing, and tells nothing of it (HKDF, RFC 5869).
func (e *Engine) DerivedKey(purpose string) ([]byte, error) {
	key, err := fingerprintKey(e.o.Home)
	if err != nil {
		return nil, err
	}
	out, err := hkdf.Key(sha256.New, key, nil, "drover "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key for %s: %w", purpose, err)
	}
	return out, nil
}

package drover

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// A Fingerprint stands for a secret value without giving it away: the keyed
// hash HMAC-SHA-256 of the decoded value without its trailing newline, cut to
// 128 bits, printed "hs256:" and 32 hex digits. Equal values have equal
// fingerprints within one installation and unrelated ones across two.
type Fingerprint string

// A Fingerprinter makes the fingerprints of one installation. The zero value
// has no key and must not be used; see NewFingerprinter.
type Fingerprinter struct{ key []byte }

// NewFingerprinter returns the fingerprinter of the installation that holds
// key, which should have 32 random bytes. The key is copied.
func NewFingerprinter(key []byte) *Fingerprinter { return &Fingerprinter{bytes.Clone(key)} }

// Of returns the fingerprint of a decoded secret value. One trailing "\n" or
// "\r\n" is not part of the value, so a key read from a file with a final
// newline equals the same key read from an environment variable.
func (f *Fingerprinter) Of(value []byte) Fingerprint {
	value = bytes.TrimSuffix(value, []byte("\n"))
	value = bytes.TrimSuffix(value, []byte("\r"))
	h := hmac.New(sha256.New, f.key)
	h.Write(value)
	return Fingerprint("hs256:" + hex.EncodeToString(h.Sum(nil)[:16]))
}

// KeyID names the key without revealing it, so that a store can refuse a
// process that holds another installation's key.
func (f *Fingerprinter) KeyID() string {
	h := hmac.New(sha256.New, f.key)
	h.Write([]byte("drover key id"))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

package engine

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// signBackup signs backups with the key of the audit log, where there is one.
func signBackup(home string) func(*store.Seal) error {
	return func(s *store.Seal) error {
		key, err := auditKey(home)
		if errors.Is(err, drover.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		s.Key = keyID(key.Public().(ed25519.PublicKey))
		s.Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(key, s.Signed()))
		return nil
	}
}

// checkBackup believes a backup that our own key signed; where there is no key, as on
// a new machine, every one that is whole.
func checkBackup(home string) func(*store.Seal) error {
	return func(s *store.Seal) error {
		key, err := auditKey(home)
		if errors.Is(err, drover.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		pub := key.Public().(ed25519.PublicKey)
		sig, err := base64.StdEncoding.DecodeString(s.Sig)
		if err != nil || s.Key != keyID(pub) || !ed25519.Verify(pub, s.Signed(), sig) {
			return fmt.Errorf("it was not signed by the key %s (audit.key) but by %q; put the key there that the installation had which made it: %w", keyID(pub), text(s.Key, 40), drover.ErrInvalid)
		}
		return nil
	}
}

// A BackupProof is `store verify`.
type BackupProof struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Key    string `json:"key_id"` // that signed it; "": none did
	Signed bool   `json:"signed"` // by the key that is here
}

// VerifyBackup reads a backup whole and tells whether each byte is as it was written,
// and whether our key signed it. It touches nothing. The error wraps drover.ErrInvalid
// where it would not be restored.
func VerifyBackup(home, path string) (*BackupProof, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("verify the backup: %w (%w)", err, drover.ErrNotFound)
	}
	defer f.Close()
	s, err := store.ReadSeal(f)
	if err == nil {
		err = checkBackup(home)(s)
	}
	if err != nil {
		return nil, fmt.Errorf("verify the backup: %s: %w", path, err)
	}
	_, kerr := auditKey(home)
	return &BackupProof{"drover/v1/backup_proof", path, s.Bytes, s.SHA256, s.Key, kerr == nil}, nil
}

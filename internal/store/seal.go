package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/droverhq/drover"
)

// A Seal ends a backup: what it holds, and who vouches for it. Behind it stands the
// SHA-256 of all before, so that no byte of a backup can change unseen; the signature
// tells that nobody made both anew.
type Seal struct {
	Schema string `json:"schema"`
	Bytes  int64  `json:"bytes"`  // of the backup itself, before the seal
	SHA256 string `json:"sha256"` // of those
	Key    string `json:"key_id"` // of the key that signed; "": nobody did
	Sig    string `json:"sig"`    // over Signed, in base64
}

const (
	sealSchema = "drover/v1/backup_seal"
	mostSeal   = 4 << 10
	sumBytes   = 2*sha256.Size + 1 // hex, and the end of the line
)

// Signed is what the signature of a seal covers.
func (s *Seal) Signed() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%s\n%s\n", sealSchema, s.Bytes, s.SHA256, s.Key)
}

// seal adds the seal to the end of a file. sign fills in key and signature.
func seal(path string, sign func(*Seal) error) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	all := sha256.New()
	s := Seal{Schema: sealSchema}
	if s.Bytes, err = io.Copy(all, f); err != nil {
		return err
	}
	s.SHA256 = hex.EncodeToString(all.Sum(nil))
	if sign != nil {
		if err := sign(&s); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	raw = append(append([]byte("\n"), raw...), '\n')
	all.Write(raw)
	if _, err := f.Write(fmt.Appendf(raw, "%x\n", all.Sum(nil))); err != nil {
		return err
	}
	return f.Sync()
}

// ReadSeal reads a backup whole and returns its seal, and leaves it at its beginning.
// The error wraps drover.ErrInvalid where any byte is another than was written, or
// where it has no seal.
func ReadSeal(f *os.File) (*Seal, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := fi.Size()
	tail := make([]byte, min(size, mostSeal+sumBytes))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	bad := fmt.Errorf("it is damaged, cut short, or was never sealed: %w", drover.ErrInvalid)
	if len(tail) < sumBytes+2 {
		return nil, bad
	}
	head, sum := tail[:len(tail)-sumBytes], tail[len(tail)-sumBytes:]
	at := bytes.LastIndexByte(head[:len(head)-1], '\n')
	s := &Seal{}
	if at < 0 || json.Unmarshal(head[at:], s) != nil || s.Schema != sealSchema || s.Bytes != size-sumBytes-int64(len(head)-at) {
		return nil, bad
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	all := sha256.New()
	if _, err := io.CopyN(all, f, s.Bytes); err != nil {
		return nil, err
	}
	if hex.EncodeToString(all.Sum(nil)) != s.SHA256 {
		return nil, bad
	}
	all.Write(head[at:])
	if fmt.Sprintf("%x\n", all.Sum(nil)) != string(sum) {
		return nil, bad
	}
	_, err = f.Seek(0, io.SeekStart)
	return s, err
}

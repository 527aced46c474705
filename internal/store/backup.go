package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/droverhq/drover"
)

// Backup writes a consistent copy of the store to a new file, while others read
// and write: of SQLite a SQLite file, of PostgreSQL an export. The file is
// private to its owner, and ends in a [Seal]. The error wraps drover.ErrConflict when it exists.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("backup: %s exists; choose another name: %w", path, drover.ErrConflict)
	}
	// Written aside and renamed, so that a file of this name is a whole backup.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".drover-backup-*") // 0700
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, "store")
	if err := s.d.backup(ctx, s, temp); err != nil {
		return fmt.Errorf("backup: %w", s.d.explain(err))
	}
	if err := os.Chmod(temp, 0o600); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := seal(temp, s.o.Sign); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// RestoreOptions say how a backup is restored.
type RestoreOptions struct {
	Options      // of the store that the backup goes to
	Force   bool // over a store that holds something; what it held is backed up first

	// Check says whether who signed the backup is to be believed; nil: everybody is.
	Check func(*Seal) error
	// Unsealed takes a file as it is: one that an older version made, or an export.
	Unsealed bool
}

var sqliteMagic = []byte("SQLite format 3\x00")

// Restore fills the store that dsn names with a backup or an export, of either
// database. Before it looks at the store it checks every byte of the backup, then the
// version and the fingerprint key. The error wraps drover.ErrInvalid where the backup
// is not as it was made, drover.ErrConflict when the store holds something and Force is
// not set.
//
// What a restored store knows is old: whoever acts on systems from it must look
// at them again first.
func Restore(ctx context.Context, path, dsn string, o RestoreOptions) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(sqliteMagic))
	if _, err := io.ReadFull(f, head); err != nil {
		return fmt.Errorf("restore: %s is no backup: %w", path, drover.ErrInvalid)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	var from io.Reader = f
	size := int64(math.MaxInt64)
	if !o.Unsealed {
		s, err := ReadSeal(f)
		if err == nil && o.Check != nil {
			err = o.Check(s)
		}
		if err != nil {
			return fmt.Errorf("restore: %s: %w; the store was not touched", path, err)
		}
		size, from = s.Bytes, io.LimitReader(f, s.Bytes)
	}
	o.ReadOnly = false
	target, err := Open(ctx, dsn, o.Options)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer target.Close()
	if bytes.Equal(head, sqliteMagic) {
		pipe, stop, err := exportOf(ctx, path, size, o.Options)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		defer stop()
		from = pipe
	}
	if err := target.load(ctx, from, o.Force); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	return nil
}

// exportOf reads a SQLite backup as an export, from a private copy: opening the
// file itself could leave a journal beside it.
func exportOf(ctx context.Context, path string, size int64, o Options) (r io.Reader, stop func(), err error) {
	dir, err := os.MkdirTemp(o.Spool, "drover-restore-*")
	if err != nil {
		return nil, nil, err
	}
	clean := func() { os.RemoveAll(dir) }
	if err := copyFile(filepath.Join(dir, "store"), path, size); err != nil {
		clean()
		return nil, nil, err
	}
	source, err := Open(ctx, "sqlite:"+filepath.Join(dir, "store"), Options{KeyID: o.KeyID, Now: o.Now, Log: o.Log})
	if err != nil {
		clean()
		return nil, nil, err
	}
	pr, pw := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pw.CloseWithError(source.Export(ctx, pw))
	}()
	return pr, func() {
		pr.Close()
		<-done
		source.Close()
		clean()
	}, nil
}

// copyFile copies as many bytes of a file at most.
func copyFile(to, from string, size int64) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, size))
	return errors.Join(err, out.Close())
}

package machine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/droverhq/drover"
)

// A disk is the tree that may be read, and the only door to it. Paths inside it
// are absolute and slash-separated ("/home/a/.aws/config"), whatever the system;
// nothing outside it is ever opened, whichever way links lead.
type disk struct {
	root   *os.Root
	base   string // the native path of its "/", links resolved
	system bool   // "/" is the root of a system (this one, or a mounted one), so absolute links start there

	opened func(name string) // told of every file opened for reading; nil: nobody
}

var (
	errOutside  = errors.New("a link leads outside of what is scanned")
	errSpecial  = errors.New("not a regular file")
	errTooLarge = errors.New("larger than max_file_size")
	errLoop     = errors.New("links lead round in a circle")
	errChanging = errors.New("the file changed while it was read, twice")
)

// maxLinks is how many links are followed for one path, as the kernel does.
const maxLinks = 40

func openDisk(base string, system bool) (*disk, error) {
	r, err := os.OpenRoot(base)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", base, classify(err))
	}
	return &disk{root: r, base: base, system: system}, nil
}

func (d *disk) close() { d.root.Close() }

// rel turns a path inside the disk into the form os.Root takes.
func rel(name string) string {
	if name = strings.TrimPrefix(path.Clean("/"+name), "/"); name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}

// native is the path by which this computer's user knows name.
func (d *disk) native(name string) string { return filepath.Join(d.base, rel(name)) }

// inside turns a native path into one inside the disk.
func (d *disk) inside(native string) (string, bool) {
	r, err := filepath.Rel(d.base, native)
	if err != nil || r == ".." || strings.HasPrefix(r, ".."+string(filepath.Separator)) {
		return "", false
	}
	return path.Clean("/" + filepath.ToSlash(r)), true
}

func (d *disk) lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(rel(name)) }

// resolve follows links and returns the path that has none, and what lies there.
func (d *disk) resolve(name string) (string, fs.FileInfo, error) {
	todo := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	cur := "/"
	links := 0
	for len(todo) > 0 {
		c := todo[0]
		todo = todo[1:]
		switch c {
		case "", ".":
			continue
		case "..":
			if cur == "/" && !d.system {
				return "", nil, errOutside
			}
			cur = path.Dir(cur)
			continue
		}
		next := path.Join(cur, c)
		info, err := d.lstat(next)
		if err != nil {
			return "", nil, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			cur = next
			continue
		}
		if links++; links > maxLinks {
			return "", nil, errLoop
		}
		to, err := d.root.Readlink(rel(next))
		if err != nil {
			return "", nil, err
		}
		if filepath.IsAbs(to) || strings.HasPrefix(to, "/") {
			in, ok := d.inside(to)
			if !ok && !d.system {
				return "", nil, errOutside
			} else if !ok {
				in = filepath.ToSlash(strings.TrimPrefix(to, filepath.VolumeName(to)))
			}
			cur, to = "/", in
		}
		todo = append(strings.Split(filepath.ToSlash(to), "/"), todo...)
	}
	info, err := d.lstat(cur)
	return cur, info, err
}

// read returns the bytes of a regular file that has no link in its path. It
// never blocks on a pipe or device, leaves the access time alone where the
// system allows, and reads once more when the file changed meanwhile.
func (d *disk) read(name string, limit int64) ([]byte, fs.FileInfo, error) {
	for range 2 {
		data, info, err := d.readOnce(name, limit)
		if !errors.Is(err, errChanging) {
			return data, info, err
		}
	}
	return nil, nil, errChanging
}

func (d *disk) readOnce(name string, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := d.lstat(name)
	if err != nil {
		return nil, nil, err
	}
	// Asked before opening: to open a device can be to use it.
	if !info.Mode().IsRegular() {
		return nil, nil, errSpecial
	}
	if info.Size() > limit {
		return nil, nil, tooLarge(info.Size(), limit)
	}
	f, err := openQuietly(d.root, rel(name))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if d.opened != nil {
		d.opened(name)
	}
	if !before.Mode().IsRegular() {
		return nil, nil, errSpecial
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, nil, err
	}
	if int64(len(data)) > limit {
		return nil, nil, tooLarge(int64(len(data)), limit)
	}
	after, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !after.ModTime().Equal(before.ModTime()) || int64(len(data)) != after.Size() && after.Size() != 0 {
		return nil, nil, errChanging
	}
	return data, after, nil
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%d bytes, %w of %d; raise it to read this file", size, errTooLarge, limit)
}

// list returns the entries of a directory, sorted by name; at most limit.
// full is false when there were more.
func (d *disk) list(name string, limit int) (entries []fs.DirEntry, full bool, err error) {
	info, err := d.lstat(name)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		return nil, false, fmt.Errorf("not a directory: %w", fs.ErrNotExist)
	}
	f, err := openQuietly(d.root, rel(name))
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	for len(entries) <= limit {
		batch, err := f.ReadDir(1024)
		entries = append(entries, batch...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	if len(entries) > limit {
		return entries[:limit], false, nil
	}
	return entries, true, nil
}

// classify joins the root's sentinel to an error of the file system.
func classify(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", err, drover.ErrPermission)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", err, drover.ErrNotFound)
	}
	return err
}

// reason is the text of err without the path, which the note has already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

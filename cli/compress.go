package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/droverhq/drover"
)

// compressed writes through the compression that the ending of a file names:
// .zst, .gz, none otherwise.
func compressed(w io.Writer, path string, write func(io.Writer) error) error {
	var c io.WriteCloser
	switch {
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewWriter(w)
		if err != nil {
			return err
		}
		c = z
	case strings.HasSuffix(path, ".gz"):
		c = gzip.NewWriter(w)
	default:
		return write(w)
	}
	return errors.Join(write(c), c.Close())
}

// maxWindow bounds the memory that a compressed file can make its reader take.
const maxWindow = 128 << 20

// plain reads what a file holds, compressed or not: its first bytes tell, not
// its name. done frees what reading took.
func plain(f io.Reader) (r io.Reader, done func(), err error) {
	b := bufio.NewReaderSize(f, 1<<20)
	head, _ := b.Peek(4) // shorter: not compressed
	switch {
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", err, drover.ErrInvalid)
		}
		return z, z.Close, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", err, drover.ErrInvalid)
		}
		return z, func() { _ = z.Close() }, nil
	}
	return b, func() {}, nil
}

package rows

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/droverhq/drover"
	"github.com/klauspost/compress/zstd"
)

// The limits on compressed input. Text of ours compresses some 50 times; gzip
// cannot do more than about 1,032 and zstd can do without limit.
const (
	maxRatio   = 300
	ratioFloor = 64 << 20 // below this many plain bytes the ratio is not judged
)

// Plain returns the bytes of r with gzip or zstd undone, told by their first
// bytes and not by a name. More than limit plain bytes, or more than 300 times
// the compressed ones, is an error wrapping drover.ErrInvalid: a bomb. A stream
// that ends early gives io.ErrUnexpectedEOF.
func Plain(r io.Reader, limit int64) (io.ReadCloser, error) {
	in := &counter{r: r}
	br := bufio.NewReaderSize(in, 64<<10)
	head, err := br.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	p := &plain{r: br, limit: limit}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("read gzip header: %w", err)
		}
		p.r, p.in, p.close = z, in, func() { z.Close() }
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderMaxMemory(128<<20))
		if err != nil {
			return nil, fmt.Errorf("read zstd header: %w", err)
		}
		p.r, p.in, p.close = z, in, z.Close
	}
	return p, nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

type plain struct {
	r     io.Reader
	in    *counter // nil: not compressed
	n     int64
	limit int64
	close func()
}

func (p *plain) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	if p.limit > 0 && p.n > p.limit {
		return 0, fmt.Errorf("more than %d bytes of content, see option max_mb: %w", p.limit, drover.ErrInvalid)
	}
	if p.in != nil && p.n > ratioFloor && p.n/maxRatio > p.in.n {
		return 0, fmt.Errorf("%d bytes of content out of %d compressed ones: refused as a decompression bomb: %w", p.n, p.in.n, drover.ErrInvalid)
	}
	return n, err
}

func (p *plain) Close() error {
	if p.close != nil {
		p.close()
	}
	return nil
}

package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
)

// maxStderr is how much of the end of standard error is quoted, in bytes.
const maxStderr = 4 << 10

type command struct {
	argv    []string
	env     []string // names
	dir     string
	timeout time.Duration
	limit   int64 // bytes of output
}

// A running is a started command.
type running struct {
	c      command
	cmd    *exec.Cmd
	ctx    context.Context // done at the timeout
	cancel context.CancelFunc
	out    *capped
	errs   *tail
	hidden []string // values of the environment, never quoted
	once   sync.Once
	err    error
}

func start(ctx context.Context, c command) (*running, error) {
	r := &running{c: c, errs: &tail{max: maxStderr}}
	r.ctx, r.cancel = context.WithTimeout(ctx, c.timeout)
	r.cmd = exec.CommandContext(r.ctx, c.argv[0], c.argv[1:]...)
	r.cmd.Env = []string{} // not nil: nil would hand on everything
	for _, name := range c.env {
		if v, ok := os.LookupEnv(name); ok {
			r.cmd.Env = append(r.cmd.Env, name+"="+v)
			r.hidden = append(r.hidden, v)
		}
	}
	if r.cmd.Dir = c.dir; c.dir == "" {
		r.cmd.Dir = string(filepath.Separator)
	}
	r.cmd.Stderr = r.errs
	r.cmd.WaitDelay = 2 * time.Second
	group(r.cmd)
	// Our own pipe: StdoutPipe would be closed by Wait under a child that holds it.
	pr, pw, err := os.Pipe()
	if err != nil {
		r.cancel()
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	r.cmd.Stdout = pw
	err = r.cmd.Start()
	pw.Close()
	if err != nil {
		pr.Close()
		r.cancel()
		return nil, fmt.Errorf("start %s: %w", c.argv[0], err)
	}
	r.out = &capped{r: pr, left: c.limit, stop: r.cancel}
	// A grandchild may hold the pipe open for ever; the timeout closes our end.
	context.AfterFunc(r.ctx, func() { killGroup(r.cmd); _ = pr.SetReadDeadline(time.Unix(1, 0)) })
	return r, nil
}

// stdout is read to its end before wait is called.
func (r *running) stdout() io.Reader { return r.out }

// stop ends the command and everything it started.
func (r *running) stop() {
	r.cancel()
	_ = r.wait() // it was told to end
	killGroup(r.cmd)
	r.out.r.Close()
}

// wait returns nil when the command ended by itself with exit code 0 and all of
// its output was read.
func (r *running) wait() error {
	r.once.Do(func() {
		if r.out.full { // it may wait for ever for somebody to read
			r.cancel()
		}
		err := r.cmd.Wait()
		switch {
		case r.out.full:
			err = fmt.Errorf("%s prints more than %d MiB and was ended, see option max_mb: %w", r.c.argv[0], r.c.limit>>20, drover.ErrInvalid)
		case errors.Is(r.ctx.Err(), context.DeadlineExceeded):
			err = fmt.Errorf("%s was ended after %s, see option timeout: %w", r.c.argv[0], r.c.timeout, drover.ErrTransient)
		case r.ctx.Err() != nil && err != nil:
			err = fmt.Errorf("%s was ended: %w", r.c.argv[0], context.Cause(r.ctx))
		case err != nil:
			err = fmt.Errorf("%s failed: %w", r.c.argv[0], err)
		}
		if stderr := r.errs.String(); err != nil && stderr != "" {
			if known := said(stderr, r.hidden); known != "" {
				err = fmt.Errorf("%w; it said: %s; run it by hand to see all", err, known)
			} else {
				err = fmt.Errorf("%w; what it said is not kept, for it may hold secrets; run it by hand to see it", err)
			}
		}
		r.err = err
	})
	return r.err
}

// A capped ends a stream that grows too long.
type capped struct {
	r    *os.File
	left int64
	stop func()
	full bool
}

var errFull = fmt.Errorf("the command prints more than it may: %w", drover.ErrInvalid)

func (c *capped) Read(b []byte) (int, error) {
	if c.full {
		return 0, errFull
	}
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		c.full = true
		c.stop()
		return 0, errFull
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// A tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	max int
	buf []byte
	cut bool
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b[max(0, len(b)-t.max):]...)
	if len(b) > t.max || len(t.buf) > t.max {
		t.cut = true
		t.buf = append([]byte(nil), t.buf[len(t.buf)-min(len(t.buf), t.max):]...)
	}
	return len(b), nil
}

// String returns what was kept, from the first whole line when more was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := string(t.buf)
	if t.cut {
		// A cut may run through a secret, which nothing would recognise any more.
		_, s, _ = strings.Cut(s, "\n")
	}
	return s
}

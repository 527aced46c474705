package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

const (
	maxAnswer  = 512 << 20 // of one answer that is held whole
	maxProblem = 1 << 20
	attempts   = 5
	longest    = time.Minute // that a server may ask to wait before the next attempt
)

// ErrNotSent says that a request was shown and not sent.
var ErrNotSent = errors.New("not sent")

// call makes a call and returns its answer.
func call[T any](ctx context.Context, c *Client, r request) (*T, error) {
	out := new(T)
	if err := c.do(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}

// do makes a call and reads its answer into out; nil: it has none.
func (c *Client) do(ctx context.Context, r request, out any) error {
	_, err := c.tagged(ctx, r, out)
	return err
}

// tagged also returns the ETag of the answer.
func (c *Client) tagged(ctx context.Context, r request, out any) (string, error) {
	resp, err := c.send(ctx, r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return "", lost(ctx, err)
	case len(raw) > maxAnswer:
		return "", fmt.Errorf("the server's answer is over %d MiB: ask for less, by a filter: %w", maxAnswer>>20, drover.ErrInvalid)
	case out == nil:
		return resp.Header.Get("ETag"), nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // what has no type of its own stays the number that it is
	if err := d.Decode(out); err != nil {
		return "", fmt.Errorf("the server's answer cannot be read; is it of another version? drover version --server tells: %w", err)
	}
	return resp.Header.Get("ETag"), nil
}

// ETag is the tag of what a request shows, for If-Match.
func (c *Client) ETag(ctx context.Context, in Request) (string, error) {
	if c.dry {
		return "*", nil
	}
	return c.tagged(ctx, in.request(), nil)
}

// send sends a request, again where that does no harm and the server asks for it,
// and returns an answer of success.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("ask the server: %w", err)
		}
	}
	if c.show != nil {
		c.show(c.curl(r, body))
	}
	if c.dry {
		return nil, ErrNotSent
	}
	key := rand.Text()
	for attempt := 1; ; attempt++ {
		resp, err := c.once(ctx, r, body, key)
		if err == nil && resp.StatusCode < 300 {
			return resp, nil
		}
		var said time.Duration
		if err == nil {
			said = after(resp.Header.Get("Retry-After"))
			err = problem(resp)
		} else {
			err = lost(ctx, err)
		}
		if attempt == attempts || said > longest || !again(r, err) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(c.wait(attempt, said)):
		}
	}
}

func (c *Client) once(ctx context.Context, r request, body []byte, key string) (*http.Response, error) {
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.url(r), in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, drover.ErrInvalid)
	}
	h := req.Header
	h.Set("User-Agent", c.agent)
	h.Set("Accept", "application/json")
	if r.accept != "" {
		h.Set("Accept", r.accept)
	}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
	if r.keyed {
		h.Set("Idempotency-Key", key)
	}
	if r.match != "" {
		h.Set("If-Match", r.match)
	}
	if c.token != "" {
		h.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	return c.http.Do(req)
}

func (c *Client) url(r request) string {
	u := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		u += "?" + r.query.Encode()
	}
	return u
}

// again reports whether a call that failed so may be sent once more: what was
// refused for now, if doing it twice is doing it once.
func again(r request, err error) bool {
	if r.method == http.MethodPost && !r.keyed {
		return false
	}
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		op, dialled := errors.AsType[*net.OpError](err)
		return (r.method == http.MethodGet || r.keyed) && dialled && op.Op != "dial"
	}
	return f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable || f.Code == "idempotency_key_running"
}

// after reads Retry-After: seconds, or a date (RFC 9110 10.2.3).
func after(text string) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

// backoff is how long to wait: at least as long as the server says, and a random
// part more, so that not all who wait come back at once.
func backoff(attempt int, said time.Duration) time.Duration {
	most := min(200*time.Millisecond<<attempt, 5*time.Second)
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)))
	if err != nil {
		return said + most
	}
	return said + time.Duration(n.Int64())
}

// lost is the error of a call without an answer.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("no server answers, and nothing was asked of it: %w; does it run (drover up, drover serve), and is --server right? Without --server the store of this machine is asked: %w", op, drover.ErrTransient)
	}
	return fmt.Errorf("the server was asked and its answer did not arrive: %w; look at what is there before you repeat a change: %w", err, drover.ErrTransient)
}

package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/droverhq/drover"
)

// ErrNoRoute says that a thing is changed by an address that shows nothing.
var ErrNoRoute = errors.New("no such route")

// Call makes one call of the API of a server that Dial found and returns the ETag of
// the answer, which it reads into out where that is not nil. tag, where given, is
// sent in If-Match. Errors wrap those of drover that the status stands for, and
// ErrNoRoute.
func Call(ctx context.Context, client *http.Client, method, path, tag string, body, out any) (string, error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return "", fmt.Errorf("ask the server: %w", err)
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, Base+"/api/v1"+path, in)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w: %w", err, drover.ErrInvalid)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", rand.Text())
	}
	if tag != "" {
		r.Header.Set("If-Match", tag)
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w: %w", err, drover.ErrTransient)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return "", fmt.Errorf("ask the server: %w: %w", err, drover.ErrTransient)
	}
	if resp.StatusCode >= 300 {
		return "", refusedBy(resp.StatusCode, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			return "", fmt.Errorf("the server's answer cannot be read: %w", err)
		}
	}
	return resp.Header.Get("ETag"), nil
}

// refusedBy is the error of a problem that the server answered.
func refusedBy(status int, raw []byte) error {
	var p struct {
		Title, Detail, Code string
	}
	_ = json.Unmarshal(raw, &p) // a status alone says enough
	if status == http.StatusMethodNotAllowed {
		return ErrNoRoute
	}
	if p.Detail == "" {
		p.Detail = p.Title
	}
	kind := map[int]error{400: drover.ErrInvalid, 422: drover.ErrInvalid, 401: drover.ErrPermission, 403: drover.ErrPermission, 404: drover.ErrNotFound, 409: drover.ErrConflict, 412: drover.ErrConflict, 503: drover.ErrTransient, 429: drover.ErrTransient}[status]
	if kind == nil {
		return fmt.Errorf("the server answered %d: %s", status, p.Detail)
	}
	return fmt.Errorf("%s: %w", p.Detail, kind)
}

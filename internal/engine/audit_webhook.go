package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/droverhq/drover"
)

// post sends a line of JSON to a webhook. Its address may hold a secret, so that
// no error tells it.
func post(ctx context.Context, address string, line []byte) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("the webhook is no http or https URL: %w", drover.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("the webhook is no URL: %w", drover.ErrInvalid)
	}
	req.Header.Set("Content-Type", "application/json")
	client := Outside()
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = e.Err
		}
		return fmt.Errorf("webhook at %s: %w", u.Hostname(), err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection ends well; nothing is read from it
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("webhook at %s answered %d: %w", u.Hostname(), resp.StatusCode, drover.ErrTransient)
	}
	return nil
}

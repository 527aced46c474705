package serve

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A message is what a webhook gets: thin, with ids and no values of the estate but
// the name of the source and why its scan failed, or the name of a view and how many
// came and went.
type message struct {
	Type      string    `json:"type"` // scan.failed, scan.recovered, view.changed
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"` // an engine.ScanAlert or an engine.ViewChange
	URL       string    `json:"url"`  // of this server
}

// notify tells the configured webhooks of a scan; it does not wait for them.
func (x *server) notify(ctx context.Context, a engine.ScanAlert) {
	kind := "scan.failed"
	if a.Error == nil {
		kind = "scan.recovered"
	}
	x.send(ctx, kind, a)
}

// send tells the configured webhooks; it does not wait for them.
func (x *server) send(ctx context.Context, kind string, data any) {
	m := message{Type: kind, Timestamp: x.Now().UTC(), Data: data, URL: x.url}
	raw, err := json.Marshal(m)
	if err != nil {
		x.Log.ErrorContext(ctx, "an alert could not be written", "err", err)
		return
	}
	id := "msg_" + rand.Text()
	for i, n := range x.Config.Notify {
		if n.Kind != "webhook" {
			continue
		}
		x.sending.Go(func() {
			if err := x.deliver(x.stopping, n, id, raw); err != nil {
				x.metrics.missed.Inc()
				x.Log.Error("an alert was not delivered", "notify", i, "message", id, "err", err)
			}
		})
	}
}

// Attempts at a webhook: after a second, then four times as long each time.
const (
	attempts  = 5
	firstWait = time.Second
)

func (x *server) deliver(ctx context.Context, n config.Notice, id string, body []byte) error {
	address, err := config.Resolve(n.URL)
	if err != nil {
		return err
	}
	key, err := webhookKey(n.Secret)
	if err != nil {
		return err
	}
	wait := firstWait
	for attempt := 1; ; attempt++ {
		err := post(ctx, x.outside, address, key, id, x.Now(), body)
		if err == nil || attempt == attempts || !errors.Is(err, drover.ErrTransient) {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-t.C:
		}
		wait *= 4
	}
}

// webhookKey is the key of a secret as the Standard Webhooks specification 1.0
// writes it: whsec_ and base64. nil: messages are not signed.
func webhookKey(secret string) ([]byte, error) {
	if secret == "" {
		return nil, nil
	}
	text, err := config.Resolve(secret)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil || len(key) < 24 {
		return nil, fmt.Errorf("the secret of the webhook is not whsec_ and base64 of at least 24 bytes: %w", drover.ErrInvalid)
	}
	return key, nil
}

// post sends one message. No error tells the address, which may hold a secret.
func post(ctx context.Context, c *http.Client, address string, key []byte, id string, at time.Time, body []byte) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("the webhook is no http or https URL: %w", drover.ErrInvalid)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the webhook is no URL: %w", drover.ErrInvalid)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", stamp)
	if key != nil {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
		req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	resp, err := c.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		if errors.Is(err, drover.ErrPermission) {
			return fmt.Errorf("webhook at %s: %w", u.Hostname(), err)
		}
		return fmt.Errorf("webhook at %s: %w: %w", u.Hostname(), err, drover.ErrTransient)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection ends well; nothing is read from it
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return fmt.Errorf("webhook at %s answered %d: %w", u.Hostname(), resp.StatusCode, drover.ErrTransient)
	}
	return fmt.Errorf("webhook at %s answered %d, which is for good: %w", u.Hostname(), resp.StatusCode, drover.ErrInvalid)
}

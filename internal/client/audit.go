package client

import (
	"context"
	"io"
	"net/http"
	"time"
)

// ExportAudit writes the entries of the audit log that are older than a time, one
// JSON object a line. GET /api/v1/audit:export
func (c *Client) ExportAudit(ctx context.Context, before time.Time, w io.Writer) error {
	r := request{id: "export_audit", method: http.MethodGet, path: "/audit:export", accept: "application/x-ndjson"}
	r.set("before", AsOf(before))
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return lost(ctx, err)
	}
	return nil
}

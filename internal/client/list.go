package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// A Page is one page of a list.
type Page[T any] struct {
	Schema        string                         `json:"schema"`
	Generation    int64                          `json:"generation"`
	AsOf          *time.Time                     `json:"as_of"`
	TotalSize     int                            `json:"total_size"`
	TotalExact    bool                           `json:"total_exact"`
	NextPageToken string                         `json:"next_page_token"` // "": this is the last one
	Items         []T                            `json:"items"`
	Facets        map[string][]engine.FacetCount `json:"facets"`

	// What some lists say beside.
	Hidden      int              `json:"hidden"`       // findings that are accepted
	Looked      int              `json:"looked"`       // identities that a filter kept
	Counts      map[string]int   `json:"counts"`       // by why an owner is missing
	Catalogues  []string         `json:"catalogues"`   // of answers over the graph of effects
	NotAnalysed []engine.GapView `json:"not_analysed"` // of these too
	Overrides   json.RawMessage  `json:"overrides"`    // of what is asked of the estate
}

// pageSize is how many items are asked for where all are wanted.
const pageSize = 1000

// All reads every page of a list into one. most bounds the items; 0: all. Where the
// estate changes on the way so that the server can go on no more, it begins again.
func All[T any](ctx context.Context, p ListParams, most int, ask func(context.Context, ListParams) (*Page[T], error)) (*Page[T], error) {
	p.PageSize = pageSize
	if most > 0 {
		p.PageSize = min(most, pageSize)
	}
	const tries = 3
	for try := 1; ; try++ {
		v, err := whole(ctx, p, most, ask)
		if f, ok := errors.AsType[*Fault](err); !ok || f.Code != "page_token_expired" || try == tries {
			return v, err
		}
	}
}

func whole[T any](ctx context.Context, p ListParams, most int, ask func(context.Context, ListParams) (*Page[T], error)) (*Page[T], error) {
	v, err := ask(ctx, p)
	if err != nil {
		return nil, err
	}
	for v.NextPageToken != "" && (most == 0 || len(v.Items) < most) {
		q := p
		q.PageToken, q.Filter, q.OrderBy, q.AsOf = v.NextPageToken, "", "", ""
		next, err := ask(ctx, q)
		if err != nil {
			return nil, err
		}
		v.Items, v.NextPageToken = append(v.Items, next.Items...), next.NextPageToken
	}
	if most > 0 && len(v.Items) > most {
		v.Items = v.Items[:most]
	}
	return v, nil
}

// A Stream is every item of a list, read as it is asked for.
type Stream[T any] struct {
	Generation int64
	Total      int
	Items      iter.Seq2[T, error] // good for one round; an error is the last
}

const maxLine = 64 << 20

// Lines streams a list, whatever its length.
func Lines[T any](ctx context.Context, c *Client, in Request) (*Stream[T], error) {
	r := in.request()
	r.accept = "application/x-ndjson"
	resp, err := c.send(ctx, r) //nolint:bodyclose // by Items, when the round ends
	if err != nil {
		return nil, err
	}
	s := &Stream[T]{}
	s.Generation, _ = strconv.ParseInt(resp.Header.Get("Drover-Generation"), 10, 64)
	if s.Total, err = strconv.Atoi(resp.Header.Get("Drover-Total")); err != nil {
		resp.Body.Close()
		return nil, fmt.Errorf("the server's answer cannot be read: it has no Drover-Total: %w", drover.ErrInvalid)
	}
	s.Items = func(yield func(T, error) bool) {
		defer resp.Body.Close()
		b, n := bufio.NewScanner(resp.Body), 0
		b.Buffer(make([]byte, 0, 64<<10), maxLine)
		var zero T
		for b.Scan() {
			var item T
			if len(bytes.TrimSpace(b.Bytes())) == 0 {
				continue
			}
			if err := json.Unmarshal(b.Bytes(), &item); err != nil {
				yield(zero, fmt.Errorf("the server's answer cannot be read: %w", err))
				return
			}
			n++
			if !yield(item, nil) {
				return
			}
		}
		if err := b.Err(); err != nil {
			yield(zero, lost(ctx, err))
		} else if n != s.Total {
			yield(zero, fmt.Errorf("the server's answer ended after %d of %d items: %w", n, s.Total, drover.ErrTransient))
		}
	}
	return s, nil
}

// Copy writes an answer as it comes, in a form such as text/csv, and returns how
// many bytes it has.
func Copy(ctx context.Context, c *Client, in Request, accept string, w io.Writer) (int64, error) {
	r := in.request()
	r.accept = accept
	resp, err := c.send(ctx, r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(w, resp.Body)
	if err != nil {
		err = lost(ctx, err)
	}
	return n, err
}

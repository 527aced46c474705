package api

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/droverhq/drover/internal/engine"
)

// stream writes every row that matches, one at a time. A client that goes away
// ends it; an answer that fails half way is cut, so that nobody takes it for whole.
func (v *listing) stream(x *exchange) error {
	h := x.Header()
	h.Set("Drover-Generation", strconv.FormatInt(v.found.Generation, 10))
	h.Set("Drover-Total", strconv.Itoa(v.found.Total))
	media, ext := "application/x-ndjson", "ndjson"
	if v.format == "csv" {
		media, ext = "text/csv; charset=utf-8; header=present", "csv"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+v.noun+"."+ext+`"`)
	r := v.receipt(x)
	h.Set("Drover-User", url.PathEscape(r.User))
	if r.AsOf != nil {
		h.Set("Drover-As-Of", r.AsOf.Format(time.RFC3339Nano))
	}
	if f := url.PathEscape(r.Filter); f != "" && len(f) <= maxFilterHeader {
		h.Set("Drover-Filter", f)
	}
	h.Set("Trailer", "Drover-SHA256")
	z, end := x.compressed(-1)
	x.WriteHeader(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return nil
	}
	b := bufio.NewWriterSize(z, 64<<10)
	write := v.lines
	if v.format == "csv" {
		write = v.table
	}
	if v.format != "csv" || !v.in.Receipt {
		r = nil
	}
	sealed := engine.NewReceiver(b, r)
	rows, err := write(x, sealed)
	if err := errors.Join(err, v.found.Failed); err != nil {
		return err
	}
	h.Set("Drover-SHA256", sealed.Sum()) // in the trailer
	if err := sealed.End(rows); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	end()
	return nil
}

// maxFilterHeader bounds a header that tells the filter: proxies refuse large ones. A
// receipt has it whole.
const maxFilterHeader = 2000

// receipt says of what the stream is.
func (v *listing) receipt(x *exchange) *engine.Receipt {
	r := &engine.Receipt{Noun: v.noun, Filter: v.in.Filter, OrderBy: v.in.OrderBy, At: x.s.o.Now().UTC(), Generation: v.found.Generation, User: x.caller.Who(), Grants: engine.GrantWords(x.caller.Grants)}
	if !v.in.at.IsZero() {
		at := v.in.at.UTC()
		r.AsOf = &at
	}
	return r
}

// gone reports, every so many rows, whether the client has left.
func gone(x *exchange, n int) error {
	if n%256 == 0 {
		return x.r.Context().Err()
	}
	return nil
}

func (v *listing) lines(x *exchange, w io.Writer) (n int, err error) {
	for item := range v.found.All {
		if err := gone(x, n); err != nil {
			return n, err
		}
		n++
		raw, err := encode(item, v.in.Fields)
		if err != nil {
			return n, err
		}
		if _, err := w.Write(append(raw, '\n')); err != nil {
			return n, err
		}
	}
	return n, nil
}

// table writes CSV: the cells of fields=, else the usual ones of the list.
func (v *listing) table(x *exchange, w io.Writer) (n int, err error) {
	cells, err := engine.Cells(v.noun, v.item, v.in.Fields)
	if err != nil {
		return n, err
	}
	out := csv.NewWriter(w)
	row := make([]string, 0, len(cells))
	for _, c := range cells {
		row = append(row, c.Name)
	}
	if err := out.Write(row); err != nil {
		return n, err
	}
	for item := range v.found.All {
		if err := gone(x, n); err != nil {
			return n, err
		}
		n++
		if err := out.Write(engine.Row(cells, item, row[:0])); err != nil {
			return n, err
		}
	}
	out.Flush()
	return n, out.Error()
}

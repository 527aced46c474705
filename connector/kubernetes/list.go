package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/droverhq/drover"
)

// What a list is asked for as (Kubernetes documentation, API Concepts).
const (
	asObjects  = "application/json"
	asMetadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	asTable    = "application/json;as=Table;g=meta.k8s.io;v=v1"
)

// restarts is how often a list begins anew because the server forgot the version
// that it was being read of.
const restarts = 3

// errMost says that a list has more objects than the option max_objects allows.
var errMost = errors.New("more objects than the option max_objects allows")

// list gives every object of a list to each, page by page, and each page's
// objects once. All pages are of one version of the list: an answer that is of
// another, a page that comes twice, an object that comes twice is an error, for
// then another one was left out. Where the server has forgotten the version
// (410), the list begins anew; each is then given objects again, and note is told.
func (k *client) list(ctx context.Context, path, accept string, note func(string), each func(raw []byte) error) error {
	for try := 1; ; try++ {
		err := k.listOnce(ctx, path, accept, each)
		if !errors.Is(err, errGone) {
			return err
		}
		if try == restarts {
			return fmt.Errorf("list %s: %w each of %d times: %w", path, err, restarts, drover.ErrTransient)
		}
		note("the API server forgot the version of the list while it was read (410), so it was read anew; what was deleted in between may still be listed until the next scan")
	}
}

// listOnce reads one version of a list to its end.
func (k *client) listOnce(ctx context.Context, path, accept string, each func(raw []byte) error) error {
	seen, tokens := map[uint64]bool{}, map[string]bool{}
	seed := maphash.MakeSeed()
	version, next := "", ""
	for {
		q := url.Values{"limit": {strconv.Itoa(k.page)}}
		if next != "" {
			q.Set("continue", next)
		}
		here := map[uint64]bool{} // objects of this page: it may be asked for twice
		var head listMeta
		err := k.get(ctx, path+"?"+q.Encode(), accept, func(body io.Reader) error {
			twice := map[uint64]bool{}
			m, err := readList(body, func(raw []byte) error {
				key, err := identity(seed, raw)
				if err != nil {
					return each(raw) // it says what is wrong with it
				}
				if seen[key] || twice[key] {
					return fmt.Errorf("list %s: an object comes twice in one version of the list, so another may be missing: %w", path, drover.ErrInvalid)
				}
				twice[key] = true
				if here[key] {
					return nil
				}
				if len(seen)+len(here) >= k.most {
					return fmt.Errorf("list %s: %w", path, errMost)
				}
				here[key] = true
				return each(raw)
			})
			head = m
			return err
		})
		if err != nil {
			return err
		}
		if version != "" && head.Version != "" && head.Version != version {
			return fmt.Errorf("list %s: a page is of another version of the list than the one before it: %w", path, drover.ErrTransient)
		}
		version = head.Version
		for key := range here {
			seen[key] = true
		}
		if next = head.Continue; next == "" {
			return nil
		}
		if tokens[next] {
			return fmt.Errorf("list %s: the API server repeats a page: %w", path, drover.ErrTransient)
		}
		tokens[next] = true
	}
}

// identity is a number for the object, by its uid or else its name.
func identity(seed maphash.Seed, raw []byte) (uint64, error) {
	var o struct {
		Meta struct{ UID, Name, Namespace string } `json:"metadata"`
	}
	if err := decodeJSON(raw, &o); err != nil {
		return 0, err
	}
	if o.Meta.UID != "" {
		return maphash.String(seed, o.Meta.UID), nil
	}
	if o.Meta.Name == "" {
		return 0, drover.ErrInvalid
	}
	return maphash.String(seed, o.Meta.Namespace+"/"+o.Meta.Name), nil
}

// listMeta is the ListMeta of an answer.
type listMeta struct {
	Continue string `json:"continue"`
	Version  string `json:"resourceVersion"`
}

// readList reads one answer as it comes and gives each item to each, which must
// not keep it. Of a table an item is made from each row: its object, with the
// printed cells beside, by the names of their columns.
func readList(r io.Reader, each func(raw []byte) error) (listMeta, error) {
	in := &rationed{r: r}
	in.reset()
	d := jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var head listMeta
	var columns []string
	items := false
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return head, cutOff(err)
	}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return head, cutOff(err)
		}
		switch name := t.String(); name {
		case "metadata":
			v, err := d.ReadValue()
			if err != nil || json.Unmarshal(v, &head) != nil {
				return head, cutOff(err)
			}
		case "columnDefinitions":
			v, err := d.ReadValue()
			if err != nil {
				return head, cutOff(err)
			}
			columns = columnNames(v)
		case "items", "rows":
			items = true
			if err := readItems(d, in, name == "rows", columns, each); err != nil {
				return head, err
			}
		default:
			if _, err := d.ReadValue(); err != nil {
				return head, cutOff(err)
			}
		}
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != '}' {
		return head, cutOff(err)
	}
	if !items {
		return head, errCut{errors.New("the answer is no list")}
	}
	return head, nil
}

func readItems(d *jsontext.Decoder, in *rationed, rows bool, columns []string, each func(raw []byte) error) error {
	t, err := d.ReadToken()
	if err != nil {
		return cutOff(err)
	}
	if t.Kind() == 'n' {
		return nil
	}
	if t.Kind() != '[' {
		return errCut{errors.New("the answer is no list")}
	}
	for d.PeekKind() == '{' {
		in.reset()
		v, err := d.ReadValue()
		if err != nil {
			return cutOff(err)
		}
		raw := []byte(v)
		if rows {
			if raw, err = fromRow(v, columns); err != nil {
				return err
			}
		}
		if err := each(raw); err != nil {
			return err
		}
	}
	in.reset()
	if t, err := d.ReadToken(); err != nil || t.Kind() != ']' {
		return cutOff(err)
	}
	return nil
}

func columnNames(raw []byte) []string {
	var columns []struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(raw, &columns) != nil {
		return nil
	}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

// fromRow makes an object of a table's row.
func fromRow(raw []byte, columns []string) ([]byte, error) {
	var row struct {
		Cells  []json.RawMessage          `json:"cells"`
		Object map[string]json.RawMessage `json:"object"`
	}
	if err := decodeJSON(raw, &row); err != nil {
		return nil, errCut{err}
	}
	cells := map[string]json.RawMessage{}
	for i, c := range row.Cells {
		if i < len(columns) {
			cells[columns[i]] = c
		}
	}
	meta, err := rowMeta(row.Object["metadata"])
	if err != nil {
		return nil, errCut{err}
	}
	b, err := json.Marshal(map[string]any{"metadata": meta, "cells": cells})
	if err != nil {
		return nil, errCut{drover.ErrInvalid}
	}
	return b, nil
}

// rowMeta is the metadata of a row without the annotations that are copies of the
// object: a table has none of a Secret's values but in them, and nothing after
// this sees those.
func rowMeta(raw json.RawMessage) (map[string]json.RawMessage, error) {
	var meta map[string]json.RawMessage
	if len(raw) == 0 {
		return nil, nil
	}
	if err := decodeJSON(raw, &meta); err != nil {
		return nil, err
	}
	var annotations map[string]json.RawMessage
	if decodeJSON(meta["annotations"], &annotations) != nil {
		return meta, nil //nolint:nilerr // absent, or whoever decodes it says what is wrong
	}
	withoutCopies(annotations)
	b, err := json.Marshal(annotations)
	if err != nil {
		return nil, drover.ErrInvalid
	}
	meta["annotations"] = b
	return meta, nil
}

// cutOff is the error of an answer that is not whole. What the JSON decoder says
// is left out: it may quote.
func cutOff(err error) error {
	switch {
	case errors.Is(err, errTooBig):
		return fmt.Errorf("an object is over the limit of %d bytes: %w", maxObject, drover.ErrInvalid)
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut{errors.New("the answer is cut off, or is no JSON")}
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return errCut{errors.New("the answer is cut off, or is no JSON")}
	}
	return errCut{fmt.Errorf("read the answer: %w", hideURL(err))}
}

var errTooBig = errors.New("too big")

// rationed reads no more than one object may have between two resets, whatever the
// other side sends.
type rationed struct {
	r    io.Reader
	left int
}

func (b *rationed) reset() { b.left = maxObject + 1<<20 } // the decoder reads ahead

func (b *rationed) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooBig
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

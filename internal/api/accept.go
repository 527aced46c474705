package api

import (
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// accepted is how much a client wants each of several media types, by its header
// Accept: of each the weight that the most specific range gives it, 0 for what it does
// not take (RFC 9110 section 12.5.1). Ranges that cannot be read are passed over; a
// header without any is one that takes everything.
func accepted(header string, media []string) []float64 {
	out := make([]float64, len(media))
	named := make([]int, len(media)) // how specific the range is that gave the weight
	any := false
	for part := range strings.SplitSeq(header, ",") {
		given, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		any = true
		for i, m := range media {
			kind, _, _ := strings.Cut(m, "/")
			how := 0
			switch given {
			case m:
				how = 3
			case kind + "/*":
				how = 2
			case "*/*":
				how = 1
			}
			if how > named[i] {
				named[i], out[i] = how, q
			}
		}
	}
	if !any {
		for i := range out {
			out[i] = 1
		}
	}
	return out
}

// twice returns a parameter of a query that has several values and takes one; "":
// there is none. Which of them was meant nobody knows, and what stands in front may
// read another than the server does.
func twice(op *huma.Operation, query url.Values) string {
	var names []string
	for name, values := range query {
		if len(values) > 1 && slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool {
			return p.In == "query" && p.Name == name && (p.Explode == nil || !*p.Explode)
		}) {
			names = append(names, name)
		}
	}
	return slices.MinFunc(append(names, ""), func(a, b string) int {
		return strings.Compare(b, a)
	})
}

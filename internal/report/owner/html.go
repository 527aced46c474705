package owner

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io"
)

//go:generate go tool -modfile=../../../tools/go.mod templ generate -path .

//go:embed sheet.css
var css string

// policy lets nothing in but the style, which it names by its hash, so that text of
// scanned systems could do nothing even if it were markup (Content Security Policy
// Level 3, 6.1).
var policy = "default-src 'none'; style-src 'sha256-" + hash(css) + "'; base-uri 'none'; form-action 'none'"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// style is the style sheet as an element; it has no markup in it that could end it.
func style() string { return "<style>" + css + "</style>" }

func state(i *Item) string {
	if len(i.Asks) > 0 {
		return "asks"
	}
	return "quiet"
}

// HTML writes the sheet as one page that needs no script and no other file.
func (s *Sheet) HTML(ctx context.Context, w io.Writer) error { return page(s).Render(ctx, w) }

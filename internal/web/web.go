// Package web serves the page: the files that the build of web/ leaves in
// dist, embedded, or one page that says that there was no build.
//
// Everything the page loads comes from this binary. The Content-Security-Policy
// allows nothing else, no inline script, and no inline style but those with the
// nonce of the answer, which index.html holds places for.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The pattern matches a folder that is committed, so that it compiles where
// nothing was built.
//
//go:embed all:dist*
var files embed.FS

// Placeholder stands in index.html where the nonce of the answer goes.
const Placeholder = "__DROVER_NONCE__"

// A Page is a handler for the files of one build. It answers GET and HEAD; a path
// that is no file is one of the page's own addresses, and gets index.html.
type Page struct {
	built bool
	index []byte
	files map[string]*file
}

// A file of the build, held as it is sent.
type file struct {
	name      string
	mediaType string
	etag      string
	immutable bool
	plain     []byte
	zip       func() []byte // compressed, or nil where that does not pay
}

// New returns the page that this binary holds.
func New() (*Page, error) {
	built, err := fs.Sub(files, "dist")
	if err == nil {
		_, err = fs.Stat(built, "index.html")
	}
	if err != nil {
		none, err := fs.Sub(files, "dist-unbuilt")
		if err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
		return From(none, false)
	}
	return From(built, true)
}

// From returns the page made of a folder of files, which must hold index.html.
func From(dir fs.FS, built bool) (*Page, error) {
	p := &Page{built: built, files: map[string]*file{}}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if name == "index.html" {
			p.index = raw
			return nil
		}
		if strings.HasSuffix(name, ".gz") {
			return nil // beside the file that it is of
		}
		p.files[name] = newFile(dir, name, raw)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	if p.index == nil {
		return nil, fmt.Errorf("read the page: there is no index.html: %w", fs.ErrNotExist)
	}
	return p, nil
}

// Built reports whether the binary holds the page.
func (p *Page) Built() bool { return p.built }

// hashed finds the names that the build gives to files whose content never
// changes under them.
var hashed = regexp.MustCompile(`[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$`)

// mediaTypes of what a build can hold; others are sent as bytes. They are written
// out because the system's table would differ from machine to machine.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json", ".wasm": "application/wasm",
}

func newFile(dir fs.FS, name string, raw []byte) *file {
	sum := sha256.Sum256(raw)
	f := &file{name: name, plain: raw, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, mediaType: mediaTypes[path.Ext(name)]}
	f.immutable = strings.HasPrefix(name, "assets/") && hashed.MatchString(path.Base(name))
	if f.mediaType == "" {
		f.mediaType = "application/octet-stream"
	}
	zip, err := fs.ReadFile(dir, name+".gz")
	f.zip = sync.OnceValue(func() []byte {
		if err == nil {
			return zip
		}
		return compress(name, raw)
	})
	return f
}

// compress returns nil for what does not become smaller.
func compress(name string, raw []byte) []byte {
	switch path.Ext(name) {
	case ".png", ".webp", ".woff2", ".ico":
		return nil
	}
	if len(raw) < 1024 {
		return nil
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(raw); err != nil || w.Close() != nil || b.Len() >= len(raw) {
		return nil
	}
	return b.Bytes()
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if f, ok := p.files[name]; ok {
		p.serve(w, r, f)
		return
	}
	// A file that is not there is no address of the page: an old index.html that asks
	// for last week's script must fail, and not get a page in its place.
	if strings.HasPrefix(name, "assets/") || path.Ext(name) != "" && name != "index.html" && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	p.serveIndex(w, r)
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, f *file) {
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // should it be opened by itself
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, etag := f.plain, f.etag
	if accepts(r.Header.Get("Accept-Encoding")) {
		if z := f.zip(); z != nil {
			body, etag = z, strings.TrimSuffix(f.etag, `"`)+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	if match(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, r, body)
}

func (p *Page) serveIndex(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store") // its nonce is used once
	h.Set("Content-Security-Policy", Policy(nonce))
	send(w, r, bytes.ReplaceAll(p.index, []byte(Placeholder), []byte(nonce)))
}

// Policy is the Content-Security-Policy of the page with a nonce for its style
// elements. React sets style properties through the object model, which needs no
// permission. Images are drawn for export, so data: and blob: are allowed there.
func Policy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
}

func send(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader that left is no fault of ours
	}
}

// accepts reports whether a browser takes gzip.
func accepts(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) == "gzip" {
			v, isQ := strings.CutPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			n, err := strconv.ParseFloat(v, 64)
			return !isQ || err == nil && n > 0
		}
	}
	return false
}

func match(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if p := strings.TrimPrefix(strings.TrimSpace(part), "W/"); p == etag || p == "*" {
			return true
		}
	}
	return false
}

package kubernetes

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A proxy stands before the real API server and spoils some of its answers.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	spoil func(n int, r *http.Request, a *answer) // n counts the requests that match, from 1
	match string                                  // part of the path
	n     int
	asked []string // method, path and query of every request
	bytes bytes.Buffer
}

// An answer is what the proxy is about to give.
type answer struct {
	code   int
	header http.Header
	body   []byte
	cut    bool // the connection breaks after the body
}

func (e *estate) proxy(t *testing.T, match string, spoil func(n int, r *http.Request, a *answer)) *proxy {
	t.Helper()
	client, err := e.Client()
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{match: match, spoil: spoil}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, e.URL+r.URL.RequestURI(), r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		for _, h := range []string{"Accept", "Authorization"} {
			req.Header.Set(h, r.Header.Get(h))
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		a := &answer{code: resp.StatusCode, header: http.Header{"Content-Type": resp.Header["Content-Type"]}, body: body}
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI())
		p.bytes.Write(body)
		if strings.Contains(r.URL.Path, p.match) && p.spoil != nil {
			p.n++
			p.spoil(p.n, r, a)
		}
		p.mu.Unlock()
		for k, v := range a.header {
			w.Header()[k] = v
		}
		if a.cut {
			w.Header().Set("Content-Length", strconv.Itoa(len(a.body)+100))
		}
		w.WriteHeader(a.code)
		_, _ = w.Write(a.body)
	}))
	t.Cleanup(func() { client.CloseIdleConnections(); p.Close() })
	return p
}

// config is that of the estate, by way of the proxy.
func (p *proxy) config(t *testing.T, e *estate, more ...string) map[string][]string {
	t.Helper()
	return e.config(append([]string{"server", p.URL, "ca_file", writeCA(t, p.Server)}, more...)...)
}

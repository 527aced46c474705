package engine_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// faulty is a proxy on the way to an HTTP API. It can answer for the server, cut
// answers short, and be cut off altogether.
type faulty struct {
	url    string
	caFile string // of its certificate; "" where it speaks plain HTTP

	target    string
	transport http.RoundTripper
	op        func(r *http.Request, body []byte) string   // what is asked for, as faults are aimed
	refuse    func(status int) (contentType, body string) // an error in the API's own form
	mark      string                                      // in all names of the scripted world
	repair    func(op string, answer []byte) []byte       // adds what an emulator leaves out; may be nil
	throttled int                                         // how often a lasting 429 is answered
	line      *line

	mu   sync.Mutex
	ops  map[string]bool // that were ever asked for -> whether the answer told of the scripted world
	said int64           // bytes of answers since the last mend
	last int64           // and until then, when nothing was harmed
	harm *harm           // nil: none
}

// A harm is done to the answers of one operation.
type harm struct {
	name   string
	op     string
	status int     // answer with this error; 0: harm the answer's body
	after  string  // Retry-After; "" none
	torn   bool    // the connection breaks within the body; else a body cut short looks whole to HTTP
	stop   func()  // the scan is cancelled, and the answer is whole
	times  int     // how often it is done
	at     float64 // how much of the body gets through
}

// always is more often than any scan asks.
const always = 1 << 30

// newFaulty starts a proxy to target, over TLS with a certificate of its own if
// secure. Where answers tell of the scripted world, mark stands in them.
func newFaulty(t *testing.T, mark, target string, transport http.RoundTripper, secure bool) *faulty {
	p := &faulty{mark: mark, throttled: always, target: target, transport: transport, ops: map[string]bool{}}
	s := httptest.NewUnstartedServer(p)
	scheme := "http"
	if secure {
		scheme = "https"
		s.EnableHTTP2 = true
		s.StartTLS()
		p.caFile = filepath.Join(t.TempDir(), "ca.pem")
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		if err := os.WriteFile(p.caFile, ca, 0o600); err != nil {
			t.Fatal(err)
		}
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	p.line = newLine(t, s.Listener.Addr().String())
	p.url = scheme + "://" + net.JoinHostPort("127.0.0.1", p.line.port)
	return p
}

// wound chooses what goes wrong in the next scan; stop is one of the things.
func (p *faulty) wound(rng *rand.Rand, stop func()) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ops) == 0 || rng.IntN(4) == 0 {
		p.line.cutAfter(1 + rng.Int64N(max(p.last, 20_000)))
		return "cut"
	}
	lasting := []int{always, 3 + rng.IntN(6)}[rng.IntN(2)] // for each of many, or for some of them
	h := &harm{op: p.aim(rng), times: lasting, at: rng.Float64()}
	switch rng.IntN(9) {
	case 0:
		h.name, h.status = "500", 500
	case 1:
		h.name, h.status, h.times = "500 once", 500, 1
	case 2:
		h.name, h.status, h.after, h.times = "429", 429, "0", min(lasting, p.throttled)
	case 3:
		h.name, h.status, h.after, h.times = "429 once", 429, strconv.Itoa(rng.IntN(2)), 1
	case 4:
		h.name, h.status = "403", 403
	case 5:
		h.name = "truncated"
	case 6:
		h.name, h.torn, h.times = "torn once", true, 1
	case 7:
		h.name, h.torn = "torn", true
	case 8:
		h.name, h.stop, h.times = "cancel", stop, 1
	}
	p.harm = h
	return h.name
}

// aim chooses an operation, mostly one that tells of the scripted world.
func (p *faulty) aim(rng *rand.Rand) string {
	var telling []string
	all := slices.Sorted(maps.Keys(p.ops))
	for _, op := range all {
		if p.ops[op] {
			telling = append(telling, op)
		}
	}
	if len(telling) > 0 && rng.IntN(4) > 0 {
		all = telling
	}
	return all[rng.IntN(len(all))]
}

// mend makes all well again.
func (p *faulty) mend() {
	p.line.mend()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.harm == nil && p.said > 0 {
		p.last = p.said
	}
	p.harm, p.said = nil, 0
}

// harmed is what is to be done to the answer of an operation.
func (p *faulty) harmed(op string) *harm {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.ops[op]; !known {
		p.ops[op] = false
	}
	if h := p.harm; h != nil && h.op == op && h.times > 0 {
		h.times--
		return h
	}
	return nil
}

func (p *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	op := p.op(r, body)
	h := p.harmed(op)
	if h != nil && h.status != 0 {
		typ, text := p.refuse(h.status)
		w.Header().Set("Content-Type", typ)
		if h.after != "" {
			w.Header().Set("Retry-After", h.after)
		}
		w.WriteHeader(h.status)
		io.WriteString(w, text)
		return
	}
	if h != nil && h.stop != nil {
		h.stop()
		h = nil
	}
	resp, answer, err := p.ask(r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if p.repair != nil {
		answer = p.repair(op, answer)
	}
	p.mu.Lock()
	p.said += int64(len(answer))
	p.ops[op] = p.ops[op] || bytes.Contains(answer, []byte(p.mark))
	p.mu.Unlock()
	part := answer
	if h != nil {
		part = answer[:int(h.at*float64(len(answer)))]
	}
	maps.Copy(w.Header(), resp.Header)
	w.Header().Set("Content-Length", strconv.Itoa(len(part)))
	if h != nil && h.torn {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	}
	w.WriteHeader(resp.StatusCode)
	w.Write(part)
	if h != nil && h.torn {
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// ask asks the server itself.
func (p *faulty) ask(r *http.Request, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = r.Header.Clone()
	req.Host = r.Host // it is signed
	if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		req.Header.Set("Accept-Encoding", "identity") // so that a body that is cut short is short JSON
	}
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("the server itself: %w", err)
	}
	return resp, answer, nil
}

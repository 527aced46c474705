// Package connectortest is the contract that every connector keeps, and the
// means to run one without an engine: collect what it emits, run the contract
// suite over it, hunt for secret values in everything it says.
package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Now is the moment at which test scans take place.
var Now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Key is the fingerprint key of test scans.
var Key = bytes.Repeat([]byte{7}, 32)

// A Result is what one scan emitted, sorted, so that two of them compare equal
// when the scans said the same. Identical records of one section are one.
type Result struct {
	Nodes     []drover.Node
	Edges     []drover.Edge
	Evidence  []drover.Evidence
	Documents []drover.Document
	Sections  []drover.Section // in the order of their names
	Kept      []string         // "<coverage>#<part>", the parts that the scan could not speak for
	Err       error            // what Discover returned
	Logs      string
}

// Node returns the emitted node with this ref, or false.
func (r *Result) Node(ref drover.Ref) (drover.Node, bool) {
	for _, n := range r.Nodes {
		if n.Ref == ref {
			return n, true
		}
	}
	return drover.Node{}, false
}

// ByType returns the nodes of one vendor type.
func (r *Result) ByType(typ string) []drover.Node {
	var out []drover.Node
	for _, n := range r.Nodes {
		if n.Type == typ {
			out = append(out, n)
		}
	}
	return out
}

// Section returns the section with this name, or false.
func (r *Result) Section(name string) (drover.Section, bool) {
	for _, s := range r.Sections {
		if s.Name == name {
			return s, true
		}
	}
	return drover.Section{}, false
}

// Status is the worst status of the sections, as the engine would report it.
func (r *Result) Status() drover.Status {
	if r.Err != nil && len(r.Sections) == 0 {
		return drover.StatusFailed
	}
	status := drover.StatusOK
	for _, s := range r.Sections {
		if s.Status != drover.StatusOK && s.Status != drover.StatusSkipped {
			status = drover.StatusPartial
		}
	}
	if r.Err != nil {
		return drover.StatusPartial
	}
	return status
}

// Session returns the session that Collect would use.
func Session(t testing.TB, c *connector.Connector, config map[string][]string, logs *bytes.Buffer) *connector.Session {
	t.Helper()
	cfg, err := connector.NewConfig(c.Options, config)
	if err != nil {
		t.Fatalf("config: %v", err)
	}
	return &connector.Session{Source: "test", Config: cfg, HTTP: &http.Client{Timeout: time.Minute}, Now: Now, Trusted: true,
		Log: slog.New(slog.NewTextHandler(&locked{w: logs}, &slog.HandlerOptions{Level: slog.LevelDebug})), Fingerprints: drover.NewFingerprinter(Key)}
}

// Collect scans once and returns everything that was emitted. Records that are
// not valid fail the test.
func Collect(t testing.TB, c *connector.Connector, config map[string][]string) *Result {
	t.Helper()
	return CollectContext(t.Context(), t, c, config)
}

// CollectContext is Collect under a context of the caller's. Only, when given,
// names the sections to ask for.
func CollectContext(ctx context.Context, t testing.TB, c *connector.Connector, config map[string][]string, only ...string) *Result {
	t.Helper()
	col := &collector{t: t}
	return col.collect(ctx, c, config, only)
}

// collect scans once.
func (col *collector) collect(ctx context.Context, c *connector.Connector, config map[string][]string, only []string) *Result {
	col.t.Helper()
	col.seen, col.by = map[string]bool{}, map[string]map[string]bool{}
	var logs bytes.Buffer
	s := &connector.Scan{Session: Session(col.t, c, config, &logs), Only: only, Open: func(_ context.Context, name, coverage string) (connector.Sink, error) {
		return &sink{col, name, coverage}, nil
	}}
	err := c.Discover(ctx, s)
	col.mu.Lock()
	defer col.mu.Unlock()
	r := col.result
	r.Err, r.Logs = err, logs.String()
	slices.SortFunc(r.Nodes, func(a, b drover.Node) int { return strings.Compare(asJSON(a), asJSON(b)) })
	slices.SortFunc(r.Edges, func(a, b drover.Edge) int { return strings.Compare(asJSON(a), asJSON(b)) })
	slices.SortFunc(r.Evidence, func(a, b drover.Evidence) int { return strings.Compare(asJSON(a), asJSON(b)) })
	slices.SortFunc(r.Documents, func(a, b drover.Document) int { return strings.Compare(a.Hash, b.Hash) })
	slices.SortFunc(r.Sections, func(a, b drover.Section) int {
		return strings.Compare(a.Name+a.Coverage, b.Name+b.Coverage)
	})
	slices.Sort(r.Kept)
	return &r
}

type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

type collector struct {
	t      testing.TB
	put    func(n int) // called after the n-th record was put; nil: nobody asks
	closed func(drover.Section)

	mu     sync.Mutex
	n      int
	seen   map[string]bool            // records, as JSON
	by     map[string]map[string]bool // the same, by the section that emitted them
	result Result
}

type sink struct {
	c              *collector
	name, coverage string
}

func (s *sink) Put(part string, r drover.Record) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if err := r.Valid(); err != nil {
		s.c.t.Errorf("the connector emitted a bad record: %v", err)
		return err
	}
	key := asJSON(r)
	if s.c.by[s.name] == nil {
		s.c.by[s.name] = map[string]bool{}
	}
	if !volatile(r.Evidence) {
		s.c.by[s.name][part+" "+key] = true
	}
	s.c.n++
	if s.c.put != nil {
		s.c.put(s.c.n)
	}
	if s.c.seen[key] {
		return nil
	}
	s.c.seen[key] = true
	switch {
	case r.Node != nil:
		s.c.result.Nodes = append(s.c.result.Nodes, *r.Node)
	case r.Edge != nil:
		s.c.result.Edges = append(s.c.result.Edges, *r.Edge)
	case r.Evidence != nil:
		s.c.result.Evidence = append(s.c.result.Evidence, *r.Evidence)
	case r.Document != nil:
		s.c.result.Documents = append(s.c.result.Documents, *r.Document)
	}
	return nil
}

func (s *sink) Keep(part string) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.result.Kept = append(s.c.result.Kept, s.coverage+"#"+part)
	return nil
}

func (s *sink) Close(sec drover.Section) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	for _, old := range s.c.result.Sections {
		if old.Name == sec.Name && old.Coverage == sec.Coverage {
			s.c.t.Errorf("section %s with coverage %s was run twice in one scan: what the first run saw would be removed by the second", sec.Name, sec.Coverage)
		}
	}
	s.c.result.Sections = append(s.c.result.Sections, sec)
	if s.c.closed != nil {
		s.c.closed(sec)
	}
	return nil
}

// volatile reports whether the evidence may differ between two scans of a source
// that did not change: who is connected, and how often something was called.
func volatile(e *drover.Evidence) bool {
	return e != nil && (e.Claim == drover.ClaimLive || e.Claim == drover.ClaimCalls)
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

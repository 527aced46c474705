package connectortest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A Case is one configured source to run the contract over. It must be a
// source that can be read without error.
type Case struct {
	Connector *connector.Connector
	Config    map[string][]string
	Canaries  []string // secret values planted in the source: none may come out
	Partial   bool     // the source holds places that cannot be read: sections may be partial
}

// Run runs the whole contract: the value is valid; Reads and Probe work and do
// not scan; two scans say the same; refs, types and coverage keys are in form;
// no secret comes out; every section that is asked for alone runs alone; a
// cancelled scan says so and claims nothing; a sink that fails ends the scan.
func Run(t *testing.T, c Case) {
	t.Helper()
	if err := connector.Validate([]*connector.Connector{c.Connector}); err != nil {
		t.Fatal(err)
	}
	var first *Result
	t.Run("scan", func(t *testing.T) {
		first = Collect(t, c.Connector, c.Config)
		if first.Err != nil {
			t.Fatalf("discover: %v", first.Err)
		}
		if len(first.Nodes) == 0 || len(first.Sections) == 0 {
			t.Fatalf("saw %d nodes in %d sections; a case must have something to see", len(first.Nodes), len(first.Sections))
		}
		for _, s := range first.Sections {
			if s.Status != drover.StatusOK && !c.Partial {
				t.Errorf("section %s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
			}
		}
		form(t, c.Connector, first)
	})
	if first == nil || t.Failed() {
		return
	}
	t.Run("again", func(t *testing.T) {
		again := Collect(t, c.Connector, c.Config)
		if d := cmp.Diff(strip(first), strip(again)); d != "" {
			t.Errorf("two scans of one source differ (-first +again):\n%s", d)
		}
	})
	t.Run("secrets", func(t *testing.T) { NoCanary(t, asJSON(first)+first.Logs, c.Canaries) })
	t.Run("reads", func(t *testing.T) { reads(t, c) })
	t.Run("only", func(t *testing.T) {
		name := first.Sections[len(first.Sections)-1].Name
		one := CollectContext(t.Context(), t, c.Connector, c.Config, name)
		for _, s := range one.Sections {
			if s.Name != name {
				t.Errorf("asked for section %s alone, section %s ran too", name, s.Name)
			}
		}
		if len(one.Sections) == 0 {
			t.Errorf("asked for section %s alone, nothing ran", name)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := CollectContext(ctx, t, c.Connector, c.Config)
		if r.Err == nil {
			t.Error("a cancelled scan reported success")
		}
		for _, s := range r.Sections {
			if s.Status == drover.StatusOK {
				t.Errorf("a cancelled scan claims section %s was read to the end", s.Name)
			}
		}
	})
	t.Run("sink", func(t *testing.T) { failingSink(t, c) })
}

// form checks what every record must look like.
func form(t *testing.T, c *connector.Connector, r *Result) {
	t.Helper()
	refs := map[drover.Ref]bool{}
	for _, n := range r.Nodes {
		refs[n.Ref] = true
		if !strings.Contains(n.Type, ".") {
			t.Errorf("node %s: type %q is not <vendor>.<thing>", n.Ref, n.Type)
		}
		if !slices.IsSorted(n.Aliases) {
			t.Errorf("node %s: aliases are not sorted: %q", n.Ref, n.Aliases)
		}
		for _, a := range n.Aliases {
			if !strings.Contains(a, ":") {
				t.Errorf("node %s: alias %q has no scheme", n.Ref, a)
			}
		}
		if n.Name == "" {
			t.Errorf("node %s has no name", n.Ref)
		}
	}
	for _, e := range r.Edges {
		for _, end := range []drover.Ref{e.From, e.To} {
			if !refs[end] && !end.Unseen() {
				t.Errorf("edge %s: the end %s was not emitted; an end known only by an alias is an UnseenRef", e.Key(), end)
			}
		}
	}
	for _, s := range r.Sections {
		if !strings.HasPrefix(s.Coverage, c.Name+":") {
			t.Errorf("section %s: coverage %q does not start with %q", s.Name, s.Coverage, c.Name+":")
		}
	}
}

func reads(t *testing.T, c Case) {
	t.Helper()
	s := Session(t, c.Connector, c.Config, new(bytes.Buffer))
	n := 0
	if err := c.Connector.Reads(t.Context(), s, func(r connector.Read) {
		n++
		if r.What == "" || r.Where == "" {
			t.Errorf("a read says not what or where: %+v", r)
		}
	}); err != nil {
		t.Errorf("reads: %v", err)
	}
	if n == 0 {
		t.Error("lists nothing that it would read")
	}
	if err := c.Connector.Probe(t.Context(), s); err != nil {
		t.Errorf("probe: %v", err)
	}
}

var errSink = errors.New("the store is full")

// failingSink proves that a store that cannot take more ends the scan, and
// that no section is closed as if it had been stored.
func failingSink(t *testing.T, c Case) {
	t.Helper()
	s := &connector.Scan{Session: Session(t, c.Connector, c.Config, new(bytes.Buffer)), Open: func(context.Context, string, string) (connector.Sink, error) {
		return fullSink{t}, nil
	}}
	if err := c.Connector.Discover(t.Context(), s); !errors.Is(err, errSink) {
		t.Errorf("the store refused every record; discover returned %v, want %v", err, errSink)
	}
}

type fullSink struct{ t *testing.T }

func (fullSink) Put(string, drover.Record) error { return errSink }
func (fullSink) Keep(string) error               { return nil }
func (s fullSink) Close(sec drover.Section) error {
	if sec.Objects > 0 {
		s.t.Errorf("section %s was closed with %d objects, though none could be stored", sec.Name, sec.Objects)
	}
	return nil
}

// NoCanary fails the test if text holds a canary as it is, in base64, in hex or
// percent-encoded.
func NoCanary(t testing.TB, text string, canaries []string) {
	t.Helper()
	for i, c := range canaries {
		raw := []byte(c)
		inJSON, _ := json.Marshal(c)
		for how, form := range map[string]string{
			"as it is": c, "in JSON": strings.Trim(string(inJSON), `"`), "percent-encoded": url.QueryEscape(c), "path-encoded": url.PathEscape(c),
			"in base64": strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "="), "in URL base64": strings.TrimRight(base64.URLEncoding.EncodeToString(raw), "="),
			"in hex": hex.EncodeToString(raw), "in upper hex": strings.ToUpper(hex.EncodeToString(raw)),
		} {
			if len(form) >= 6 && strings.Contains(text, form) {
				t.Errorf("canary %d came out %s", i, how)
			}
		}
	}
}

// strip leaves out what may differ between two scans: logs.
func strip(r *Result) Result {
	c := *r
	c.Logs = ""
	// Evidence of liveness changes from one moment to the next.
	c.Evidence = slices.DeleteFunc(slices.Clone(c.Evidence), func(e drover.Evidence) bool { return e.Claim == drover.ClaimLive || e.Claim == drover.ClaimCalls })
	c.Sections = slices.Clone(c.Sections)
	for i := range c.Sections {
		c.Sections[i].Objects = 0
	}
	return c
}

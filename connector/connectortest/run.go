package connectortest

import (
	"bytes"
	"context"
	"errors"
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
	Canaries  []string // secret values planted in the source: none may come out, stored hashes of passwords included
	Partial   bool     // the source holds places that cannot be read: sections may be partial

	// Self is the identity that Config signs in as, where the test can name it and
	// nobody else uses it meanwhile: reading must not be seen as its use.
	Self drover.Ref
}

// Run runs the whole contract: the value is valid; Reads and Probe work, and
// Reads contacts nobody; two scans say the same, with Reads and Probe between
// them; refs, types and coverage keys are in form; no secret comes out, nor a
// plain hash of one; every section that is asked for alone says what it said in
// the full scan; a scan that is cancelled before or within says so and claims
// nothing; a sink that fails ends the scan.
func Run(t *testing.T, c Case) {
	t.Helper()
	if err := connector.Validate([]*connector.Connector{c.Connector}); err != nil {
		t.Fatal(err)
	}
	first := &collector{}
	var got *Result
	t.Run("scan", func(t *testing.T) {
		first.t = t
		got = first.collect(t.Context(), c.Connector, c.Config, nil)
		if got.Err != nil {
			t.Fatalf("discover: %v", got.Err)
		}
		if len(got.Nodes) == 0 || len(got.Sections) == 0 {
			t.Fatalf("saw %d nodes in %d sections; a case must have something to see", len(got.Nodes), len(got.Sections))
		}
		for _, s := range got.Sections {
			if s.Status != drover.StatusOK && s.Status != drover.StatusSkipped && !c.Partial {
				t.Errorf("section %s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
			}
		}
		form(t, c.Connector, got.Merged())
		ourselves(t, c.Self, got)
	})
	if got == nil || t.Failed() {
		return
	}
	t.Run("reads", func(t *testing.T) { reads(t, c) })
	t.Run("again", func(t *testing.T) {
		again := Collect(t, c.Connector, c.Config)
		if d := cmp.Diff(strip(got), strip(again)); d != "" {
			t.Errorf("two scans of one source differ (-first +again):\n%s", d)
		}
	})
	t.Run("secrets", func(t *testing.T) { NoCanary(t, asJSON(got)+got.Logs, c.Canaries) })
	t.Run("only", func(t *testing.T) { only(t, c, got, first.by) })
	t.Run("cancel", func(t *testing.T) { cancelled(t, c, first.n) })
	t.Run("sink", func(t *testing.T) { failingSink(t, c) })
}

// form checks what every record must look like.
func form(t *testing.T, c *connector.Connector, r *Result) {
	t.Helper()
	refs := map[drover.Ref]bool{}
	aliases := schemes{t, c.Name, map[string]bool{}}
	for _, n := range r.Nodes {
		refs[n.Ref] = true
		if why := typeFault(n.Type); why != "" {
			t.Errorf("node %s: type %q: %s", n.Ref, n.Type, why)
		}
		if !slices.IsSorted(n.Aliases) {
			t.Errorf("node %s: aliases are not sorted: %q", n.Ref, n.Aliases)
		}
		for _, a := range n.Aliases {
			aliases.check("node "+string(n.Ref), a)
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
			if end.Unseen() {
				aliases.check("edge "+e.Key(), end.ID())
			}
		}
	}
	for _, s := range r.Sections {
		if !strings.HasPrefix(s.Coverage, c.Name+":") {
			t.Errorf("section %s: coverage %q does not start with %q", s.Name, s.Coverage, c.Name+":")
		}
	}
}

// ourselves proves that the scan does not take its own connection for use.
func ourselves(t *testing.T, self drover.Ref, r *Result) {
	t.Helper()
	if self == "" {
		return
	}
	if _, ok := r.Node(self); !ok {
		t.Errorf("the scan signs in as %s and did not emit it", self)
	}
	for _, e := range r.Evidence {
		if e.Subject == self && e.Claim == drover.ClaimLive {
			t.Errorf("%s is called live by %s: that is our own connection", self, e.Source)
		}
	}
}

// only asks for each section alone: it must run, nothing else may, and it says
// what it said in the full scan.
func only(t *testing.T, c Case, full *Result, by map[string]map[string]bool) {
	t.Helper()
	for name := range by {
		if _, ok := full.Section(name); !ok {
			t.Errorf("section %s put records and was never closed", name)
		}
	}
	asked := map[string]bool{}
	for _, want := range full.Sections {
		if asked[want.Name] {
			continue
		}
		asked[want.Name] = true
		one := &collector{t: t}
		got := one.collect(t.Context(), c.Connector, c.Config, []string{want.Name})
		if got.Err != nil {
			t.Errorf("asked for section %s alone: %v", want.Name, got.Err)
		}
		if d := cmp.Diff(statuses(full, want.Name), statuses(got, "")); d != "" {
			t.Errorf("asked for section %s alone, other sections ran or ended otherwise (-full scan +alone):\n%s", want.Name, d)
		}
		if d := cmp.Diff(by[want.Name], one.by[want.Name]); d != "" {
			t.Errorf("asked for section %s alone, it saw something else (-full scan +alone):\n%s", want.Name, d)
		}
	}
}

// statuses lists coverage and status of the sections with this name, of all if
// it is empty.
func statuses(r *Result, name string) []string {
	var list []string
	for _, s := range r.Sections {
		if name == "" || s.Name == name {
			list = append(list, s.Name+" "+s.Coverage+" "+string(s.Status))
		}
	}
	return list
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

// strip leaves out what may differ between two scans: logs, and volatile evidence.
func strip(r *Result) Result {
	c := *r
	c.Logs = ""
	c.Evidence = slices.DeleteFunc(slices.Clone(c.Evidence), func(e drover.Evidence) bool { return volatile(&e) })
	c.Sections = slices.Clone(c.Sections)
	for i := range c.Sections {
		c.Sections[i].Objects = 0
	}
	return c
}

package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A SourceState is one item of `source list`.
type SourceState struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	Origin     string     `json:"origin"`      // file, store, default, path, scan: known from its scans only
	State      string     `json:"state"`       // enabled, disabled, not configured
	LastStatus *string    `json:"last_status"` // of its last scan: ok, partial, failed; null: not scanned lately
	LastOK     *time.Time `json:"last_ok"`     // when a section of it was last read well
	Observed   *time.Time `json:"observed"`    // of when that is what it says: a file may be older than its scan
	Sections   int        `json:"sections"`
	SectionsOK int        `json:"sections_ok"`
	Options    []string   `json:"options"` // names of what is set, never the values

	Every    *string    `json:"every"`     // how often a server scans it by itself; null: it does not
	NextScan *time.Time `json:"next_scan"` // null: not known, or nothing is scheduled
	Failures int        `json:"failures"`  // of scheduled scans, in a row
}

// SourceStates lists the configured sources, and those that were scanned by path
// or are configured no more, with how their last scan went.
func (e *Engine) SourceStates(ctx context.Context) ([]SourceState, error) {
	sources, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	out := []SourceState{}
	at := map[string]int{}
	for _, s := range sources {
		state := "enabled"
		if s.Disabled {
			state = "disabled"
		}
		var options []string
		for name := range s.Options {
			options = append(options, name)
		}
		slices.Sort(options)
		at[s.ID] = len(out)
		out = append(out, SourceState{ID: s.ID, Kind: s.Kind, Origin: s.Origin, State: state, Options: list(options)})
	}
	last, err := e.store.LastSections(ctx, e.scope)
	if err != nil {
		return nil, err
	}
	for _, sec := range last {
		i, ok := at[sec.Source]
		if !ok {
			i = len(out)
			at[sec.Source] = i
			out = append(out, e.unconfigured(sec.Source))
		}
		out[i].Sections++
		if sec.Section.Status == drover.StatusOK {
			out[i].SectionsOK++
		}
		out[i].LastOK, out[i].Observed = later(out[i].LastOK, sec.ReadOK), later(out[i].Observed, sec.LastOK)
	}
	if err := e.lastStatus(ctx, out); err != nil {
		return nil, err
	}
	dues, err := e.dueOf(ctx)
	if err != nil {
		return nil, err
	}
	for id, d := range dues {
		if i, ok := at[id]; ok {
			out[i].Every, out[i].NextScan, out[i].Failures = &d.every, when(d.next), d.failures
		}
	}
	shown, err := e.knownSources(ctx)
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(s SourceState) bool { return !shown(s.ID) })
	slices.SortFunc(out, func(a, b SourceState) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// later is the later one of two moments, of which either may be unknown.
func later(a *time.Time, b time.Time) *time.Time {
	if b.IsZero() || a != nil && !b.After(*a) {
		return a
	}
	return when(b)
}

// unconfigured is a source that was scanned and stands in no configuration: by
// its path, by the name of its connector, or one that was configured once, whose
// kind the scans remember.
func (e *Engine) unconfigured(id string) SourceState {
	kind, _, byPath := strings.Cut(id, ":")
	s := SourceState{ID: id, Kind: kind, Origin: "path", State: "not configured", Options: []string{}}
	if byPath {
		return s
	}
	s.Origin, s.Kind = "scan", "unknown"
	if _, ok := e.Connector(id); ok {
		s.Origin, s.Kind = "default", id
		if id == "machine" && len(e.o.Config.Sources) == 0 {
			s.State = "enabled" // what `drover scan` reads where nothing is configured
		}
	}
	return s
}

// sectionsExist refuses a section that none of the sources has, before anything
// is read. What the sections of a source are is known from its earlier scans, and
// of a connector that takes their names as an option; where a source may have
// others the scan itself finds out.
func (e *Engine) sectionsExist(ctx context.Context, sources []Source, only []string) error {
	if len(only) == 0 {
		return nil
	}
	last, err := e.store.LastSections(ctx, e.scope)
	if err != nil {
		return err
	}
	var all []string
	for _, s := range sources {
		var names []string
		for _, sec := range last {
			if sec.Source == s.ID {
				names = append(names, sec.Section.Name)
			}
		}
		for _, o := range s.Connector.Options {
			if o.Name == "include" {
				names = append(names, o.Values...)
			}
		}
		if len(names) == 0 {
			return nil
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, name := range only {
		if !slices.Contains(all, name) {
			const few = 40
			return fmt.Errorf("no source has a section called %q; there are %s: %w", text(name, 80), strings.Join(all[:min(few, len(all))], ", "), drover.ErrInvalid)
		}
	}
	return nil
}

// recent is how many scans are looked at for the last status of a source.
const recent = 100

// lastStatus says how the last scan of each source went. Its sections alone do
// not tell: a scan that was interrupted may have left none.
func (e *Engine) lastStatus(ctx context.Context, states []SourceState) error {
	scans, err := e.store.Scans(ctx, e.scope, recent)
	if err != nil {
		return err
	}
	last, kinds := map[string]string{}, map[string]string{}
	for _, scan := range scans {
		for _, s := range scan.Sources {
			if last[s.ID] == "" {
				last[s.ID], kinds[s.ID] = string(s.Status), s.Kind
			}
		}
	}
	for i, s := range states {
		states[i].LastStatus = known(last[s.ID])
		if s.Kind == "unknown" && kinds[s.ID] != "" {
			states[i].Kind = kinds[s.ID]
		}
	}
	return nil
}

// A ReadCount says how much of one kind a scan would read.
type ReadCount struct {
	What  string
	Count int
}

// A Preview is what a scan of one source is going to read.
type Preview struct {
	Source string
	Reads  []ReadCount // the most first
	More   bool        // counting took too long and was stopped
}

// previewTime bounds how long a preview may look around.
const previewTime = time.Second

// Preview counts what a scan would read of this computer's own files. Sources
// that cannot be opened are left out: the scan says why.
func (e *Engine) Preview(ctx context.Context, words []string) []Preview {
	sources, err := e.Resolve(ctx, words)
	if err != nil {
		return nil
	}
	var out []Preview
	for _, s := range sources {
		if s.Kind != "machine" {
			continue
		}
		sess, err := e.session(s, e.o.Now())
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, previewTime)
		counts := map[string]int{}
		err = guarded(s.Connector, func() error {
			return s.Connector.Reads(ctx, sess, func(r connector.Read) {
				if r.Found {
					counts[r.What]++
				}
			})
		})
		p := Preview{Source: s.ID, More: ctx.Err() != nil}
		cancel()
		if err != nil && !p.More {
			continue
		}
		for what, n := range counts {
			p.Reads = append(p.Reads, ReadCount{what, n})
		}
		slices.SortFunc(p.Reads, func(a, b ReadCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.What, b.What))
		})
		out = append(out, p)
	}
	return out
}

// Perms is `source perms`: the least privileges for reading.
type Perms struct {
	Schema string      `json:"schema"`
	Source string      `json:"source"`
	Kind   string      `json:"kind"`
	Scopes []ScopeView `json:"scopes"`
}

// A ScopeView is one privilege, with the command that grants it.
type ScopeView struct {
	Name  string `json:"name"`
	Why   string `json:"why"`
	Grant string `json:"grant"`
}

// Perms returns what the source, or any source of that kind, needs to be read.
// {placeholders} of a grant are filled from options that are no secrets.
func (e *Engine) Perms(ctx context.Context, id string) (*Perms, error) {
	s, err := e.permsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &Perms{Schema: "drover/v1/perms", Source: id, Kind: s.Kind, Scopes: []ScopeView{}}
	for _, x := range s.Connector.Scopes {
		p.Scopes = append(p.Scopes, ScopeView{x.Name, x.Why, fill(x.Grant, s)})
	}
	return p, nil
}

// permsOf is the source that a name means, or one of the kind that it means: for who
// may not have anything read without what any source of that kind is set to.
func (e *Engine) permsOf(ctx context.Context, id string) (Source, error) {
	if e.AnySource() {
		found, err := e.Resolve(ctx, []string{id})
		if err != nil || len(found) > 0 {
			return append(found, Source{})[0], err
		}
		return Source{}, noSource(id)
	}
	all, err := e.Sources(ctx)
	if err != nil {
		return Source{}, err
	}
	if at := slices.IndexFunc(all, func(s Source) bool { return s.ID == id && e.whole(id) }); at >= 0 {
		return all[at], nil
	}
	if _, ok := e.Connector(id); ok {
		return e.source(id, id, nil, "default")
	}
	return Source{}, noSource(id)
}

func fill(grant string, s Source) string {
	for _, o := range s.Connector.Options {
		v := s.Options[o.Name]
		if len(v) == 0 && o.Default != "" {
			v = []string{o.Default}
		}
		if !o.Secret && o.Type != connector.TypeBool && len(v) > 0 {
			grant = strings.ReplaceAll(grant, "{"+o.Name+"}", strings.Join(v, ", "))
		}
	}
	return grant
}

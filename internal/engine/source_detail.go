package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// A SourceDetail is one source with how it went, section by section, and what it
// needs to be granted.
type SourceDetail struct {
	Schema   string              `json:"schema"`
	Source   SourceState         `json:"source"`
	Title    string              `json:"title"`    // of its kind
	Options  map[string][]string `json:"options"`  // of a source of the store: references, never values of secrets
	Sections []SectionView       `json:"sections"` // none for who sees a part of the source: they count all of it
	Scopes   []ScopeView         `json:"scopes"`
}

// A SectionView is how one section of a source went when it was last read.
type SectionView struct {
	SectionState
	Scan     string     `json:"scan"`
	Observed *time.Time `json:"observed"`
	LastOK   *time.Time `json:"last_ok"` // when it was last read well; null: never
}

// SourceByID shows one source. The error wraps drover.ErrNotFound.
func (e *Engine) SourceByID(ctx context.Context, id string) (*SourceDetail, error) {
	states, err := e.SourceStates(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(states, func(s SourceState) bool { return s.ID == id })
	if at < 0 {
		return nil, fmt.Errorf("source %.80q: %w", id, drover.ErrNotFound)
	}
	v := &SourceDetail{Schema: "drover/v1/source_detail", Source: states[at], Options: map[string][]string{}, Sections: []SectionView{}, Scopes: []ScopeView{}}
	v.Title = e.title(v.Source.Kind)
	sources, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		if s.ID != id {
			continue
		}
		if !e.whole(id) {
			s.Options = nil // a part of it is seen: how all of it is read is not theirs
		}
		for _, x := range s.Connector.Scopes {
			v.Scopes = append(v.Scopes, ScopeView{x.Name, x.Why, fill(x.Grant, s)})
		}
		if s.Origin == "store" {
			for name, list := range s.Options {
				for _, o := range list {
					v.Options[name] = append(v.Options[name], secret.RedactString(o))
				}
			}
		}
	}
	last, err := e.store.LastSections(ctx, e.scope)
	if err != nil {
		return nil, err
	}
	for _, l := range last {
		if l.Source != id || !e.whole(id) {
			continue
		}
		x := SectionView{SectionState: SectionState{Name: l.Section.Name, Coverage: l.Section.Coverage, Status: l.Section.Status, Objects: l.Section.Objects, Error: known(l.Section.Error), Notes: l.Section.Notes}, Scan: l.Scan, Observed: when(l.Observed), LastOK: when(l.ReadOK)}
		v.Sections = append(v.Sections, x)
	}
	return v, nil
}

// A ConnectorView is one kind of source, as a form is made of it.
type ConnectorView struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Doc      string       `json:"doc"`
	Verified string       `json:"verified"`  // what its tests ran against
	Paths    string       `json:"paths"`     // what paths it reads; "": none
	FileOnly string       `json:"file_only"` // why it is configured in drover.yaml only; "": it is not
	Options  []OptionView `json:"options"`
	Scopes   []ScopeView  `json:"scopes"`
	Sources  []string     `json:"sources"` // ids of the configured ones
}

// An OptionView is one field of the form.
type OptionView struct {
	Name     string   `json:"name"`
	Help     string   `json:"help"`
	Type     string   `json:"type"` // string, bool, int, duration, list, path, paths
	Default  string   `json:"default"`
	Example  string   `json:"example"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret"` // takes only a reference: ${env:NAME} or ${file:PATH}
	Advanced bool     `json:"advanced"`
	FileOnly bool     `json:"file_only"` // set in drover.yaml only
	Values   []string `json:"values"`    // the only ones; empty: any
}

// fileOnlyOptions are the options by which a source would trust, run or call what the
// one who configures it names, a secret of this machine in hand: they come from
// drover.yaml, which only who owns the server writes.
var fileOnlyOptions = []string{"allow_file", "ca_file", "command", "endpoint", "proxy", "server"}

func fileOnlyKind(kind string) string {
	if kind == "exec" {
		return "It runs a local command, which only drover.yaml may name."
	}
	return ""
}

// ConnectorViews lists the kinds of sources.
func (e *Engine) ConnectorViews(ctx context.Context) ([]ConnectorView, error) {
	states, err := e.SourceStates(ctx)
	if err != nil {
		return nil, err
	}
	out := []ConnectorView{}
	for _, c := range e.Connectors() {
		v := ConnectorView{Name: c.Name, Title: c.Title, Doc: c.Doc, Verified: c.Verified, Paths: c.Paths, FileOnly: fileOnlyKind(c.Name), Options: []OptionView{}, Scopes: []ScopeView{}, Sources: []string{}}
		for _, o := range c.Options {
			typ := string(o.Type)
			if typ == "" {
				typ = "string"
			}
			v.Options = append(v.Options, OptionView{o.Name, o.Help, typ, o.Default, o.Example, o.Required, o.Secret, o.Advanced, slices.Contains(fileOnlyOptions, o.Name), list(o.Values)})
		}
		for _, x := range c.Scopes {
			v.Scopes = append(v.Scopes, ScopeView{x.Name, x.Why, x.Grant})
		}
		for _, s := range states {
			if s.Kind == c.Name && s.Origin != "path" {
				v.Sources = append(v.Sources, s.ID)
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b ConnectorView) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// RemoteOptions refuses what a source that is configured from afar may not have:
// whoever could set it would make this machine run or trust something, or read a
// file into a field that is sent elsewhere. Errors wrap drover.ErrPermission.
func (e *Engine) RemoteOptions(kind string, options map[string][]string) error {
	if why := fileOnlyKind(kind); why != "" {
		return fmt.Errorf("kind %s: %s: %w", kind, strings.TrimSuffix(why, "."), drover.ErrPermission)
	}
	c, ok := e.Connector(kind)
	if !ok {
		return nil // whoever adds it is told what there is
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if slices.Contains(fileOnlyOptions, name) {
			return fmt.Errorf("option %s is set in drover.yaml only: %w", name, drover.ErrPermission)
		}
		i := slices.IndexFunc(c.Options, func(o connector.Option) bool { return o.Name == name })
		for _, v := range options[name] {
			if name == "mapping" && !isWord(v) {
				return fmt.Errorf("option mapping names a built-in mapping; a file of the server is named in drover.yaml only: %w", drover.ErrPermission)
			}
			if strings.Contains(v, "${") && (i < 0 || !c.Options[i].Secret || !config.IsReference(v)) {
				return fmt.Errorf("option %s: a reference stands alone, in a secret option: %w", name, drover.ErrPermission)
			}
		}
	}
	return nil
}

// isWord reports whether a text can be the name of something built in, and leads to
// no file beyond the folder that the server works in.
func isWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) < 0
}

// FitOptions checks the options of a source that is not configured yet, as AddSource
// does. The error wraps drover.ErrInvalid.
func (e *Engine) FitOptions(id, kind string, options map[string][]string) error {
	_, err := e.draft(id, kind, options)
	return err
}

// draft is a source that is not configured yet, as it would be from the store.
func (e *Engine) draft(id, kind string, options map[string][]string) (Source, error) {
	if !config.ValidID(id) {
		return Source{}, fmt.Errorf("source id %q: use letters, digits, dot, dash and underscore, at most 64: %w", clip(id, 80), drover.ErrInvalid)
	}
	s, err := e.source(id, kind, options, "store")
	if err != nil {
		return s, err
	}
	_, err = s.check()
	return s, err
}

// TestOptions checks that a source could be reached and read that is not configured
// yet. Nothing is kept but the record that it was tried.
func (e *Engine) TestOptions(ctx context.Context, id, kind string, options map[string][]string) error {
	detail := map[string]any{"kind": kind, "options": slices.Sorted(maps.Keys(options)), "configured": false}
	return e.tried(ctx, AuditEntry{Action: "source.test", Target: id, Detail: detail}, e.testOptions(ctx, id, kind, options))
}

func (e *Engine) testOptions(ctx context.Context, id, kind string, options map[string][]string) error {
	s, err := e.draft(id, kind, options)
	if err != nil {
		return err
	}
	sess, err := e.session(s, e.o.Now())
	if err != nil {
		return err
	}
	if err := guarded(s.Connector, func() error { return s.Connector.Probe(ctx, sess) }); err != nil {
		return fmt.Errorf("source %s: %w", s.ID, redactedError{err})
	}
	return nil
}

// A DetectedSource is one that seems to be at hand.
type DetectedSource struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind"`
	Title      string            `json:"title"`
	Options    map[string]string `json:"options"` // secret ones as references
	Why        string            `json:"why"`     // what was seen
	Configured bool              `json:"configured"`
}

// Detected lists sources that seem to be at hand, by looking at the environment and
// at files, never at the network.
func (e *Engine) Detected(ctx context.Context) ([]DetectedSource, error) {
	sources, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // what looks at the environment alone still does
	}
	out := []DetectedSource{}
	for _, c := range e.Connectors() {
		if c.Suggest == nil {
			continue
		}
		for _, s := range c.Suggest(os.Getenv, home) {
			v := DetectedSource{ID: s.ID, Kind: c.Name, Title: c.Title, Options: map[string]string{}, Why: text(secret.RedactString(s.Why), maxNote)}
			for name, o := range s.Options {
				v.Options[name] = secret.RedactString(o)
			}
			v.Configured = slices.ContainsFunc(sources, func(x Source) bool { return x.Kind == c.Name && sameOptions(x.Options, s.Options) })
			out = append(out, v)
		}
	}
	return out, nil
}

// sameOptions reports whether a source is configured as was suggested.
func sameOptions(have map[string][]string, want map[string]string) bool {
	for name, v := range want {
		if !slices.Contains(have[name], v) {
			return false
		}
	}
	return true
}

// A ScanView is one scan that the store knows of.
type ScanView struct {
	ID       string       `json:"id"`
	Started  time.Time    `json:"started"`
	Ended    *time.Time   `json:"ended"`  // null: it runs, or was killed
	Status   string       `json:"status"` // ok, partial, failed; running; interrupted: it was killed
	Sources  []ScanSource `json:"sources"`
	Sections int          `json:"sections"`
	Changes  *ScanChanges `json:"changes"` // null: of no source of it the caller sees all
}

// Scans lists the latest scans, the newest first. Who sees a part of a source is told
// that it was scanned and how that ended, and no count of it; of scans of sources that
// they may not know of, nothing.
func (e *Engine) Scans(ctx context.Context, limit int) ([]ScanView, error) {
	list, err := e.store.Scans(ctx, e.scope, limit)
	if err != nil {
		return nil, err
	}
	shown, err := e.knownSources(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ScanView, 0, len(list))
	for _, c := range list {
		if v, ok := e.scanView(c, shown); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// scansKept is how far back a scan is found by its id.
const scansKept = 10_000

// ScanByID shows one scan. The error wraps drover.ErrNotFound.
func (e *Engine) ScanByID(ctx context.Context, id string) (*ScanView, error) {
	list, err := e.store.Scans(ctx, e.scope, scansKept)
	if err != nil {
		return nil, err
	}
	shown, err := e.knownSources(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.ID != id {
			continue
		}
		if v, ok := e.scanView(c, shown); ok {
			return &v, nil
		}
	}
	return nil, fmt.Errorf("scan %.80q: %w", id, drover.ErrNotFound)
}

// scanView is a scan as the caller may know of it; false: they may not.
func (e *Engine) scanView(c store.Scan, shown func(source string) bool) (ScanView, bool) {
	v := ScanView{ID: c.ID, Started: c.Started.UTC(), Ended: when(c.Ended), Status: string(c.Status), Sources: []ScanSource{}}
	if c.Ended.IsZero() {
		v.Status = "interrupted"
		if e.live.jobs.scanning() {
			v.Status = OpRunning
		}
	}
	all := e.sight.All()
	for _, s := range c.Sources {
		if !shown(s.ID) {
			continue
		}
		x := ScanSource{ID: s.ID, Kind: s.Kind, Status: s.Status, Error: s.Error, Sections: []SectionState{}}
		if !all && !e.whole(s.ID) {
			x.Error = "" // it tells of what was read
		}
		for _, r := range c.Sections {
			if r.Source == s.ID && (all || e.whole(s.ID)) {
				x.Sections = append(x.Sections, SectionState{Name: r.Section.Name, Coverage: r.Section.Coverage, Status: r.Section.Status, Objects: r.Section.Objects, Error: known(r.Section.Error), Notes: r.Section.Notes})
			}
		}
		v.Sources = append(v.Sources, x)
	}
	if all {
		v.Changes = &ScanChanges{}
	}
	for _, r := range c.Sections {
		if !all && !e.whole(r.Source) {
			continue
		}
		if v.Changes == nil {
			v.Changes = &ScanChanges{}
		}
		v.Sections++
		v.Changes.Added += r.Added
		v.Changes.Changed += r.Changed
		v.Changes.Removed += r.Removed
		v.Changes.EdgesAdded += r.EdgesAdded
		v.Changes.EdgesChanged += r.EdgesChanged
		v.Changes.EdgesRemoved += r.EdgesRemoved
	}
	if !all && len(v.Sources) > 0 {
		v.Status = worst(v.Sources) // of what they may know of
	}
	return v, all || len(v.Sources)+v.Sections > 0
}

// scanning reports whether this process scans something.
func (j *jobs) scanning() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for w := range j.claims {
		if strings.HasPrefix(w, "scan of ") {
			return true
		}
	}
	return false
}

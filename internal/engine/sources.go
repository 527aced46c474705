package engine

import (
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
	Origin     string     `json:"origin"`      // file, store, default, path
	State      string     `json:"state"`       // enabled, disabled, removed
	LastStatus *string    `json:"last_status"` // of its last scan: ok, partial, failed; null: not scanned lately
	LastOK     *time.Time `json:"last_ok"`
	Sections   int        `json:"sections"`
	SectionsOK int        `json:"sections_ok"`
	Options    []string   `json:"options"` // names of what is set, never the values
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
			kind, _, byPath := strings.Cut(sec.Source, ":")
			origin := "path"
			if !byPath {
				origin = "default"
			}
			i = len(out)
			at[sec.Source] = i
			out = append(out, SourceState{ID: sec.Source, Kind: kind, Origin: origin, State: "enabled", Options: []string{}})
		}
		out[i].Sections++
		if sec.Section.Status == drover.StatusOK {
			out[i].SectionsOK++
		}
		if !sec.LastOK.IsZero() && (out[i].LastOK == nil || sec.LastOK.After(*out[i].LastOK)) {
			out[i].LastOK = when(sec.LastOK)
		}
	}
	if err := e.lastStatus(ctx, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b SourceState) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
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
	last := map[string]string{}
	for _, scan := range scans {
		for _, s := range scan.Sources {
			if last[s.ID] == "" {
				last[s.ID] = string(s.Status)
			}
		}
	}
	for i, s := range states {
		states[i].LastStatus = known(last[s.ID])
	}
	return nil
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
	found, err := e.Resolve(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("source %q: %w", id, drover.ErrNotFound)
	}
	s := found[0]
	p := &Perms{Schema: "drover/v1/perms", Source: id, Kind: s.Kind, Scopes: []ScopeView{}}
	for _, x := range s.Connector.Scopes {
		p.Scopes = append(p.Scopes, ScopeView{x.Name, x.Why, fill(x.Grant, s)})
	}
	return p, nil
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

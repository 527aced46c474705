package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
)

// A Source is one configured system with the connector that reads it.
type Source struct {
	ID        string
	Kind      string
	Options   map[string][]string // as configured: references, not values
	Origin    string              // "file", "store", "default", "path"
	Disabled  bool
	Every     string
	Connector *connector.Connector
}

// Sources lists the configured sources: those of drover.yaml, then those added
// with `source add`, by id.
func (e *Engine) Sources(ctx context.Context) ([]Source, error) {
	var list []Source
	seen := map[string]bool{}
	for _, c := range e.o.Config.Sources {
		s, err := e.source(c.ID, c.Kind, c.Options, "file")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.o.Config.Place(c.ID, ""), err)
		}
		if option, err := s.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", e.o.Config.Place(c.ID, option), err)
		}
		s.Disabled, s.Every = c.Disabled, c.Every
		list, seen[c.ID] = append(list, s), true
	}
	stored, err := e.store.Sources(ctx, e.scope)
	if err != nil {
		return nil, err
	}
	for _, c := range stored {
		if seen[c.ID] {
			continue // the file wins; doctor reports it
		}
		var options map[string][]string
		if err := json.Unmarshal(c.Config, &options); err != nil {
			return nil, fmt.Errorf("source %s: its stored options cannot be read: %w", c.ID, err)
		}
		every, options := everyOf(options)
		s, err := e.source(c.ID, c.Kind, options, "store")
		if err != nil {
			return nil, err
		}
		s.Disabled, s.Every = c.Disabled, every
		list = append(list, s)
	}
	return list, nil
}

func (e *Engine) source(id, kind string, options map[string][]string, origin string) (Source, error) {
	c, ok := e.Connector(kind)
	if !ok {
		return Source{}, fmt.Errorf("source %s: no connector is called %q; there are %s: %w", id, kind, strings.Join(e.kinds(), ", "), drover.ErrInvalid)
	}
	for _, o := range c.Options {
		for _, v := range options[o.Name] {
			if o.Secret && v != "" && !config.IsReference(v) {
				return Source{}, fmt.Errorf("source %s: option %s is secret and takes only a reference: ${env:NAME} or ${file:PATH}: %w", id, o.Name, drover.ErrInvalid)
			}
		}
	}
	return Source{ID: id, Kind: kind, Options: options, Origin: origin, Connector: c}, nil
}

// check checks the options of a source, as far as they can be known before their
// references are resolved. It returns the name of the bad one.
func (s Source) check() (option string, err error) {
	var fixed []connector.Option
	values := maps.Clone(s.Options)
	for _, o := range s.Connector.Options {
		if slices.ContainsFunc(values[o.Name], func(v string) bool { return strings.Contains(v, "${") }) {
			delete(values, o.Name)
			continue
		}
		if v, ok := values[o.Name]; ok {
			if _, err := connector.NewConfig([]connector.Option{o}, map[string][]string{o.Name: v}); err != nil {
				return o.Name, fmt.Errorf("source %s: %w", s.ID, err)
			}
		}
		fixed = append(fixed, o)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(s.Connector.Options, func(o connector.Option) bool { return o.Name == name }) {
			_, err := connector.NewConfig(s.Connector.Options, map[string][]string{name: values[name]})
			return name, fmt.Errorf("source %s: %w", s.ID, err)
		}
	}
	if _, err := connector.NewConfig(fixed, values); err != nil {
		return "", fmt.Errorf("source %s: %w", s.ID, err)
	}
	if _, err := s.given(); err != nil {
		return "", fmt.Errorf("source %s: %w", s.ID, err)
	}
	return "", nil
}

// given asks the connector whether the options that are set suffice, and what it
// uses in place of those that are not.
func (s Source) given() (note string, err error) {
	if s.Connector.Check == nil {
		return "", nil
	}
	return s.Connector.Check(func(name string) bool {
		return slices.ContainsFunc(s.Options[name], func(v string) bool { return v != "" && v != "false" })
	})
}

func (e *Engine) kinds() []string {
	var names []string
	for _, c := range e.o.Connectors {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// Resolve turns the words of `drover scan` into sources. Each is looked up as a
// source id, then as a connector's name, then as an existing path; "./" forces a
// path. No words mean all enabled sources, and this machine where none is
// configured.
//
// Who is no admin without bounds (see AnySource) names ids of sources that are
// configured and within their bounds: the error wraps drover.ErrNotFound for others,
// drover.ErrInvalid for no words, and drover.ErrPermission for a source of which they
// see a part.
func (e *Engine) Resolve(ctx context.Context, words []string) ([]Source, error) {
	all, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	if !e.AnySource() {
		return e.named(ctx, words, all)
	}
	if len(words) == 0 {
		var enabled []Source
		for _, s := range all {
			if !s.Disabled {
				enabled = append(enabled, s)
			}
		}
		if len(all) == 0 {
			s, err := e.source("machine", "machine", nil, "default")
			return []Source{s}, err
		}
		return enabled, nil
	}
	var picked []Source
	for _, w := range words {
		found, err := e.resolve(ctx, w, all)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if !slices.ContainsFunc(picked, func(p Source) bool { return p.ID == s.ID }) {
				picked = append(picked, s)
			}
		}
	}
	return picked, nil
}

func (e *Engine) resolve(ctx context.Context, word string, all []Source) ([]Source, error) {
	forced := strings.HasPrefix(word, "./") || strings.HasPrefix(word, "../") || filepath.IsAbs(word)
	if !forced {
		var ofKind []Source
		for _, s := range all {
			if s.ID == word {
				return []Source{s}, nil
			}
			if s.Kind == word && !s.Disabled {
				ofKind = append(ofKind, s)
			}
		}
		if len(ofKind) > 0 {
			return ofKind, nil
		}
		if _, ok := e.Connector(word); ok {
			s, err := e.source(word, word, nil, "default")
			return []Source{s}, err
		}
	}
	info, err := os.Stat(word)
	if err != nil {
		return nil, e.nothingThere(word, all, err)
	}
	return e.path(ctx, word, info.IsDir())
}

// path makes the sources of `drover scan PATH`, one for each connector that reads
// such a thing. An id is the connector and the
// absolute path, so that the next scan of the same path is the same source.
func (e *Engine) path(ctx context.Context, word string, dir bool) ([]Source, error) {
	abs, err := filepath.Abs(word)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", word, err)
	}
	// A folder can be several things: a repository is also a project tree.
	var found, byName []Source
	for _, c := range e.o.Connectors {
		if c.Accepts == nil {
			continue
		}
		if option, ok := c.Accepts(abs, dir); ok {
			s := Source{ID: c.Name + ":" + abs, Kind: c.Name, Options: map[string][]string{option: {abs}}, Origin: "path", Connector: c}
			if c.Last {
				byName = append(byName, s)
			} else {
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		found = byName
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(s Source) bool { return s.Connector.Wide && e.idle(ctx, s) })
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, e.nothingReads(word, abs, dir)
}

// idle reports whether a source would read nothing.
func (e *Engine) idle(ctx context.Context, s Source) bool {
	session, err := e.session(s, e.o.Now())
	if err != nil {
		return false
	}
	found := false
	err = s.Connector.Reads(ctx, session, func(r connector.Read) { found = found || r.Found })
	return err == nil && !found
}

// session opens the door to a source: references resolved, options checked.
func (e *Engine) session(s Source, now time.Time) (*connector.Session, error) {
	values := map[string][]string{}
	for name, list := range s.Options {
		for _, v := range list {
			r, err := config.Resolve(v)
			if err != nil {
				return nil, fmt.Errorf("source %s: option %s: %w", s.ID, name, err)
			}
			values[name] = append(values[name], r)
		}
	}
	for _, o := range s.Connector.Options {
		for i, v := range values[o.Name] {
			if o.Type == connector.TypePath || o.Type == connector.TypePaths {
				values[o.Name][i] = expandHome(v)
			}
		}
	}
	cfg, err := connector.NewConfig(s.Connector.Options, values)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", s.ID, err)
	}
	return &connector.Session{Source: s.ID, Config: cfg, HTTP: &http.Client{Timeout: time.Minute}, Log: e.o.Log.With("source", s.ID, "connector", s.Kind), Now: now,
		Fingerprints: e.prints, Trusted: s.Origin != "store"}, nil
}

func expandHome(p string) string {
	if p != "~" && !strings.HasPrefix(p, "~/") {
		return p
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return p
	}
	return filepath.Join(h, strings.TrimPrefix(p, "~"))
}

// AddSource configures a source in the store. What executes locally can be
// configured in the file only. The note tells what the source will use where the
// options say nothing; "" for nothing.
func (e *Engine) AddSource(ctx context.Context, id, kind string, options map[string][]string) (note string, err error) {
	if !config.ValidID(id) {
		return "", fmt.Errorf("source id %q: use letters, digits, dot, dash and underscore, at most 64: %w", id, drover.ErrInvalid)
	}
	for _, c := range e.o.Config.Sources {
		if c.ID == id {
			return "", fmt.Errorf("source %s is defined in %s and is changed there: %w", id, e.o.Config.Path, drover.ErrConflict)
		}
	}
	every, rest := everyOf(options)
	if d, err := drover.ParseDuration(every); every != "" && (err != nil || d < shortest) {
		return "", fmt.Errorf("source %s: every %q: write how often it is to be scanned, such as 15m, 6h or 1d: %w", id, text(every, 40), drover.ErrInvalid)
	}
	s, err := e.source(id, kind, rest, "store")
	if err != nil {
		return "", err
	}
	if kind == "exec" {
		return "", fmt.Errorf("source %s: what runs a local command is configured in drover.yaml only: %w", id, drover.ErrPermission)
	}
	// Everything but the references' values is checked now.
	if _, err := s.check(); err != nil {
		return "", err
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return "", fmt.Errorf("source %s: %w", id, err)
	}
	note, err = s.given()
	if err != nil {
		return "", err
	}
	a := &AuditEntry{Action: "source.add", Target: id, Detail: map[string]any{"kind": kind, "options": slices.Sorted(maps.Keys(options))}}
	return note, e.audited(ctx, a, func(ctx context.Context) error {
		return e.store.PutSource(ctx, store.Source{ID: id, Kind: kind, Config: raw})
	})
}

// everyOf takes out of the options of a stored source how often it is scanned,
// which is kept among them.
func everyOf(options map[string][]string) (every string, rest map[string][]string) {
	list, ok := options["every"]
	if !ok {
		return "", options
	}
	rest = maps.Clone(options)
	delete(rest, "every")
	return strings.Join(list, " "), rest
}

// stored returns a source of the store by id; one of the file is a conflict.
func (e *Engine) stored(ctx context.Context, id string) (store.Source, error) {
	for _, c := range e.o.Config.Sources {
		if c.ID == id {
			return store.Source{}, fmt.Errorf("source %s is defined in %s and is changed there: %w", id, e.o.Config.Path, drover.ErrConflict)
		}
	}
	list, err := e.store.Sources(ctx, e.scope)
	if err != nil {
		return store.Source{}, err
	}
	for _, s := range list {
		if s.ID == id {
			return s, nil
		}
	}
	return store.Source{}, fmt.Errorf("source %q: %w", id, drover.ErrNotFound)
}

// DisableSource stops a source from being scanned; what it asserted stays.
func (e *Engine) DisableSource(ctx context.Context, id string, disabled bool) error {
	s, err := e.stored(ctx, id)
	if err != nil {
		return err
	}
	s.Disabled = disabled
	a := &AuditEntry{Action: "source.enable", Target: id}
	if disabled {
		a.Action = "source.disable"
	}
	return e.audited(ctx, a, func(ctx context.Context) error { return e.store.PutSource(ctx, s) })
}

// RemoveSource forgets a source and ends everything that only it asserted. A
// source of the file, or one that was scanned by path, can be removed as well:
// its assertions end, its configuration is not touched.
func (e *Engine) RemoveSource(ctx context.Context, id string) error {
	return e.audited(ctx, &AuditEntry{Action: "source.remove", Target: id}, func(ctx context.Context) error {
		_, err := e.store.RemoveSource(ctx, id)
		return err
	})
}

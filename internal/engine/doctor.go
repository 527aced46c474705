package engine

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// A Check is one line of `doctor`.
type Check struct {
	Level string `json:"level"` // ok, warn, fail
	Name  string `json:"name"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"`
	Kind  string `json:"kind"` // config, store, source, system
}

// A Diagnosis is `doctor`.
type Diagnosis struct {
	Schema string  `json:"schema"`
	Checks []Check `json:"checks"`
	Fail   int     `json:"fail"`
	Warn   int     `json:"warn"`
}

// Doctor checks the installation. It always returns a diagnosis; what is wrong
// is in it.
func Doctor(ctx context.Context, o Options, load func() (*config.Config, error)) *Diagnosis {
	d := &Diagnosis{Schema: "drover/v1/doctor", Checks: []Check{}}
	cfg, err := load()
	if err != nil {
		d.add("fail", "config", "configuration", scrubbed(err), "mend the file, or name another with --config")
		return d
	}
	o.Config = cfg
	switch {
	case cfg.Path == "":
		d.add("ok", "config", "configuration", "none: `drover scan` reads this machine", "")
	default:
		d.add("ok", "config", "configuration", fmt.Sprintf("%s, %d sources", cfg.Path, len(cfg.Sources)), "")
	}
	if unused := cfg.Unused(); len(unused) > 0 {
		d.add("warn", "config", "configuration", "this version reads nothing from: "+strings.Join(unused, ", "), "")
	}
	d.home(o.Home)
	d.disk(o.room())
	o.ReadOnly = true
	e, err := Open(ctx, o)
	if err != nil {
		kind := "store"
		if errors.Is(err, drover.ErrInvalid) {
			kind = "config"
		}
		d.add("fail", kind, "store", scrubbed(err), "")
		return d
	}
	defer e.Close()
	d.store(ctx, e)
	d.sources(ctx, e)
	return d
}

func (d *Diagnosis) add(level, kind, name, text, fix string) {
	d.Checks = append(d.Checks, Check{Level: level, Kind: kind, Name: name, Text: text, Fix: fix})
	switch level {
	case "fail":
		d.Fail++
	case "warn":
		d.Warn++
	}
}

func (d *Diagnosis) home(home string) {
	info, err := os.Stat(home)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add("ok", "system", "data directory", home+" (will be made)", "")
		return
	case err != nil:
		d.add("fail", "system", "data directory", err.Error(), "set DROVER_HOME to a folder that you can write")
		return
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		d.add("warn", "system", "data directory", home+" can be read by others", "chmod 700 "+home)
	default:
		d.add("ok", "system", "data directory", home, "")
	}
	if key, err := os.Stat(filepath.Join(home, "fingerprint.key")); err == nil && runtime.GOOS != "windows" && key.Mode().Perm()&0o077 != 0 {
		d.add("fail", "system", "fingerprint key", "it can be read by others", "chmod 600 "+filepath.Join(home, "fingerprint.key"))
	}
}

func (d *Diagnosis) store(ctx context.Context, e *Engine) {
	size, err := e.store.Size(ctx)
	if err != nil {
		d.add("fail", "store", "store", scrubbed(err), "")
		return
	}
	d.add("ok", "store", "store", fmt.Sprintf("%s, %.1f MB, %d generations", e.driver(), float64(size.Bytes)/1e6, size.Generations), "")
	gen, err := e.store.Latest(ctx)
	if err == nil && gen.At.After(e.o.Now().Add(time.Minute)) {
		d.add("warn", "system", "clock", fmt.Sprintf("the last generation is of %s, which is in the future", gen.At.Format(time.RFC3339)), "set the clock")
		return
	}
	d.add("ok", "system", "clock", "not behind the store", "")
}

func (d *Diagnosis) sources(ctx context.Context, e *Engine) {
	list, err := e.Resolve(ctx, nil)
	if err != nil {
		d.add("fail", "config", "sources", scrubbed(err), "")
		return
	}
	inFile := map[string]bool{}
	for _, s := range e.o.Config.Sources {
		inFile[s.ID] = true
	}
	stored, err := e.store.Sources(ctx, e.scope)
	if err == nil {
		for _, s := range stored {
			if inFile[s.ID] {
				d.add("warn", "config", "source "+s.ID, "is both in the file and in the store; the file counts", "drover source remove "+s.ID)
			}
		}
	}
	for _, s := range list {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := e.TestSource(ctx, s.ID)
		cancel()
		if err != nil {
			fix := "drover source perms " + s.ID
			if m, ok := errors.AsType[*config.MissingError](err); ok {
				fix = "export " + m.Env + "=…"
			}
			d.add("fail", "source", "source "+s.ID, scrubbed(err), fix)
			continue
		}
		d.add("ok", "source", "source "+s.ID, s.Kind+" can be reached and read", "")
	}
}

// Bundle writes what helps to find a fault, and no secret: the diagnosis, the
// configuration without values, versions, the last scans.
func Bundle(ctx context.Context, w io.Writer, o Options, d *Diagnosis, load func() (*config.Config, error)) error {
	files := map[string]any{"doctor.json": d, "version.json": map[string]string{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}}
	if info, ok := debug.ReadBuildInfo(); ok {
		files["build.txt"] = info.String()
	}
	if cfg, err := load(); err == nil {
		files["config.json"] = outline(cfg)
		o.Config, o.ReadOnly = cfg, true
		if e, err := Open(ctx, o); err == nil {
			defer e.Close()
			if scans, err := e.store.Scans(ctx, e.scope, 20); err == nil {
				files["scans.json"] = scanOutlines(scans)
			}
			if sections, err := e.store.LastSections(ctx, e.scope); err == nil {
				files["sections.json"] = sectionOutlines(sections)
			}
			if size, err := e.store.Size(ctx); err == nil {
				files["size.json"] = StoreSize{"drover/v1/store_size", e.driver(), size.Bytes, size.Live, size.History, size.Generations, when(size.Oldest.At)}
			}
		}
	}
	z := zip.NewWriter(w)
	for _, name := range []string{"doctor.json", "version.json", "build.txt", "config.json", "scans.json", "sections.json", "size.json"} {
		v, ok := files[name]
		if !ok {
			continue
		}
		raw, isText := v.(string)
		if !isText {
			b, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				return fmt.Errorf("bundle %s: %w", name, err)
			}
			raw = string(b)
		}
		raw = secret.RedactString(raw)
		f, err := z.CreateHeader(&zip.FileHeader{Name: "drover-support/" + name, Method: zip.Deflate, Modified: o.Now()})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, raw); err != nil {
			return err
		}
	}
	return z.Close()
}

// outline is the configuration with the names of options and none of the values.
func outline(cfg *config.Config) any {
	type source struct {
		ID      string   `json:"id"`
		Kind    string   `json:"kind"`
		Options []string `json:"options"`
	}
	out := struct {
		Path    string   `json:"path"`
		Driver  string   `json:"driver"`
		Sources []source `json:"sources"`
		Unused  []string `json:"unused"`
	}{Path: cfg.Path, Driver: cfg.Store.Driver, Unused: cfg.Unused()}
	for _, s := range cfg.Sources {
		x := source{ID: s.ID, Kind: s.Kind}
		for name := range s.Options {
			x.Options = append(x.Options, name)
		}
		out.Sources = append(out.Sources, x)
	}
	return out
}

// A scanOutline is a scan of the support file.
type scanOutline struct {
	ID       string             `json:"id"`
	Started  *time.Time         `json:"started"`
	Ended    *time.Time         `json:"ended"`
	Status   drover.Status      `json:"status"`
	Sources  []store.ScanSource `json:"sources"`
	Sections []sectionOutline   `json:"sections"`
}

type sectionOutline struct {
	Scan       string         `json:"scan"`
	Source     string         `json:"source"`
	Section    drover.Section `json:"section"`
	Generation int64          `json:"generation"`
	Changes    store.Changes  `json:"changes"`
	Observed   *time.Time     `json:"observed"`
	Committed  *time.Time     `json:"committed"`
	LastOK     *time.Time     `json:"last_ok,omitempty"`
}

func scanOutlines(scans []store.Scan) []scanOutline {
	out := []scanOutline{}
	for _, s := range scans {
		o := scanOutline{ID: s.ID, Started: when(s.Started), Ended: when(s.Ended), Status: s.Status, Sources: s.Sources, Sections: []sectionOutline{}}
		for _, r := range s.Sections {
			o.Sections = append(o.Sections, outlineOf(r))
		}
		out = append(out, o)
	}
	return out
}

func sectionOutlines(sections []store.LastSection) []sectionOutline {
	out := []sectionOutline{}
	for _, s := range sections {
		o := outlineOf(s.SectionResult)
		o.LastOK = when(s.LastOK)
		out = append(out, o)
	}
	return out
}

func outlineOf(r store.SectionResult) sectionOutline {
	return sectionOutline{Scan: r.Scan, Source: r.Source, Section: r.Section, Generation: r.Generation, Changes: r.Changes, Observed: when(r.Observed), Committed: when(r.Committed)}
}

package remote

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// SourceStates lists the sources of the server.
func (e *Estate) SourceStates(ctx context.Context) ([]engine.SourceState, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.SourceState], error) {
		return e.c.ListSources(ctx, client.ListSourcesRequest{ListParams: p})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// AddSource adds or changes a source of the server.
func (e *Estate) AddSource(ctx context.Context, id, kind string, options map[string][]string) (string, error) {
	v, err := e.c.AddSource(ctx, client.AddSourceRequest{Body: client.SourceBody{ID: id, Kind: kind, Options: options}})
	if err != nil {
		return "", err
	}
	return v.Note, nil
}

// DisableSource stops scanning a source, or begins again.
func (e *Estate) DisableSource(ctx context.Context, id string, disabled bool) error {
	var err error
	if disabled {
		_, err = e.c.DisableSource(ctx, client.DisableSourceRequest{ID: id})
	} else {
		_, err = e.c.EnableSource(ctx, client.EnableSourceRequest{ID: id})
	}
	return err
}

// RemoveSource forgets a source. It is read first, so that one that was changed in
// between stays.
func (e *Estate) RemoveSource(ctx context.Context, id string) error {
	tag, err := e.c.ETag(ctx, client.GetSourceRequest{ID: id})
	if err == nil {
		_, err = e.c.RemoveSource(ctx, client.RemoveSourceRequest{ID: id, IfMatch: tag})
	}
	return err
}

// TestSource tries whether the server can reach and read a source.
func (e *Estate) TestSource(ctx context.Context, id string) error {
	v, err := e.c.TestSource(ctx, client.TestSourceRequest{ID: id})
	if err == nil && v.Done == "failed" {
		err = client.Refused(v.Code, v.Error)
	}
	return err
}

// Perms lists the least privileges that reading a source or kind takes.
func (e *Estate) Perms(ctx context.Context, id string) (*engine.Perms, error) {
	return e.c.SourcePerms(ctx, client.SourcePermsRequest{ID: id})
}

// Preview says nothing: what would be read lies at the server, and --dry-run asks
// for it.
func (e *Estate) Preview(context.Context, []string) []engine.Preview { return nil }

// DryRun lists what a scan of the server would read.
func (e *Estate) DryRun(ctx context.Context, words []string, emit func(engine.PlannedRead)) error {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.PlannedRead], error) {
		return e.c.ListReads(ctx, client.ListReadsRequest{ListParams: p, Word: words})
	})
	if err != nil {
		return paths(err, words)
	}
	for _, r := range v.Items {
		emit(r)
	}
	return nil
}

// paths says of words that are no sources of the server what to do.
func paths(err error, words []string) error {
	f, ok := errors.AsType[*client.Fault](err)
	if !ok || f.Code != "invalid" || !slices.ContainsFunc(f.Places, func(p string) bool { return strings.HasPrefix(p, "/body/words") || strings.HasPrefix(p, "/query/word") }) {
		return err
	}
	return here("scan " + strings.Join(words, " ") + ": the server has no such source, and it reads no files of this machine")
}

// Scan scans on the server, as an operation that is followed to its end. When ctx
// ends it is cancelled there, and what was seen until then is the answer.
func (e *Estate) Scan(ctx context.Context, req engine.ScanRequest) (*engine.ScanResult, error) {
	no := false
	op, err := e.c.StartScan(ctx, client.StartScanRequest{Body: client.StartInBody{Words: req.Words, Only: req.Only, Checks: &no}})
	if err != nil {
		return nil, paths(err, req.Words)
	}
	var out engine.ScanOutcome
	err = e.c.Follow(ctx, op, func(s engine.OperationStep) {
		if req.Progress != nil {
			req.Progress(engine.Progress{Seen: s.Done, Says: s.Says})
		}
	}, &out)
	if fault, ok := errors.AsType[*client.Fault](err); ok && fault.Code == "source" && out.Scan != nil {
		return out.Scan, nil // how each source went is in it
	}
	return out.Scan, err
}

// Package remote asks a server what the command line asks an engine: an Estate has
// the same methods with the same answers and errors, so that a command prints the
// same either way. What reads files of this machine is refused with ErrHere.
package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// An Estate is that of a server.
type Estate struct {
	c   *client.Client
	now func() time.Time
}

// New makes an Estate over a client. now is the clock that ages are measured by.
func New(c *client.Client, now func() time.Time) *Estate { return &Estate{c, now} }

// ErrHere says that a command works on files of this machine, which a server does
// not see.
var ErrHere = errors.New("it works on this machine")

// here refuses what a server cannot do for a command.
func here(what string) error {
	return fmt.Errorf("%s: run it without --server, where the files are: %w: %w", what, ErrHere, drover.ErrInvalid)
}

// plain takes the name of the parameter from an error, which the command line calls
// otherwise or does not call at all.
func plain(err error, names ...string) error {
	f, ok := errors.AsType[*client.Fault](err)
	if !ok {
		return err
	}
	v := *f
	for _, n := range names {
		v.Detail = strings.TrimPrefix(v.Detail, n+": ")
	}
	return &v
}

// Summary counts the estate.
func (e *Estate) Summary(ctx context.Context, asOf time.Time) (engine.Summary, error) {
	v, err := e.c.Summary(ctx, client.SummaryRequest{AsOf: client.AsOf(asOf)})
	if err != nil {
		return engine.Summary{}, err
	}
	return *v, nil
}

// Generation is the newest one that the server has.
func (e *Estate) Generation(ctx context.Context) (int64, error) {
	v, err := e.c.ListNodes(ctx, client.ListNodesRequest{ListParams: client.ListParams{PageSize: -1}})
	if err != nil {
		return 0, err
	}
	return v.Generation, nil
}

// ExplainFilter says in words what a filter means.
func (e *Estate) ExplainFilter(ctx context.Context, text string) (string, error) {
	v, err := e.c.ExplainFilter(ctx, client.ExplainFilterRequest{Filter: text})
	if err != nil {
		return "", err
	}
	return v.Means, nil
}

// Naming counts names that follow the pattern of the house; nil: it has none.
func (e *Estate) Naming(ctx context.Context) (*engine.NamingCount, error) {
	v, err := e.Summary(ctx, time.Time{})
	return v.Naming, err
}

// SetTags sets and removes tags of one thing.
func (e *Estate) SetTags(ctx context.Context, id string, set map[string]string, remove []string) (drover.Ref, error) {
	v, err := e.c.TagNode(ctx, client.TagNodeRequest{ID: id, Body: client.TagInBody{Set: set, Remove: remove}})
	if err != nil {
		return "", err
	}
	return drover.Ref(v.Ref), nil
}

// StoreSize says how large the server's store is.
func (e *Estate) StoreSize(ctx context.Context) (*engine.StoreSize, error) {
	return e.c.StoreSize(ctx, client.StoreSizeRequest{})
}

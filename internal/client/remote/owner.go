package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
	sheet "github.com/droverhq/drover/internal/report/owner"
)

// OwnerItems lists who may answer for what nobody answers for.
func (e *Estate) OwnerItems(ctx context.Context, q engine.OwnerQuery) (*engine.OwnerList, error) {
	v, err := client.All(ctx, client.ListParams{Filter: q.Filter, AsOf: client.AsOf(q.AsOf)}, q.Limit, func(ctx context.Context, p client.ListParams) (*client.Page[engine.OwnerItem], error) {
		return e.c.ListOwnerItems(ctx, client.ListOwnerItemsRequest{ListParams: p, Missing: string(q.Missing), All: q.All})
	})
	if err != nil {
		return nil, plain(err, "filter")
	}
	return &engine.OwnerList{Generation: v.Generation, Items: v.Items, Total: v.TotalSize, Looked: v.Looked, Counts: v.Counts}, nil
}

// OwnerCounts lists who answers for how much.
func (e *Estate) OwnerCounts(ctx context.Context, asOf time.Time, all bool) ([]engine.OwnerCount, int64, error) {
	v, err := client.All(ctx, client.ListParams{AsOf: client.AsOf(asOf)}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.OwnerCount], error) {
		return e.c.ListOwners(ctx, client.ListOwnersRequest{ListParams: p, All: all})
	})
	if err != nil {
		return nil, 0, err
	}
	return v.Items, v.Generation, nil
}

// OwnerTasks lists what must be done about owners.
func (e *Estate) OwnerTasks(ctx context.Context, forWhom string, asOf time.Time) ([]engine.OwnerTask, int64, error) {
	v, err := client.All(ctx, client.ListParams{AsOf: client.AsOf(asOf)}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.OwnerTask], error) {
		return e.c.ListOwnerTasks(ctx, client.ListOwnerTasksRequest{ListParams: p, For: forWhom})
	})
	if err != nil {
		return nil, 0, err
	}
	return v.Items, v.Generation, nil
}

// SetOwner makes somebody the owner of one thing, or of all that a filter keeps. One
// thing is read first, so that nobody's
// change in between is lost; where there was one, it is read once more.
func (e *Estate) SetOwner(ctx context.Context, id string, d engine.OwnerDecision) (*engine.OwnerChange, error) {
	for try := 1; ; try++ {
		tag, err := e.c.ETag(ctx, client.GetOwnerRequest{ID: id})
		if errors.Is(err, drover.ErrNotFound) { // it may be a filter
			return e.c.SetOwners(ctx, client.SetOwnersRequest{Body: client.SetManyInBody{ID: id, Owner: d.Owner, Deputy: d.Deputy, Reason: d.Reason}})
		}
		if err != nil {
			return nil, err
		}
		v, err := e.c.SetOwner(ctx, client.SetOwnerRequest{ID: id, IfMatch: tag, Body: client.OwnerBody{Owner: d.Owner, Deputy: d.Deputy, Reason: d.Reason}})
		if f, ok := errors.AsType[*client.Fault](err); !ok || f.Code != "precondition_failed" || try == 2 {
			return v, err
		}
	}
}

// ConfirmOwner says that the owner is still right.
func (e *Estate) ConfirmOwner(ctx context.Context, id string) (*engine.OwnerChange, error) {
	v, err := e.c.ConfirmOwner(ctx, client.ConfirmOwnerRequest{ID: id})
	if errors.Is(err, drover.ErrNotFound) { // it may be a filter
		return e.c.ConfirmOwners(ctx, client.ConfirmOwnersRequest{Body: client.ConfirmManyInBody{ID: id}})
	}
	return v, err
}

// TransferOwner hands over one thing, or all that somebody answers for.
func (e *Estate) TransferOwner(ctx context.Context, id, from string, d engine.OwnerDecision) (*engine.OwnerChange, error) {
	return e.c.TransferOwner(ctx, client.TransferOwnerRequest{Body: client.TransferInBody{ID: id, From: from, Owner: d.Owner, Deputy: d.Deputy, Reason: d.Reason}})
}

// OwnerSheet is not answered by servers yet.
func (e *Estate) OwnerSheet(context.Context, engine.SheetRequest) (*sheet.Sheet, error) {
	return nil, sheets()
}

// OwnerSheets are not answered by servers yet.
func (e *Estate) OwnerSheets(context.Context, engine.SheetRequest) ([]*sheet.Sheet, error) {
	return nil, sheets()
}

func sheets() error {
	return fmt.Errorf("sheets for owners are made where the store is: run it there, without --server: %w: %w", ErrHere, drover.ErrInvalid)
}

// Questionnaires are not answered by servers yet.
func (e *Estate) Questionnaires(context.Context) ([]engine.Questionnaire, error) {
	return nil, fmt.Errorf("questionnaires are made where the store is: run it there, without --server: %w: %w", ErrHere, drover.ErrInvalid)
}

// ImportInterview reads a file.
func (e *Estate) ImportInterview(_ context.Context, path string) (*engine.InterviewReport, error) {
	return nil, here("interview import reads " + path)
}

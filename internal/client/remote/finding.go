package remote

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
)

// Check runs checks on the server, as an operation that is followed to its end; of
// the past, in one answer, since nothing of it is kept.
func (e *Estate) Check(ctx context.Context, o engine.CheckOptions) (*engine.CheckResult, error) {
	if !o.AsOf.IsZero() {
		v, err := e.c.CheckPast(ctx, client.CheckPastRequest{AsOf: client.AsOf(o.AsOf), Check: o.IDs})
		if err != nil {
			return nil, plain(err, "as_of")
		}
		v.Run.Elsewhere(v.Findings, v.Fixes, rules(v.Rules))
		return v.Run, nil
	}
	var body *client.ChecksBody
	if len(o.IDs) > 0 {
		body = &client.ChecksBody{Checks: o.IDs}
	}
	op, err := e.c.RunChecks(ctx, client.RunChecksRequest{Body: body})
	if err != nil {
		return nil, err
	}
	r := &engine.CheckResult{}
	err = e.c.Follow(ctx, op, func(s engine.OperationStep) {
		if o.Progress != nil && s.All != nil {
			o.Progress(int(s.Done), int(*s.All))
		}
	}, r)
	if err != nil {
		return nil, err
	}
	return r, e.complete(ctx, r, o.IDs)
}

// complete reads what the result of a run leaves out: findings, fixes, rules.
func (e *Estate) complete(ctx context.Context, r *engine.CheckResult, ids []string) error {
	filter := engine.HoldingFilter
	if len(ids) > 0 {
		filter = "(" + filter + ") AND check=" + strings.Join(ids, ",")
	}
	list, _, err := e.Findings(ctx, engine.FindingQuery{Filter: filter})
	if err != nil {
		return err
	}
	fixes, err := e.Fixes(ctx, engine.FindingQuery{Filter: filter})
	if err != nil {
		return err
	}
	last, err := e.c.LatestCheckRun(ctx, client.LatestCheckRunRequest{})
	if err != nil {
		return err
	}
	r.Elsewhere(list, fixes, rules(last.Rules))
	return nil
}

func rules(of []client.Rule) []export.Rule {
	list := []export.Rule{}
	for _, r := range of {
		x := export.Rule{ID: r.ID, Title: r.Title, Area: r.Area, Controls: r.Controls, Why: r.Why, How: r.How, False: r.False, References: r.References, Failed: r.Failed}
		_ = x.Severity.UnmarshalText([]byte(r.Severity)) // one of the enum
		list = append(list, x)
	}
	return list
}

// LastCheck is when checks ran last until a moment, whose zero is now; zero: never.
func (e *Estate) LastCheck(ctx context.Context, asOf time.Time) (time.Time, error) {
	v, err := e.c.LatestCheckRun(ctx, client.LatestCheckRunRequest{AsOf: client.AsOf(asOf)})
	if err != nil || v.At == nil {
		return time.Time{}, err
	}
	return *v.At, nil
}

// FindingHead is what a file of findings says beside them.
func (e *Estate) FindingHead(ctx context.Context, q engine.FindingQuery) (export.Head, error) {
	v, err := e.c.LatestCheckRun(ctx, client.LatestCheckRunRequest{AsOf: client.AsOf(q.AsOf)})
	if err != nil {
		return export.Head{}, err
	}
	h := engine.HeadOf(q, e.now())
	if v.At == nil {
		h.Gaps = v.Gaps
		return h, nil
	}
	h.Rules = rules(v.Rules)
	return h, nil
}

func asked(q engine.FindingQuery) client.ListFindingsRequest {
	in := client.ListFindingsRequest{ListParams: client.ListParams{Filter: q.Filter, OrderBy: q.Sort, AsOf: client.AsOf(q.AsOf)}}
	if q.MinSeverity > 0 {
		in.MinSeverity = q.MinSeverity.String()
	}
	return in
}

// Findings lists findings, the worst first, and counts those that are accepted
// beside.
func (e *Estate) Findings(ctx context.Context, q engine.FindingQuery) ([]drover.Finding, int, error) {
	v, err := client.All(ctx, asked(q).ListParams, 0, func(ctx context.Context, p client.ListParams) (*client.Page[drover.Finding], error) {
		in := asked(q)
		in.ListParams = p
		return e.c.ListFindings(ctx, in)
	})
	if err != nil {
		return nil, 0, plain(err, "order_by", "filter")
	}
	return v.Items, v.Hidden, nil
}

// FindFinding finds a finding by its id or its beginning.
func (e *Estate) FindFinding(ctx context.Context, text string, asOf time.Time) (*drover.Finding, error) {
	v, err := e.c.GetFinding(ctx, client.GetFindingRequest{ID: text, AsOf: client.AsOf(asOf)})
	if err != nil {
		return nil, err
	}
	return &v.Finding, nil
}

// Fixes lists the acts that end findings.
func (e *Estate) Fixes(ctx context.Context, q engine.FindingQuery) ([]*engine.FixItem, error) {
	v, err := client.All(ctx, asked(q).ListParams, 0, func(ctx context.Context, p client.ListParams) (*client.Page[*engine.FixItem], error) {
		in := client.ListFixesRequest{ListParams: p, MinSeverity: asked(q).MinSeverity}
		page, err := e.c.ListFixes(ctx, in)
		if err != nil {
			return nil, err
		}
		out := &client.Page[*engine.FixItem]{NextPageToken: page.NextPageToken}
		for i := range page.Items {
			out.Items = append(out.Items, &page.Items[i])
		}
		return out, nil
	})
	if err != nil {
		return nil, plain(err, "filter")
	}
	return v.Items, nil
}

// FindFix finds a fix among those of a query.
func (e *Estate) FindFix(ctx context.Context, id string, q engine.FindingQuery) (*engine.FixItem, error) {
	v, err := e.c.GetFix(ctx, client.GetFixRequest{ID: id, AsOf: client.AsOf(q.AsOf)})
	if err != nil {
		return nil, err
	}
	return v.Fix, nil
}

// Accept accepts findings until a date.
func (e *Estate) Accept(ctx context.Context, list []drover.Finding, a engine.Acceptance) error {
	until := ""
	if !a.Until.IsZero() {
		until = a.Until.UTC().Format(time.RFC3339)
	}
	if len(list) == 1 {
		_, err := e.c.AcceptFinding(ctx, client.AcceptFindingRequest{ID: list[0].ID(), Body: client.AcceptBody{Reason: a.Reason, Approver: a.Approver, Until: until}})
		return err
	}
	return e.batch(ctx, list, client.BatchInBody{Action: "accept", Reason: a.Reason, Approver: a.Approver, Until: until})
}

// Reopen ends the acceptance of findings.
func (e *Estate) Reopen(ctx context.Context, list []drover.Finding, reason string) error {
	if len(list) == 1 {
		_, err := e.c.ReopenFinding(ctx, client.ReopenFindingRequest{ID: list[0].ID(), Body: client.ReopenInBody{Reason: reason}})
		return err
	}
	return e.batch(ctx, list, client.BatchInBody{Action: "reopen", Reason: reason})
}

// Assign asks somebody to act on findings.
func (e *Estate) Assign(ctx context.Context, list []drover.Finding, to string) error {
	if len(list) == 1 {
		_, err := e.c.AssignFinding(ctx, client.AssignFindingRequest{ID: list[0].ID(), Body: client.AssignInBody{To: to}})
		return err
	}
	return e.batch(ctx, list, client.BatchInBody{Action: "assign", To: to})
}

// most is how many findings one batch takes.
const most = 1000

// batch decides about all or none: what would be refused is found out first.
func (e *Estate) batch(ctx context.Context, list []drover.Finding, b client.BatchInBody) error {
	if len(list) > most {
		return fmt.Errorf("%d findings are more than the %d that a server decides about at once: narrow the filter: %w", len(list), most, drover.ErrInvalid)
	}
	for i := range list {
		b.IDs = append(b.IDs, list[i].ID())
	}
	try, yes := b, true
	try.Preview = &yes
	for _, b := range []client.BatchInBody{try, b} {
		v, err := e.c.BatchFindings(ctx, client.BatchFindingsRequest{Body: b})
		if err != nil {
			return err
		}
		for _, i := range v.Items {
			if i.State != "done" {
				return client.Refused(i.Code, i.Detail)
			}
		}
	}
	return nil
}

// Report makes a report.
func (e *Estate) Report(ctx context.Context, name string, asOf time.Time) (*report.Report, error) {
	return e.c.GetReport(ctx, client.GetReportRequest{Name: name, AsOf: client.AsOf(asOf)})
}

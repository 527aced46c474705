package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
)

// A reportItem is one report that can be asked for.
type reportItem struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Formats []string `json:"formats"`
}

// reportTitles say what each report is about.
var reportTitles = map[string]string{"inventory": "Inventory of non-human identities", "posture": "Posture of non-human identities", "executive": "Executive report", "four-questions": "The four questions"}

// reportMedia are the media types of the formats of reports.
var reportMedia = map[string]string{"json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8", "txt": "text/plain; charset=utf-8"}

// addReports adds reports.
func (s *Server) addReports() {
	addList(s, list[ListParams]{Path: "/reports", ID: "list_reports", Tag: "Reports", Short: "List the reports that there are", Action: authz.ReportRead, Noun: "reports", Item: reportItem{},
		Find: func(_ context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			var all []reportItem
			for _, n := range report.Names {
				all = append(all, reportItem{n, reportTitles[n], report.Formats})
			}
			return whole(0, all), nil
		}})
	type reportIn struct {
		Name   string `path:"name" enum:"inventory,posture,executive,four-questions" doc:"The name of the report."`
		Format string `query:"format" enum:"json,html,pdf,csv,md,txt" default:"json" doc:"The form that it is written in."`
		Limit  int    `query:"limit" minimum:"0" maximum:"1000000" doc:"Of JSON: at most so many identities of an inventory, and secrets that are due; what is counted is counted of all. 0: all."`
		AsOfParam
	}
	add(s, route[reportIn, reportFile]{Method: "GET", Path: "/reports/{name}", ID: "get_report", Tag: "Reports", Short: "Make a report", CLI: "drover report NAME -o FORMAT", Action: authz.ReportRead,
		Media: []string{"text/html", "application/pdf", "text/csv", "text/markdown", "text/plain"},
		Do: func(ctx context.Context, in *reportIn) (*reportFile, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			r, err := s.as(ctx).Report(ctx, in.Name, at)
			if err != nil {
				return nil, err
			}
			r.Tool = s.o.Version
			if in.Format == "json" && in.Limit > 0 {
				firstItems(r, in.Limit)
			}
			return &reportFile{r, in.Format}, nil
		}, answer: func(s *Server) map[string]schema {
			return map[string]schema{"application/json": s.shapes.of(reflect.TypeFor[report.Report]()), "text/html": {"type": "string"}, "application/pdf": {"type": "string", "contentEncoding": "binary"}, "text/csv": {"type": "string"}, "text/markdown": {"type": "string"}, "text/plain": {"type": "string"}}
		}})
}

// firstItems leaves the first items of the long lists of a report.
func firstItems(r *report.Report, limit int) {
	if i := r.Inventory; i != nil {
		i.Items = i.Items[:min(limit, len(i.Items))]
	}
	if d := r.Due; d != nil {
		d.Items = d.Items[:min(limit, len(d.Items))]
	}
}

// reportFile is a report in one of its forms.
type reportFile struct {
	report *report.Report
	format string
}

func (f *reportFile) write(x *exchange) error {
	if f.format == "json" {
		raw, err := engine.JSON(f.report)
		if err != nil {
			return err
		}
		x.send(http.StatusOK, reportMedia["json"], append(raw, '\n'))
		return nil
	}
	var b bytes.Buffer
	if err := report.Write(&b, f.format, f.report); err != nil {
		return err
	}
	h := x.Header()
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="drover-%s-%s.%s"`, f.report.Name, f.report.At.UTC().Format("2006-01-02"), f.format))
	h.Set("X-Content-Type-Options", "nosniff")
	if f.format == "html" {
		// It is one file that needs nothing else, and nothing of it may run.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox")
	}
	x.send(http.StatusOK, reportMedia[f.format], b.Bytes())
	return nil
}

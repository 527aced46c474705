package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
)

type operationIn struct {
	ID string `path:"id" maxLength:"80" doc:"Its id."`
}

// operationItem is an operation of a list: without its result.
type operationItem = engine.Operation

// addOperations adds work that takes longer than an answer may.
func (s *Server) addOperations() {
	addList(s, list[ListParams]{Path: "/operations", ID: "list_operations", Tag: "Operations", Short: "List operations, the newest first", Doc: "The latest thousand, without their results. One that was under way when the server ended is interrupted.", Action: authz.ScanRead, Noun: "operations", Item: operationItem{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).Operations(ctx, 1000)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	add(s, route[operationIn, engine.Operation]{Method: "GET", Path: "/operations/{id}", ID: "get_operation", Tag: "Operations", Short: "Show how far an operation is, or what it came to", Action: authz.ScanRead,
		Do: func(ctx context.Context, in *operationIn) (*engine.Operation, error) {
			return s.as(ctx).Operation(ctx, in.ID)
		}})
	add(s, route[operationIn, engine.Operation]{Method: "POST", Path: "/operations/{id}:cancel", ID: "cancel_operation", Tag: "Operations", Short: "End an operation; what it has done so far stands", Action: authz.ScanRun, Acting: true,
		Do: func(ctx context.Context, in *operationIn) (*engine.Operation, error) {
			return s.as(ctx).CancelOperation(ctx, in.ID)
		}})
	add(s, route[operationIn, engine.BatchResult]{Method: "POST", Path: "/operations/{id}:undo", ID: "undo_operation", Tag: "Operations", Short: "Take back what a batch did, within ten minutes", Doc: "Each item that nobody changed since is as it was before; the others are told.", Action: authz.FindingAssign, Or: []authz.Action{authz.FindingDecide, authz.TagWrite, authz.OwnerDecide}, Acting: true, Status: http.StatusMultiStatus, Do: s.undo})
	s.addScans()
	s.addDemo()
}

// undo asks for the power that the batch took.
func (s *Server) undo(ctx context.Context, in *operationIn) (*engine.BatchResult, error) {
	e := s.as(ctx)
	op, err := e.Operation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	need := map[string]authz.Action{"finding.assign": authz.FindingAssign, "finding.accept": authz.FindingDecide, "finding.reopen": authz.FindingDecide, "identity.tag": authz.TagWrite, "identity.owner": authz.OwnerDecide}[op.Kind]
	if need != "" {
		if e, err = s.acting(ctx, need); err != nil {
			return nil, err
		}
	}
	return e.Undo(ctx, in.ID)
}

// addScans adds looking.
func (s *Server) addScans() {
	type startIn struct {
		Body struct {
			Words  []string `json:"words,omitempty" maxItems:"200" doc:"Ids of sources; for an admin without bounds also kinds, or none: everything that is configured, and this machine where nothing is."`
			Only   []string `json:"only,omitempty" maxItems:"200" doc:"Names of sections; without them, all."`
			Checks *bool    `json:"checks,omitempty" doc:"Run the checks after it. Without it, yes."`
		}
	}
	add(s, route[startIn, engine.Operation]{Method: "POST", Path: "/scans", ID: "start_scan", Tag: "Sources", Short: "Scan, and run the checks, as an operation", Doc: "One scan of a source at a time. GET /events tells of rows and sections while it runs.", CLI: "drover scan WORDS --check", Action: authz.ScanRun, Acting: true, Status: http.StatusAccepted,
		Do: func(ctx context.Context, in *startIn) (*engine.Operation, error) {
			if err := s.configured(ctx, in.Body.Words, "/body/words"); err != nil {
				return nil, err
			}
			checks := in.Body.Checks == nil || *in.Body.Checks
			op, err := s.as(ctx).StartScan(ctx, engine.ScanRequest{Words: in.Body.Words, Only: in.Body.Only}, checks)
			return located(ctx, op, err)
		}})
	addList(s, list[ListParams]{Path: "/scans", ID: "list_scans", Tag: "Sources", Short: "List the latest scans, the newest first", Action: authz.ScanRead, Noun: "scans", Item: engine.ScanView{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).Scans(ctx, 500)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	add(s, route[operationIn, engine.ScanView]{Method: "GET", Path: "/scans/{id}", ID: "get_scan", Tag: "Sources", Short: "Show how a scan went, section by section", Action: authz.ScanRead,
		Do: func(ctx context.Context, in *operationIn) (*engine.ScanView, error) {
			return s.as(ctx).ScanByID(ctx, in.ID)
		}})
}

// configured refuses words that are paths: what of this machine is read is said by
// who sits at it, in a source or on the command line. What those may name who are no
// admin without bounds the engine says (Resolve): sources within their bounds.
func (s *Server) configured(ctx context.Context, words []string, pointer string) error {
	if !s.as(ctx).AnySource() {
		return nil
	}
	var known []string
	for _, c := range s.as(ctx).Connectors() {
		known = append(known, c.Name)
	}
	list, err := s.as(ctx).SourceStates(ctx)
	if err != nil {
		return err
	}
	for _, v := range list {
		known = append(known, v.ID)
	}
	for i, w := range words {
		if !slices.Contains(known, w) {
			return refuse("invalid", "words: "+clean(w)+" is no source and no kind of source; paths are scanned as a source, or with drover scan PATH", Fault{Pointer: pointer + "/" + strconv.Itoa(i), Detail: "this is no source and no kind of source", Suggestion: nearest(w, known)})
		}
	}
	return nil
}

// demoIn is what is loaded.
type demoIn struct {
	Body struct {
		Ratio int `json:"ratio,omitempty" minimum:"1" maximum:"1000" doc:"Non-human identities to one human; without it 50."`
	}
}

// addDemo adds the demonstration organisation.
func (s *Server) addDemo() {
	load := route[demoIn, engine.Operation]{Method: "POST", Path: "/demo:load", ID: "load_demo", Tag: "Operations", Short: "Load the organisation Harbour & Finch, with its history, as an operation", CLI: "drover demo load", Action: authz.DemoWrite, Acting: true, Status: http.StatusAccepted,
		Do: func(ctx context.Context, in *demoIn) (*engine.Operation, error) {
			op, err := s.as(ctx).StartDemo(ctx, harbour(in.Body.Ratio), false)
			return located(ctx, op, err)
		}}
	add(s, load)
	load.Path, load.ID, load.Short, load.CLI = "/demo:reset", "reset_demo", "Load the demo organisation anew: what was changed in it is gone", "drover demo reset"
	load.Do = func(ctx context.Context, in *demoIn) (*engine.Operation, error) {
		op, err := s.as(ctx).StartDemo(ctx, harbour(in.Body.Ratio), true)
		return located(ctx, op, err)
	}
	add(s, load)
	add(s, route[struct{}, engine.Operation]{Method: "POST", Path: "/demo:remove", ID: "remove_demo", Tag: "Operations", Short: "Take all demo data out again, its history too", CLI: "drover demo remove", Action: authz.DemoWrite, Acting: true, Status: http.StatusAccepted,
		Do: func(ctx context.Context, _ *struct{}) (*engine.Operation, error) {
			op, err := s.as(ctx).StartDemoRemoval(ctx)
			return located(ctx, op, err)
		}})
}

// harbour makes the organisation as each day of its history saw it.
func harbour(ratio int) engine.Demo {
	if ratio == 0 {
		ratio = 50
	}
	return engine.Demo{Ago: demo.HarbourHistory, Make: func(dir string, now, at time.Time) (*engine.DemoMade, error) {
		made, err := demo.Harbour(demo.Options{Dir: dir, Now: now, At: at, Identities: demo.HarbourSize(ratio)})
		if err != nil {
			return nil, err
		}
		v := &engine.DemoMade{Name: made.Name, Identities: made.Truth.Identities, Humans: made.Truth.Humans}
		for _, x := range made.Sources {
			v.Sources = append(v.Sources, engine.DemoSource{ID: x.ID, Kind: x.Kind, Options: x.Options})
		}
		return v, nil
	}}
}

package serve

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/engine"
)

// addLocal adds what only the owner of this data directory may ask, by the private
// socket. A request from elsewhere finds nothing there.
func (x *server) addLocal(mux *http.ServeMux) {
	own := func(pattern string, h http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !bySocket(r) {
				http.NotFound(w, r)
				return
			}
			h(w, r)
		})
	}
	// Who asks by the address learns whether the file it read is of this server.
	mux.HandleFunc("GET "+local.Path, func(w http.ResponseWriter, r *http.Request) {
		if !x.trusted(r) {
			http.NotFound(w, r)
			return
		}
		answerJSON(w, local.Server{Schema: local.Schema, PID: os.Getpid(), URL: x.url, Listen: x.listen, Instance: x.instance, Version: x.Version, Started: x.started.UTC()})
	})
	own("POST "+local.LoginPath, func(w http.ResponseWriter, r *http.Request) {
		link, err := x.loginLink(r.Context(), r.URL.Query().Get("user"))
		if errors.Is(err, drover.ErrNotFound) || errors.Is(err, drover.ErrInvalid) {
			http.Error(w, "there is no such person", http.StatusNotFound)
			return
		}
		if err != nil {
			x.Log.ErrorContext(r.Context(), "no login link", "err", err)
			if errors.Is(err, drover.ErrFull) {
				http.Error(w, "the disk of the store is full", http.StatusInsufficientStorage)
				return
			}
			http.Error(w, "no link could be made", http.StatusInternalServerError)
			return
		}
		answerJSON(w, link)
	})
	own("POST "+local.CopiedPath, x.copied)
	own("GET /debug/pprof/{name}", x.profile)
}

// copied records that who owns this data directory copies the store.
func (x *server) copied(w http.ResponseWriter, r *http.Request) {
	action := r.FormValue("action")
	if action != local.CopyBackup && action != local.CopyExport {
		http.Error(w, "no copy is called so", http.StatusBadRequest)
		return
	}
	err := x.engine.Audit(r.Context(), engine.AuditEntry{Action: action, Target: r.FormValue("file"), Outcome: engine.AuditStarted})
	if err != nil {
		x.Log.ErrorContext(r.Context(), "a copy is not recorded", "err", err)
		http.Error(w, "it is not recorded", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // a reader that left is no fault of ours
}

// profile answers `go tool pprof` (see net/http/pprof, which would put itself into
// the default mux): heap, goroutine, allocs, block, mutex, threadcreate by name;
// profile and trace for ?seconds=.
func (x *server) profile(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	seconds, err := strconv.Atoi(r.FormValue("seconds"))
	if err != nil || seconds < 1 || seconds > 300 {
		seconds = 30
	}
	name := r.PathValue("name")
	switch name {
	case "profile", "trace":
		begin, end := pprof.StartCPUProfile, pprof.StopCPUProfile
		if name == "trace" {
			begin, end = trace.Start, trace.Stop
		}
		if err := begin(w); err != nil {
			http.Error(w, "one runs already", http.StatusConflict)
			return
		}
		defer end()
		select {
		case <-r.Context().Done():
		case <-x.stopping.Done():
		case <-time.After(time.Duration(seconds) * time.Second):
		}
		return
	case "heap":
		runtime.GC()
	}
	p := pprof.Lookup(name)
	if p == nil {
		http.NotFound(w, r)
		return
	}
	debug, _ := strconv.Atoi(r.FormValue("debug")) // 0: the form that the tool reads
	if err := p.WriteTo(w, debug); err != nil {
		x.Log.WarnContext(r.Context(), "profile not sent", "err", err)
	}
}

func typeName(v any) string { return reflect.TypeOf(v).String() }
